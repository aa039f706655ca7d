"""Sessions, as their own person sees them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.context import Info
from schema.errors import Payload
from schema.nodes import text


@strawberry.type(description="One of your sign-ins.")
class Session:
    """See the description."""

    client: str = text("What the program that signed in called itself (`User-Agent`), up to 200 characters.")
    created_at: datetime = text("When you signed in.")
    last_used_at: datetime | None = text("When it was last used, to the minute.")
    expires_at: datetime = text("When it ends; earlier when it is not used for some hours.")

    @strawberry.field(description="Opaque and unchanging.")
    def id(session: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Session_{session.id.hex}")

    @strawberry.field(description="Whether it is the one of this request.")
    def current(session: strawberry.Parent[Any], info: Info) -> bool:  # noqa: N805
        """The caller's."""
        return bool(session.id == info.context.caller.session)


@strawberry.type(description="A new pair of tokens.")
class TokenRefreshPayload(Payload):
    """See the description."""

    token: str | None = strawberry.field(default=None, description="Send it as `Authorization: Bearer …`. Not shown again.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends.")
    refresh_token: str | None = strawberry.field(default=None, description="For the next exchange. Not shown again.")
    refresh_expires_at: datetime | None = strawberry.field(default=None, description="When the session ends, refreshed or not.")


@strawberry.type(description="A session that has ended.")
class SessionRevokePayload(Payload):
    """See the description."""

    revoked: bool | None = strawberry.field(default=None, description="True: its tokens are worth nothing any more.")
