"""A venue, as its staff and as its shop see it."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import input_of
from tenants import tenancy, venues

VenueUpdateInput: Any = input_of(venues.VenueUpdate, "VenueUpdateInput")


@node(venues.Venue, needs="venue:read", description="A theatre, concert hall or culture house: everything else belongs to one.")
class Venue(Node):
    """See the description."""

    slug: str = text("Its short name, for the X-Venue header and for addresses; never changes.")
    name: str = text("Its name.")
    time_zone: str = text("The time zone its days are counted in, an IANA name.")
    currency: str = text("The currency of all its amounts, ISO 4217.")
    languages: list[str] = text("The languages it speaks, BCP 47, the main one first.")
    latitude: float | None = text("Degrees north.")
    longitude: float | None = text("Degrees east.")
    allowed_origins: list[str] = text("Web origins its shop may call /storefront/graphql from.")
    trusted_documents_only: bool = text("Whether its shop may ask only with documents registered before.")
    shop_url: str | None = text("Where its shop is.")
    contact_name: str | None = text("Whom customers turn to.")
    contact_email: str | None = text("The address customers write to.")
    contact_phone: str | None = text("The number customers call.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When its settings were last changed.")


@strawberry.type(name="Venue", description="The venue whose shop this is.")
class StorefrontVenue:
    """See the description."""

    slug: str = text("Its short name.")
    name: str = text("Its name.")
    time_zone: str = text("The time zone its days are counted in, an IANA name.")
    currency: str = text("The currency of all its amounts, ISO 4217.")
    languages: list[str] = text("The languages it speaks, BCP 47, the main one first.")
    latitude: float | None = text("Degrees north.")
    longitude: float | None = text("Degrees east.")
    shop_url: str | None = text("Where its shop is.")
    contact_name: str | None = text("Whom customers turn to.")
    contact_email: str | None = text("The address customers write to.")
    contact_phone: str | None = text("The number customers call.")

    @strawberry.field(description="The language of this answer's texts: the one asked for with `@inContext`, or its main one.")
    def language(row: strawberry.Parent[Any]) -> str:  # noqa: N805
        """The scope's first."""
        return next(filter(None, tenancy.current().languages), row.languages[0])


@strawberry.type(description="The venue after the change.")
class VenuePayload(Payload):
    """See the description."""

    venue: Venue | None = strawberry.field(default=None, description="The venue.")
