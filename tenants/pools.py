"""Pools of customers (Requirements PO1-PO7), and what each gives: an own sale start, discounts, quotas."""

from tortoise import fields

from tenants.flags import GroupRecord
from tenants.record import VenueRecord
from tenants.shape import Choice

KINDS = {
    "CUSTOMER": "Customers that were put together: members, employees, holders of season tickets.",
    "COMPANY": "The people of a company or school.",
    "EVENT": "Whoever holds a ticket to one performance, kept up to date by itself.",
}
KIND = Choice("PoolKind", KINDS, "What a pool bundles (Requirement PO3).")
MOST_PER = {"CUSTOMER": "Per customer and performance.", "ORDER": "Per order."}
MOST_PER_CHOICE = Choice("QuotaPer", MOST_PER, "What a quota is counted over (D46).")


class Pool(GroupRecord):
    """A pool. `number` is short and per venue: staff name it by that (D44). An EVENT pool is of one performance (D39)."""

    number = fields.BigIntField()
    kind = fields.TextField(default="CUSTOMER")
    performance_id = fields.UUIDField(null=True)

    class Meta:
        table = "pools"


class PoolTerms(VenueRecord):
    """What a pool gives for a performance, all performances of a production, a product, or, when none is named, everything: a
    sale start of its own (D45), the most tickets a customer may have or an order may hold (PO6), and the most that may be bought
    by these terms in all, of one performance (`allotment`). Its discounts are tenants.discounts."""

    pool_id = fields.UUIDField()
    performance_id = fields.UUIDField(null=True)
    production_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    sale_starts_at = fields.DatetimeField(null=True)
    most = fields.IntField(null=True)
    most_per = fields.TextField(default="CUSTOMER")
    allotment = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "pool_terms"
