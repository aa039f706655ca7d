"""Performances and what a ticket to one costs, as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import strawberry

from schema.catalogue import NEEDS, Category, Hall, Organisation, Production, Promoter, Season, TicketType
from schema.connections import connection
from schema.context import Info
from schema.custom_values import custom_fields
from schema.images import Image, images_of
from schema.money import Money
from schema.nodes import Node, children, linked, listed, node, text
from schema.shapes import enum_of
from schema.texts import translations
from tenants import catalogue, performances, texts
from tenants.couplings import Coupling
from tenants.organisations import Organisation as OrganisationRecord
from tenants.permissions import Membership
from tenants.pool_terms import OF_A_PERFORMANCE, TERMS

PerformanceStatus: Any = enum_of(performances.STATUS)
Couplings = Annotated["Coupling", strawberry.lazy("schema.benefits")]  # type: ignore[name-defined]
Terms = Annotated["PoolTerms", strawberry.lazy("schema.pool_terms")]  # type: ignore[name-defined]  # noqa: F821
Prices = Annotated["Price", strawberry.lazy("schema.performances")]


@strawberry.type
class PublicPerformance(Node):
    """What the shop shows of a performance too."""

    starts_at: datetime | None = text("When it starts; null when it has no date.")
    time_known: bool = text("False when only the day is known; `startsAt` is then that day's midnight at the venue.")
    sale_starts_at: datetime | None = text("From when tickets are sold; null: at once.")
    sale_ends_at: datetime | None = text("Until when tickets are sold; null: to the end.")
    status: PerformanceStatus = text("Where it stands.")
    max_per_order: int | None = text("The most tickets in one order; null when not limited.")
    max_per_customer: int | None = text("The most tickets of one customer; null when not limited.")

    @strawberry.field(description="Its own name, or else the production's.")
    async def name(row: strawberry.Parent[Any], info: Info) -> str:  # noqa: N805
        """The production is loaded only when it is needed."""
        own = texts.text_of(row, "name")
        return own or texts.text_of(await info.context.load.one(catalogue.Production, row.production_id), "name")

    @strawberry.field(description="When it starts by the venue's clock, RFC 3339 with its offset: 2026-11-21T19:30:00+01:00.")
    def starts_at_local(row: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        """In the venue's time zone."""
        return row.starts_at.astimezone(ZoneInfo(_venue(info).time_zone)).isoformat() if row.starts_at else None

    @strawberry.field(description="The day it starts, in the venue's time zone; null when it has no date.")
    def starts_on(row: strawberry.Parent[Any], info: Info) -> date | None:  # noqa: N805
        """The local day."""
        zone = ZoneInfo(_venue(info).time_zone)
        return row.starts_at.astimezone(zone).date() if row.starts_at else None


@strawberry.type
class PublicPrice(Node):
    """What the shop shows of a price too."""

    price_level: str = text("The price level of the seat; empty where there are none.")

    @strawberry.field(description="The price of one ticket, VAT included.")
    def amount(row: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """In the venue's currency."""
        return Money.of(row.amount, _venue(info).currency)

    @strawberry.field(description="The fee on top of it.")
    def fee(row: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """In the venue's currency."""
        return Money.of(row.fee, _venue(info).currency)


def _venue(info: Info) -> Membership:
    at = info.context.caller.at
    assert at  # nothing of a venue is read without one
    return at


@node(
    performances.Performance,
    needs=NEEDS,
    description="One evening of a production. It belongs to organisations, or to the whole venue; whoever works for "
    "organisations sees theirs and the whole venue's, a promoter sees its own.",
)
class Performance(PublicPerformance):
    """See the description."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    production = linked(catalogue.Production, "production_id", Production, "What is played.", required=True)
    season = linked(catalogue.Season, "season_id", Season, "The season it belongs to.")
    category = linked(catalogue.Category, "category_id", Category, "What kind of performance it is.")
    hall = linked(catalogue.Hall, "hall_id", Hall, "Where it takes place.")
    images = images_of(Image, "Its own pictures, or else its production's.", performance_id="id", production_id="production_id")
    promoter = linked(catalogue.Promoter, "promoter_id", Promoter, "Who puts it on.")
    translations = translations(texts.NameTranslationRow)
    custom_fields = custom_fields("PERFORMANCE")
    capacity: int | None = text("How many tickets there are; null when not limited.")
    prices = children(
        performances.Price,
        "performance_id",
        Prices,
        "What tickets cost, dearest first within a price level.",
        order=performances.dearest,
    )
    couplings = children(Coupling, "performance_id", Couplings, "The flags whose benefits work here.", needs="flags:read")
    pool_terms = connection(
        TERMS,
        OF_A_PERFORMANCE,
        Terms,
        "What pools give here: for this performance, for its production, for everything.",
        needs="flags:read",
    )
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")
    organisations = listed(
        OrganisationRecord,
        "organisation_ids",
        Organisation,
        "The organisations it belongs to; none: it is the whole venue's.",
    )


@node(performances.Price, needs=NEEDS, description="What one ticket of a type costs at a performance, in the venue's currency.")
class Price(PublicPrice):
    """See the description."""

    performance = linked(performances.Performance, "performance_id", Performance, "The performance.", required=True)
    ticket_type = linked(catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket.", required=True)
