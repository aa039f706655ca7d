"""What the mutations about customers' tokens answer."""

from datetime import datetime

import strawberry

from schema.errors import Payload


@strawberry.type(description="A customer is signed in to the shop.")
class CustomerTokenCreatePayload(Payload):
    """See the description."""

    token: str | None = strawberry.field(
        default=None,
        description="What the customer's browser sends to /storefront/graphql as `Authorization: Bearer …`. Not shown again.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends; earlier when it is not used for some hours."
    )


@strawberry.type(description="A customer is signed out everywhere.")
class CustomerTokensRevokePayload(Payload):
    """See the description."""

    revoked: int | None = strawberry.field(default=None, description="How many tokens that were good have ended.")


@strawberry.type(description="A customer has signed out.")
class CustomerSignOutPayload(Payload):
    """See the description."""

    signed_out: bool | None = strawberry.field(
        default=None, description="True: the token of this request is worth nothing any more."
    )
