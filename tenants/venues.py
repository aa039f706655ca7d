"""Venues: the tenants. A platform table; inside a scope only the scope's own venue is ever read."""

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.errors import Refusal
from tenants.record import PlatformRecord


class Venue(PlatformRecord):
    """A theatre or concert hall. `slug` is its name in addresses and headers, `time_zone` an IANA name, `currency` ISO 4217."""

    slug = fields.TextField()
    name = fields.TextField()
    time_zone = fields.TextField()
    currency = fields.TextField()
    languages = ArrayField("text")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    allowed_origins = ArrayField("text", default=list)
    shop_url = fields.TextField(null=True)
    contact_name = fields.TextField(null=True)
    contact_email = fields.TextField(null=True)
    contact_phone = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "venues"


async def create(slug: str, name: str, *, time_zone: str, currency: str, languages: Sequence[str]) -> Venue:
    """A new venue, empty. Inside platform(). Raises INVALID_VALUE and NOT_UNIQUE."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", slug):
        raise Refusal("INVALID_VALUE", "A slug is 2 to 40 small letters, digits and hyphens.", field=["slug"])
    if not name.strip() or len(name) > 200:
        raise Refusal("INVALID_VALUE", "A venue's name has 1 to 200 characters.", field=["name"])
    if time_zone not in available_timezones():
        raise Refusal("INVALID_VALUE", f"There is no time zone {time_zone}; an example is Europe/Oslo.", field=["timeZone"])
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Refusal("INVALID_VALUE", "A currency is three capital letters, such as NOK.", field=["currency"])
    if not 1 <= len(languages) <= 20:
        raise Refusal("INVALID_VALUE", "A venue has 1 to 20 languages.", field=["languages"])
    if await Venue.filter(slug=slug).exists():
        raise Refusal("NOT_UNIQUE", f"There is a venue with the slug {slug} already.", field=["slug"])
    return await Venue.create(slug=slug, name=name.strip(), time_zone=time_zone, currency=currency, languages=list(languages))
