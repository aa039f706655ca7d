"""What came of a campaign link, as the API shows it."""

from datetime import date
from typing import Any

import strawberry

from schema.connections import argument
from schema.context import Info
from schema.money import Money
from schema.nodes import summed, text
from tenants import campaign_figures as figures


@strawberry.type(description="The clicks of one day.")
class CampaignLinkDay:
    """See the description."""

    day: date = text("The day, in the venue's time zone.")
    clicks: int = text("How often the link, or a personal one, was followed.")


@strawberry.type(description="The personal links of a campaign link.")
class PersonalLinkCounts:
    """See the description."""

    made: int = text("How many were made.")
    clicked: int = text("How many of them were followed at least once.")


@strawberry.type(
    description="What was bought by a campaign link and stands: confirmed orders, less what was paid back. It covers the sales "
    "that you see."
)
class CampaignLinkSales:
    """See the description."""

    orders: int = text("How many orders something is left of.")
    tickets: int = text("How many tickets, subscriptions and memberships.")
    personal_links: int = text("By how many personal links.")

    @strawberry.field(description="What they came to, VAT included and without fees.")
    def revenue(row: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """In the venue's currency."""
        at = info.context.caller.at
        assert at  # nothing of a venue is read without one
        return Money.of(row.revenue, at.currency)


@strawberry.type(
    description="What came of a campaign link. Previews in chats, crawlers and mail scanners do not count as clicks."
)
class CampaignLinkStatistics:
    """See the description."""

    clicks = summed(figures.clicks, int, "How often it was followed in all, personal links among them.")
    personal_links = summed(figures.personal_links, PersonalLinkCounts, "Its personal links.")
    sales = summed(figures.sales, CampaignLinkSales | None, "What was bought by it.", needs="sales:read")

    @strawberry.field(description="How often it was followed on each day that it was, in order.")
    async def clicks_per_day(
        row: strawberry.Parent[Any],  # noqa: N805
        info: Info,
        first_day: argument(date | None, "Only from this day of the venue's on.") = strawberry.UNSET,  # type: ignore[valid-type]
        last_day: argument(date | None, "Only up to this day.") = strawberry.UNSET,  # type: ignore[valid-type]
    ) -> list[CampaignLinkDay]:
        """Of all links of a list at once."""
        found: list[Any] = await info.context.load.by(figures.ClicksPerDay(first_day or None, last_day or None), row.id)
        return found
