"""What a customer has bought, summed up, as the API shows it."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import strawberry

from schema.context import Info
from schema.money import Money
from schema.nodes import text


@strawberry.type(
    description="What a customer has bought, summed up over the sales that the caller sees. Confirmed orders count, with the "
    "tickets, subscriptions and memberships that are neither reserved, refunded nor cancelled; an order or performance counts "
    "when something is left of it."
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
    subscription_count: int = text("How many subscriptions, ever.")
    membership_count: int = text("How many memberships, ever.")

    @strawberry.field(description="Whether they hold a subscription that has not ended.")
    def is_subscriber(facts: strawberry.Parent[Any], info: Info) -> bool:  # noqa: N805
        """On the venue's day."""
        return _holds(facts.subscribed_until, info)

    @strawberry.field(description="The last day of the subscription that holds longest; null when there is none, or no end.")
    def subscribed_until(facts: strawberry.Parent[Any]) -> date | None:  # noqa: N805
        """For ever is no day."""
        return None if facts.subscribed_until == date.max else facts.subscribed_until

    @strawberry.field(description="Whether they hold a membership that has not ended.")
    def is_member(facts: strawberry.Parent[Any], info: Info) -> bool:  # noqa: N805
        """On the venue's day."""
        return _holds(facts.member_until, info)

    @strawberry.field(description="The last day of the membership that holds longest; null when there is none, or no end.")
    def member_until(facts: strawberry.Parent[Any]) -> date | None:  # noqa: N805
        """For ever is no day."""
        return None if facts.member_until == date.max else facts.member_until

    @strawberry.field(description="What was spent, with VAT and without fees, less what was paid back.")
    def spent(facts: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """In the venue's currency."""
        assert info.context.caller.at
        return Money.of(facts.spent, info.context.caller.at.currency)


def _holds(until: date | None, info: Info) -> bool:
    assert info.context.caller.at
    today = datetime.now(UTC).astimezone(ZoneInfo(info.context.caller.at.time_zone)).date()
    return until is not None and until >= today
