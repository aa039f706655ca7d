"""Links of the gateway's that browsers follow without a header: signed for one caller at one venue, for minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from tenants import signing
from tenants.permissions import Caller
from tenants.settings import settings


@dataclass(frozen=True, slots=True)
class Proof:
    """Who a link was made for: a person's session or a key, at a venue; and the object it is about."""

    venue: UUID
    kind: Literal["PERSON", "KEY"]
    id: UUID
    about: str
    row: UUID


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and until when it is good."""

    url: str
    expires_at: datetime


def address(path: str) -> str:
    """The full address of a path of the gateway's; the path alone where the installation does not say where it is reached."""
    return f"{(settings().public_url or '').rstrip('/')}{path}"


def made(purpose: str, caller: Caller, about: str, row: UUID, *, life: timedelta) -> Link:
    """A link for this caller. It dies with the session or the key. Raises NOT_CONFIGURED."""
    who = caller.session if caller.kind == "PERSON" else caller.id
    assert who and caller.at
    token = signing.sign(purpose, caller.at.venue.hex, caller.kind, who.hex, about, row.hex, life=life)
    return Link(address(f"/files/{token}"), datetime.now(UTC) + life)


def read(purpose: str, token: str) -> Proof | None:
    """What a link says; None when it is not ours, is for another purpose, or has ended."""
    if (said := signing.opened(purpose, token)) is None:
        return None
    venue, kind, who, about, row = said
    return Proof(UUID(venue), "KEY" if kind == "KEY" else "PERSON", UUID(who), about, UUID(row))
