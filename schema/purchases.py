"""What a purchase answers: the order, reserved, paid or given up."""

import strawberry

from schema import orders, shoppers
from schema.errors import Payload


@strawberry.type(description="An order on its way.")
class PurchasePayload(Payload):
    """For staff and partners."""

    order: orders.Order | None = strawberry.field(default=None, description="The order; null when nothing was done.")


@strawberry.type(name="PurchasePayload", description="An order on its way.")
class ShopperPurchasePayload(Payload):
    """For the customer who is signed in."""

    order: shoppers.Order | None = strawberry.field(default=None, description="The order; null when nothing was done.")
