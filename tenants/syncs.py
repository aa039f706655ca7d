"""Attributes and pools that are kept alike (Requirements Y1-Y7), 1:1 while it lasts (D20)."""

from tortoise import fields

from tenants.record import VenueRecord


class Sync(VenueRecord):
    """That an attribute and a pool are kept alike, from when until when. One that is not `two_way` is of an event pool: the
    attribute follows it (D48). tenants.assignments keeps them so, in the transaction of each change."""

    attribute_id = fields.UUIDField()
    pool_id = fields.UUIDField()
    two_way = fields.BooleanField()
    reconcile = fields.TextField()
    started_at = fields.DatetimeField(auto_now_add=True)
    started_by = fields.TextField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.TextField(null=True)

    class Meta:
        table = "syncs"
