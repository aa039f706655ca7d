"""Benefits: ticket types that a flag lets its customers buy, so often (Requirements B1-B6), and where they work (P1-P4)."""

from tortoise import fields

from tenants.record import VenueRecord
from tenants.shape import Choice

TICKETS_PER = {
    "PERFORMANCE": "So many for each performance, or each subscription.",
    "TOTAL": "So many in all.",
}
TICKETS_PER_CHOICE = Choice("TicketsPer", TICKETS_PER, "What a number of tickets is counted over.")


class Benefit(VenueRecord):
    """A ticket type that customers with the flag may buy: for `most_performances` of them (null: any number), `most_tickets` each
    or in all. Where the type is priced on a product, subscriptions are counted in place of performances (D25). What is used is
    counted per assignment of the flag (D23)."""

    external_id = fields.TextField(null=True)
    flag_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField()
    most_performances = fields.IntField(null=True)
    most_tickets = fields.IntField()
    tickets_per = fields.TextField()
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "benefits"


class Coupling(VenueRecord):
    """That a flag's benefits work for a performance or product (P1). When each starts there is in `coupling_starts` (P4)."""

    flag_id = fields.UUIDField()
    performance_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "couplings"
