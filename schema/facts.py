"""What a customer has bought, summed up, as the API shows it."""

from datetime import datetime
from typing import Any

import strawberry

from schema.context import Info
from schema.money import Money
from schema.nodes import text


@strawberry.type(
    description="What a customer has bought, summed up over the sales that the caller sees. Confirmed orders count, with the "
    "tickets that are neither reserved, refunded nor cancelled; an order or performance counts when tickets are left of it."
)
class CustomerFacts:
    """See the description."""

    order_count: int = text("How many orders.")
    ticket_count: int = text("How many tickets.")
    performance_count: int = text("For how many performances.")
    online_orders: int = text("Orders made in the venue's shop.")
    box_office_orders: int = text("Orders made at the counter.")
    phone_orders: int = text("Orders made by telephone.")
    partner_orders: int = text("Orders made in another system.")
    most_tickets: int = text("Tickets in the largest order.")
    first_ordered_at: datetime | None = text("When the first order was made; null without one.")
    last_ordered_at: datetime | None = text("When the last order was made; null without one.")
    shortest_lead_days: int | None = text(
        "Days from an order to the first of its performances, in the venue's time zone; 0 on the day or later. The fewest."
    )
    median_lead_days: int | None = text("The same, of the order in the middle.")
    longest_lead_days: int | None = text("The same, the most.")

    @strawberry.field(description="What was spent, with VAT and without fees, less what was paid back.")
    def spent(facts: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """In the venue's currency."""
        assert info.context.caller.at
        return Money.of(facts.spent, info.context.caller.at.currency)
