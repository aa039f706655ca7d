"""Who is asking, as the API shows it: the core's Caller and its Memberships."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import text
from schema.shapes import enum_of
from tenants.permissions import ROLE, Caller
from tenants.permissions import Membership as CoreMembership

Role: Any = enum_of(ROLE)


@strawberry.type(description="Somebody who can sign in. One login, by e-mail address, for all venues.")
class Person:
    """See the description."""

    name: str = text("Their name.")
    email: str = text("The address they sign in with.")
    language: str = text("The language they read, BCP 47.")

    @strawberry.field(description="Opaque and unchanging.")
    def id(person: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Person_{person.id.hex}")


@strawberry.type(description="A venue somebody may enter, and as what.")
class Membership:
    """See the description."""

    slug: str = text("The venue's short name: send it as `X-Venue`.")
    name: str = text("The venue's name.")
    role: Role = text("As what.")
    currency: str = text("The venue's currency, ISO 4217.")
    time_zone: str = text("The venue's time zone, an IANA name.")
    ends_at: datetime | None = text("When it ends by itself; null for never. Support access always does.")

    @strawberry.field(description="The venue's id.")
    def venue_id(membership: strawberry.Parent[CoreMembership]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Venue_{membership.venue.hex}")

    @strawberry.field(description="The organisations this is limited to; null for the whole venue.")
    def organisation_ids(membership: strawberry.Parent[CoreMembership]) -> list[strawberry.ID] | None:  # noqa: N805
        """As global ids."""
        if membership.organisations is None:
            return None
        return [strawberry.ID(f"Organisation_{each.hex}") for each in sorted(membership.organisations)]


@strawberry.type(description="Who is asking.")
class Me:
    """See the description."""

    name: str = text("The person's or the key's name.")
    memberships: list[Membership] = text("The venues that may be entered, by slug.")

    @strawberry.field(description="The person; null when a key asks.")
    def person(caller: strawberry.Parent[Caller]) -> Person | None:  # noqa: N805
        """The caller, shown as a person."""
        return caller if caller.kind == "PERSON" else None  # type: ignore[return-value]

    @strawberry.field(description="The venue this request is about: the one named in `X-Venue`, or the only one there is.")
    def venue(caller: strawberry.Parent[Caller]) -> Membership | None:  # noqa: N805
        """The chosen membership."""
        return caller.at  # type: ignore[return-value]

    @strawberry.field(description="What may be done at that venue, such as `customers:read`.")
    def permissions(caller: strawberry.Parent[Caller]) -> list[str]:  # noqa: N805
        """In order of the alphabet."""
        return sorted(caller.may)


@strawberry.type(description="Signed in.")
class SignInPayload(Payload):
    """See the description."""

    token: str | None = strawberry.field(default=None, description="Send it as `Authorization: Bearer …`. Not shown again.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends; earlier when the session is not used for some hours."
    )
    refresh_token: str | None = strawberry.field(
        default=None, description="What `tokenRefresh` exchanges for a new pair, once. Not shown again."
    )
    refresh_expires_at: datetime | None = strawberry.field(default=None, description="When the session ends, refreshed or not.")
    person: Person | None = strawberry.field(default=None, description="Who signed in.")
    memberships: list[Membership] | None = strawberry.field(default=None, description="The venues they may enter, by slug.")


@strawberry.type(description="Signed out.")
class SignOutPayload(Payload):
    """See the description."""

    signed_out: bool | None = strawberry.field(
        default=None, description="True: the tokens of the session are worth nothing any more."
    )


@strawberry.type(description="A person whose account was changed.")
class PersonPayload(Payload):
    """See the description."""

    person: Person | None = strawberry.field(default=None, description="The person as they are now.")
