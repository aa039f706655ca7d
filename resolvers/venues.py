"""A venue's own settings, and the platform's venues."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query, under
from schema import venues as nouns
from schema.context import Info
from schema.shapes import core_of
from tenants import tenancy, venues


@strawberry.type
class VenueQueries:
    """One's own, and for the platform's admins all of them."""

    @query("venue:read", description="The venue this request is about.")
    async def venue(self, info: Info) -> nouns.Venue | None:
        """The scope's."""
        found: Any = await venues.current()
        return found  # type: ignore[no-any-return]

    @query("platform:admin", scope="platform", description="All venues of this installation, by slug.")
    async def venues(self, info: Info) -> list[nouns.Venue] | None:
        """Their settings; nothing that is theirs."""
        async with tenancy.platform(readonly=True):
            return await venues.everywhere()


@strawberry.type
class StorefrontVenueQueries:
    """The shop's own."""

    @query("storefront:read", description="The venue whose shop this is.")
    async def venue(self, info: Info) -> nouns.StorefrontVenue | None:
        """The scope's."""
        found: Any = await venues.current()
        return found  # type: ignore[no-any-return]


@strawberry.type
class VenueMutations:
    """Create and change."""

    @mutation("venue:write", payload=nouns.VenuePayload, description="Change the venue's settings; what is left out stays.")
    async def venue_update(
        self, info: Info, input: Annotated[nouns.VenueUpdateInput, strawberry.argument(description="What to change.")]
    ) -> nouns.VenuePayload | None:
        """The scope's venue."""
        with under("input"):
            return nouns.VenuePayload(venue=await venues.update(core_of(venues.VenueUpdate, input)))

    @mutation(
        "platform:admin", payload=nouns.VenuePayload, scope="platform", description="Open a new venue, with nothing in it yet."
    )
    async def venue_create(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="Its short name: 2 to 40 small letters, digits and hyphens.")],
        name: Annotated[str, strawberry.argument(description="Its name, up to 200 characters.")],
        time_zone: Annotated[str, strawberry.argument(description="An IANA name, such as `Europe/Oslo`.")],
        currency: Annotated[str, strawberry.argument(description="ISO 4217, such as `NOK`.")],
        languages: Annotated[list[str], strawberry.argument(description="BCP 47, such as `nb-NO`, the main one first.")],
    ) -> nouns.VenuePayload | None:
        """Its first people are let in with `foyer person`."""
        async with tenancy.platform():
            made = await venues.create(slug, name, time_zone=time_zone, currency=currency, languages=languages)
        return nouns.VenuePayload(venue=made)
