"""What the mutations about codes by mail answer."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import text
from tenants import ids


@strawberry.type(description="A code was asked for.")
class CustomerCodeSendPayload(Payload):
    """See the description."""

    sent: bool | None = strawberry.field(
        default=None, description="True, whether or not a customer has this address: only its mailbox learns that."
    )


@strawberry.type(description="One of several customers who share an address.")
class CustomerChoice:
    """See the description."""

    number: int = text("The number to say on the telephone.")

    @strawberry.field(description="The customer's id: give it as `customerId`.")
    def id(row: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(ids.global_id("Customer", row.id))

    @strawberry.field(description="Whom to show: first and last name, or the company; null when neither is known.")
    def name(row: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        """In one line."""
        return " ".join(filter(None, (row.first_name, row.last_name))) or row.company


@strawberry.type(description="What a right code opens.")
class CustomerCodeRedeemPayload(Payload):
    """See the description."""

    token: str | None = strawberry.field(
        default=None,
        description="Send it as `Authorization: Bearer …` in place of the publishable key. Not shown again. Null when there is a"
        " choice to be made.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends; earlier when it is not used for some hours."
    )
    choices: list[CustomerChoice] | None = strawberry.field(
        default=None,
        description="When several customers share the address: whom to choose from. The code stays good; send it again with one"
        " of their ids as `customerId`.",
    )
