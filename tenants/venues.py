"""Venues: the tenants. A platform table; inside a scope only the scope's own venue is ever read."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

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
