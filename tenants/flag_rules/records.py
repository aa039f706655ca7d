"""Rules by which customers get a flag for what they buy (Requirements L1, L2)."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.organisations import visible
from tenants.record import VenueRecord
from tenants.shape import Choice
from tenants.sql import sql

MEASURES = {
    "TICKETS": "Tickets; of a product, how many of it.",
    "PERFORMANCES": "Performances; products count as one each.",
    "ORDERS": "Orders.",
    "AMOUNT": "Money in the venue's currency, with VAT and without fees.",
}
MEASURE = Choice("FlagRuleMeasure", MEASURES, "What a rule counts.")


class FlagRule(VenueRecord):
    """Customers get the flag who bought at least `minimum` of the measure (an amount in minor units), of what is chosen (nothing
    chosen: of anything), at any time, within a fixed period or within the last days (D29)."""

    flag_id = fields.UUIDField()
    performance_ids = ArrayField("uuid", default=list)
    production_ids = ArrayField("uuid", default=list)
    product_ids = ArrayField("uuid", default=list)
    measure = fields.TextField(default="TICKETS")
    minimum = fields.BigIntField(default=1)
    from_on = fields.DateField(null=True)
    until_on = fields.DateField(null=True)
    last_days = fields.IntField(null=True)
    revoke_on_refund = fields.BooleanField()
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "flag_rules"


async def live_of(flags: list[UUID]) -> dict[UUID, list[Any]]:
    """The rules of each of these flags that are in use and that the caller sees, the oldest first."""
    condition = "t.flag_id = any({flags}::uuid[]) and t.archived_at is null and {seen}"
    seen = visible("flag_rules", "t").wrapped()
    rules: dict[UUID, list[Any]] = defaultdict(list)
    for row in await FlagRule.rows(sql(condition, flags=flags, seen=seen), tail=sql("order by t.id")):
        rules[row.flag_id].append(row)
    return rules
