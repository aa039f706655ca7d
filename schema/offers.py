"""What may be bought, as the shop asks it: no flag and no pool is named (Requirement D43)."""

from datetime import date, datetime
from typing import Any

import strawberry

from schema.campaign_offers import Campaign
from schema.money import Money
from schema.nodes import text
from schema.shapes import enum_of
from schema.storefront import Performance, Product, TicketType
from tenants import benefits, campaign_offers
from tenants.eligibility import parts

OfferReason: Any = enum_of(parts.REASON)
TicketsPer: Any = enum_of(benefits.TICKETS_PER_CHOICE)


@strawberry.type(description="What one ticket costs at a price level.")
class OfferPrice:
    """See the description."""

    price_level: str | None = text("The price level; null where the hall has none.")
    price: Money = text("What it costs this customer, VAT included, without the fee.")
    before: Money = text("What it costs without any right of the customer's; the same when they have none.")
    fee: Money = text("The fee on top.")
    max_quantity: int | None = text("How many can be had at this price at most; null when nothing limits it.")

    @classmethod
    def of(cls, price: parts.LevelPrice, currency: str) -> "OfferPrice":
        """As clients see it."""
        return cls(
            price_level=price.level or None,
            price=Money.of(price.amount, currency),
            before=Money.of(price.before, currency),
            fee=Money.of(price.fee, currency),
            max_quantity=price.most,
        )


@strawberry.type(description="A benefit of the customer's by which they may buy a ticket type.")
class OfferBenefit:
    """See the description."""

    benefit_id: strawberry.ID = text("The benefit's id, by which a purchase names it.")
    left: int = text("How many tickets are left of it here.")


@strawberry.type(
    description="A ticket type of a performance, subscription or membership, as it is offered to the customer who is signed in, "
    "or to anybody. Those that they have no right to are left out."
)
class Offer:
    """See the description."""

    ticket_type: TicketType = text("The kind of ticket.")
    sellable: bool = text("Whether it can be bought now.")
    starts_at: datetime | None = text("From when it can be bought; null: at once, or never.")
    prices: list[OfferPrice] = text("What it costs, by price level. Before the sale starts: what it will cost then.")
    max_quantity: int | None = text("How many can be bought now at most; null when nothing limits it.")
    benefits: list[OfferBenefit] = text("The benefits it can be bought by, the one that expires soonest first.")
    reasons: list[OfferReason] = text("Why it cannot be bought; empty when it can.")


@strawberry.type(
    description="A benefit of the customer's (Requirement B3): a ticket type others cannot buy, or not at this price."
)
class CustomerBenefit:
    """See the description."""

    benefit_id: strawberry.ID = text("The benefit's id.")
    ticket_type: TicketType = text("What it lets them buy.")
    expires_on: date | None = text("The last day it can be used on, in the venue's time zone; null: for ever.")
    tickets_per: TicketsPer = text("What the number of tickets is counted over.")
    tickets_left: int = text("How many tickets are left, in all or for each performance that it was not used on yet.")
    performances_left: int | None = text("On how many performances more it can be used; null: on any number.")
    performances: list[Performance] = text("Where it works, by start. None, and no products: it works nowhere yet.")
    products: list[Product] = text("The subscriptions and memberships it works for.")


@strawberry.type(description="What the house has for the customer who is signed in.")
class CustomerOffers:
    """See the description."""

    benefits: list[CustomerBenefit] = text("Their benefits with uses left, those that expire soonest first.")

    @strawberry.field(
        description="The campaigns open to them without a link, by a right of theirs or a personal link; the first to end first."
    )
    async def campaigns(self) -> list[Campaign]:
        """Of the customer whose token it is."""
        found: list[Any] = await campaign_offers.own()
        return found
