"""Builders with readable defaults. Each test makes its own venues, so tests never meet."""

from typing import Any
from uuid import UUID, uuid4

from tenants import tenancy
from tenants.venues import Venue


async def make_venue(**given: Any) -> Venue:
    """A new venue, in Oslo unless said otherwise."""
    slug = given.pop("slug", f"house-{uuid4().hex[:12]}")
    values = {"name": "Storhuset", "time_zone": "Europe/Oslo", "currency": "NOK", "languages": ["no", "en"], **given}
    async with tenancy.platform():
        return await Venue.create(slug=slug, **values)


async def make_job(venue: UUID, name: str = "some.job", *arguments: UUID) -> UUID:
    """A job that waits for a worker; nobody knows how to do `some.job`."""
    async with tenancy.scope(venue):
        return tenancy.later(name, *arguments)
