"""What the mutations about passwords answer."""

import strawberry

from schema.errors import Payload


@strawberry.type(description="A mail was asked for.")
class PasswordResetRequestPayload(Payload):
    """See the description."""

    requested: bool | None = strawberry.field(
        default=None, description="True, whether or not anybody has this address: only its mailbox learns that."
    )


@strawberry.type(description="A new password is in place.")
class PasswordPayload(Payload):
    """See the description."""

    changed: bool | None = strawberry.field(default=None, description="True: from now on only the new password is good.")
