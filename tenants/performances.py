"""Performances (dated, or undated when `starts_at` is null) and what a ticket to one costs."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.record import VenueRecord

STATUSES = {
    "DRAFT": "Being set up; the shop does not show it.",
    "ANNOUNCED": "Shown in the shop, not on sale yet.",
    "ON_SALE": "On sale, within its sale start and end.",
    "PAUSED": "Shown in the shop; sale is stopped for now.",
    "CANCELLED": "Will not take place.",
}


class Performance(VenueRecord):
    """One evening of a production. Times are UTC; `time_known` is false when only the day is known (then midnight there)."""

    external_id = fields.TextField(null=True)
    production_id = fields.UUIDField()
    season_id = fields.UUIDField(null=True)
    category_id = fields.UUIDField(null=True)
    hall_id = fields.UUIDField(null=True)
    promoter_id = fields.UUIDField(null=True)
    organisation_ids = ArrayField("uuid", default=list)
    name = fields.TextField(null=True)
    starts_at = fields.DatetimeField(null=True)
    time_known = fields.BooleanField(default=True)
    sale_starts_at = fields.DatetimeField(null=True)
    sale_ends_at = fields.DatetimeField(null=True)
    status = fields.TextField(default="ON_SALE")
    capacity = fields.IntField(null=True)
    max_per_order = fields.IntField(null=True)
    max_per_customer = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "performances"


class Price(VenueRecord):
    """What one ticket of a type costs at a performance, per price level ('' where there are none); minor units."""

    performance_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField()
    price_level = fields.TextField(default="")
    amount = fields.BigIntField()
    fee = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "prices"
