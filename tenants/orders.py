"""Orders and their ticket lines. A line is `quantity` tickets alike; money is in minor units of the order's currency."""

from tortoise import fields

from tenants.record import VenueRecord

CHANNELS = {
    "ONLINE": "The venue's shop.",
    "BOX_OFFICE": "Sold at the counter.",
    "PHONE": "Sold by telephone.",
    "PARTNER": "Sold by another system.",
}
ORDER_STATES = {
    "RESERVED": "Held, not paid.",
    "CONFIRMED": "Paid or otherwise settled.",
    "CANCELLED": "Given up before it was paid.",
    "REFUNDED": "Paid back in full.",
}
LINE_STATES = {
    "RESERVED": "Held, not paid.",
    "VALID": "Sold; admits its holder.",
    "COMPLIMENTARY": "Given away; admits its holder.",
    "REFUNDED": "Paid back; admits nobody.",
    "CANCELLED": "Given up; admits nobody.",
}


class Order(VenueRecord):
    """A purchase. `place_*` is where the buyer said to live, on this order."""

    external_id = fields.TextField(null=True)
    customer_id = fields.UUIDField(null=True)
    channel = fields.TextField()
    currency = fields.TextField()
    ordered_at = fields.DatetimeField()
    state = fields.TextField(default="CONFIRMED")
    place_postcode = fields.TextField(null=True)
    place_city = fields.TextField(null=True)
    place_country = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "orders"


class TicketLine(VenueRecord):
    """Tickets of one type and price at one performance. `price` is one ticket's, `amount` the line's, both with VAT."""

    external_id = fields.TextField(null=True)
    order_id = fields.UUIDField()
    performance_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField(null=True)
    quantity = fields.IntField()
    price_level = fields.TextField(null=True)
    price = fields.BigIntField()
    amount = fields.BigIntField()
    fee = fields.BigIntField(default=0)
    vat = fields.BigIntField(default=0)
    state = fields.TextField(default="VALID")
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "ticket_lines"
