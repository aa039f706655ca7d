"""Keys of partners and shops, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of
from tenants import keys
from tenants.shape import Choice

KeyKind: Any = enum_of(Choice("KeyKind", keys.KINDS, "What a key is for."))


@node(
    keys.Key, needs="keys:write", description="What a program shows to be let in at one venue. Its secret is never shown again."
)
class Key(Node):
    """See the description."""

    name: str = text("What it is for, in the venue's own words.")
    kind: KeyKind = text("What it may be used for.")
    prefix: str = text("How its secret begins, so that keys can be told apart.")
    scopes: list[str] = text("What it may do, beside reading what the shop shows to everybody.")
    created_at: datetime = text("When it was created.")
    expires_at: datetime | None = text("When it ends by itself.")
    last_used_at: datetime | None = text("When it was last used, to the minute.")
    revoked_at: datetime | None = text("When it was ended by hand.")

    @strawberry.field(description="The organisations it is limited to; empty for the whole venue.")
    def organisation_ids(key: strawberry.Parent[Any]) -> list[strawberry.ID]:  # noqa: N805
        """As global ids."""
        return [strawberry.ID(f"Organisation_{each.hex}") for each in key.organisation_ids]


@strawberry.type(description="A new key.")
class KeyCreatePayload(Payload):
    """See the description."""

    key: Key | None = strawberry.field(default=None, description="The key.")
    secret: str | None = strawberry.field(
        default=None, description="What the program sends as `Authorization: Bearer …`. Keep it now: it is not shown again."
    )


@strawberry.type(description="A key that has ended.")
class KeyRevokePayload(Payload):
    """See the description."""

    key: Key | None = strawberry.field(default=None, description="The key.")
