"""What a ticket type costs under a pool's terms or a campaign link, and the one rule how a discount is reckoned."""

from typing import Any

from tortoise import fields

from tenants.record import VenueRecord


class Discount(VenueRecord):
    """Of the terms of a pool or of a campaign link, for a ticket type (null: for all): less by `basis_points` hundredths of a per
    cent, less by an `amount`, or a `price`, in minor units; with none of them the ordinary price."""

    pool_terms_id = fields.UUIDField(null=True)
    campaign_link_id = fields.UUIDField(null=True)
    ticket_type_id = fields.UUIDField(null=True)
    basis_points = fields.IntField(null=True)
    amount = fields.BigIntField(null=True)
    price = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "discounts"


def reckoned(ordinary: int, discount: Any) -> int:
    """What a ticket of this ordinary price costs under a discount: rounded half up to the minor unit, never below 0."""
    if discount.price is not None:
        return int(discount.price)
    if discount.amount is not None:
        return max(0, ordinary - discount.amount)
    if discount.basis_points is not None:
        return int(ordinary * (10_000 - discount.basis_points) + 5_000) // 10_000
    return ordinary
