"""Who may buy what, and why, as staff and partners ask it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from schema.benefits import Benefit
from schema.campaign_links import CampaignLink
from schema.catalogue import TicketType
from schema.context import Info, Row
from schema.customers import Customer
from schema.flags import Flag
from schema.nodes import text
from schema.offers import OfferPrice, OfferReason
from schema.orders import TicketLine
from schema.performances import Performance
from schema.pools import Pool
from schema.products import Product
from schema.shapes import enum_of
from tenants import benefits, campaign_links, catalogue, customers, flags, orders, performances, pools, products
from tenants.eligibility import parts
from tenants.permissions import require

LimitKind: Any = enum_of(parts.LIMIT)
WayKind: Any = enum_of(parts.WAY)


def about(record: Any, field: str, shows: Any, description: str, *, needs: str | None = None) -> Any:
    """The object that an answer speaks of, null when there is none or the caller does not see it."""

    def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        require(info.context.caller, needs)
        return info.context.load.one(record, getattr(row, field))

    resolve.__annotations__ = {"row": Row, "info": Info, "return": shows | None}
    return strawberry.field(resolver=resolve, description=description)


@strawberry.type(description="A reason, and what it is about as far as you see it.")
class EligibilityReason:
    """See the description."""

    flag_id: strawberry.Private[UUID | None]
    benefit_id: strawberry.Private[UUID | None]
    pool_id: strawberry.Private[UUID | None]
    campaign_link_id: strawberry.Private[UUID | None]
    code: OfferReason = text("What it is.")
    flag = about(flags.Flag, "flag_id", Flag, "The flag.")
    benefit = about(benefits.Benefit, "benefit_id", Benefit, "The benefit of the flag.")
    pool = about(pools.Pool, "pool_id", Pool, "The pool.")
    campaign_link = about(campaign_links.CampaignLink, "campaign_link_id", CampaignLink, "The campaign link.")


@strawberry.type(description="A way by which the customer comes to a ticket type.")
class EligibilityWay:
    """See the description."""

    kind: WayKind = text("What kind of way it is.")
    starts_at: datetime | None = text("From when; null: at once.")
    ends_at: datetime | None = text("Until when; null: as long as anything is sold.")
    left: int | None = text("How many tickets are left on it; null when it has no limit of its own.")
    by: EligibilityReason = text("By what right.")


@strawberry.type(description="What one ticket costs the customer at a price level, and by what right.")
class EligibilityPrice(OfferPrice):
    """See the description."""

    by: EligibilityReason | None = text("The right that makes it cheaper; null when none does.")


@strawberry.type(description="What a customer may do with one ticket type.")
class EligibleTicketType:
    """See the description."""

    ticket_type_id: strawberry.Private[UUID | None]
    ticket_type = about(catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket.", needs="catalogue:read")
    sellable: bool = text("Whether they could buy it at that moment.")
    starts_at: datetime | None = text("From when they can, by the earliest way; null: at once, or never.")
    prices: list[EligibilityPrice] = text("What it costs them, by price level. Before the sale starts: what it will cost then.")
    max_quantity: int | None = text("How many they could buy at that moment; null when nothing limits it.")
    ways: list[EligibilityWay] = text("By which ways they come to it; none: it is not for them.")
    reasons: list[EligibilityReason] = text("All that speaks for it, then all that speaks against it.")


@strawberry.type(description="A limit on what the customer may buy there, of whatever type.")
class EligibilityLimit:
    """See the description."""

    kind: LimitKind = text("What it limits.")
    limit: int = text("How many at most.")
    used: int = text("How many are gone or taken.")
    left: int = text("How many are left.")
    by: EligibilityReason | None = text("The pool whose quota it is; null for the performance's own limit.")


@strawberry.type(
    description="What a customer, or anybody, may buy for a performance, subscription or membership at a moment, and why."
)
class Eligibility:
    """See the description."""

    customer_id: strawberry.Private[UUID | None]
    performance_id: strawberry.Private[UUID | None]
    product_id: strawberry.Private[UUID | None]
    at: datetime = text("The moment that was asked about.")
    customer = about(customers.Customer, "customer_id", Customer, "The customer; null for anybody.", needs="customers:read")
    performance = about(performances.Performance, "performance_id", Performance, "The performance.", needs="catalogue:read")
    product = about(products.Product, "product_id", Product, "The subscription or membership.", needs="catalogue:read")
    limits: list[EligibilityLimit] = text("What limits all ticket types together.")
    ticket_types: list[EligibleTicketType] = text("Every ticket type that is priced there, in the order of the house's lists.")


@strawberry.type(description="Tickets that were bought by a benefit.")
class BenefitUse:
    """See the description."""

    line_id: strawberry.Private[UUID | None]
    performance_id: strawberry.Private[UUID | None]
    product_id: strawberry.Private[UUID | None]
    ticket_line = about(orders.TicketLine, "line_id", TicketLine, "The tickets.", needs="sales:read")
    performance = about(performances.Performance, "performance_id", Performance, "To what.", needs="catalogue:read")
    product = about(products.Product, "product_id", Product, "Of what subscription or membership.", needs="catalogue:read")
    ordered_at: datetime = text("When.")
    quantity: int = text("How many.")
    given_back: int = text("How many of them were paid back since; these do not count.")


@strawberry.type(description="A benefit as a customer holds it, under one assignment of its flag: what is used of it and left.")
class WalletBenefit:
    """See the description."""

    benefit_id: strawberry.Private[UUID | None]
    flag_id: strawberry.Private[UUID | None]
    benefit = about(benefits.Benefit, "benefit_id", Benefit, "The benefit.")
    flag = about(flags.Flag, "flag_id", Flag, "The flag it comes with.")
    assignment_id: strawberry.ID = text("The assignment of the flag that it is counted under.")
    expires_on: date | None = text("The last day it can be used on; null: for ever.")
    standing: bool = text("Whether it can be used today.")
    tickets_used: int = text("Tickets bought by it, those that were paid back left out.")
    tickets_left: int = text("How many more: in all, or for each performance it was not used on yet.")
    performances_used: int = text("For how many performances or products it was used.")
    performances_left: int | None = text("For how many more it can be used; null: for any number.")
    uses: list[BenefitUse] = text("By which purchases, the oldest first.")
