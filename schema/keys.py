"""Keys of partners and shops, as the API shows them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text, told
from schema.shapes import enum_of
from tenants import key_secrets, keys
from tenants.shape import Choice

KeyKind: Any = enum_of(Choice("KeyKind", keys.KINDS, "What a key is for."))


SOON = timedelta(days=14)


@strawberry.type(description="One of a key's secrets, without the secret: what is good, and what a partner still uses.")
class KeySecret:
    """See the description."""

    prefix: str = text("How it begins.")
    created_at: datetime = text("When it was made.")
    last_used_at: datetime | None = text("When it was last used, to the minute.")
    ends_at: datetime | None = text("When it ends, or has ended; null for the newest, which stays as long as the key.")


@node(
    keys.Key, needs="keys:write", description="What a program shows to be let in at one venue. Its secret is never shown again."
)
class Key(Node):
    """See the description."""

    name: str = text("What it is for, in the venue's own words.")
    kind: KeyKind = text("What it may be used for.")
    prefix: str = text("How its newest secret begins, so that keys can be told apart.")
    scopes: list[str] = text("What it may do, beside reading what the shop shows to everybody.")
    created_at: datetime = text("When it was created.")
    expires_at: datetime | None = text("When it ends by itself.")
    last_used_at: datetime | None = text("When it was last used, with whichever secret, to the minute.")
    revoked_at: datetime | None = text("When it was ended by hand.")

    secrets: list[KeySecret] = told(
        key_secrets.of, KeySecret, "Its secrets, the newest first: after a rotation the one before stays good for a while."
    )

    @strawberry.field(description=f"Whether it ends by itself within {SOON.days} days: time to create another.")
    def expires_soon(key: strawberry.Parent[Any]) -> bool:  # noqa: N805
        """While it is live."""
        now = datetime.now(UTC)
        return key.revoked_at is None and key.expires_at is not None and now < key.expires_at <= now + SOON

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


@strawberry.type(description="A key with a new secret.")
class KeyRotatePayload(Payload):
    """See the description."""

    key: Key | None = strawberry.field(default=None, description="The key: the same, with its scopes and its end.")
    secret: str | None = strawberry.field(
        default=None, description="What the program sends from now on. Keep it now: it is not shown again."
    )


@strawberry.type(description="A key whose older secret has ended.")
class KeyPayload(Payload):
    """See the description."""

    key: Key | None = strawberry.field(default=None, description="The key.")


@strawberry.type(description="A key that has ended.")
class KeyRevokePayload(Payload):
    """See the description."""

    key: Key | None = strawberry.field(default=None, description="The key.")
