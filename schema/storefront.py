"""What a venue's shop may show to everybody: types of their own, so that nothing else can be asked for."""

from datetime import date
from typing import Annotated, Any

import strawberry

from schema.connections import connection
from schema.context import Info, Row
from schema.custom_values import ShownValue
from schema.images import PublicImage, images_of
from schema.money import Money
from schema.nodes import Node, children, linked, node, text, told, told_one
from schema.performances import PublicPerformance, PublicPrice
from schema.products import PublicProduct
from schema.shapes import enum_of
from schema.texts import spoken
from tenants import catalogue, performances, products, programme
from tenants.custom_fields import holding
from tenants.images import records
from tenants.performances import dearest

NEEDS = "storefront:read"
Prices = Annotated["Price", strawberry.lazy("schema.storefront")]
Performances = Annotated["Performance", strawberry.lazy("schema.storefront")]
ProductPrices = Annotated["ProductPrice", strawberry.lazy("schema.storefront")]
Works = Annotated["Production", strawberry.lazy("schema.storefront")]

SaleState: Any = enum_of(programme.SALE_STATE)


@strawberry.type(description="The least and the most that one ticket costs, VAT and fee included.")
class PriceRange:
    """See the description."""

    min: Money = text("The cheapest.")
    max: Money = text("The dearest.")


def _range(ask: Any, description: str) -> Any:
    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        if (found := await info.context.load.by(ask, row.id)) is None:
            return None
        least, most = (Money.of(minor, info.context.caller.at.currency) for minor in found)
        return PriceRange(min=least, max=most)

    resolve.__annotations__ = {"row": Row, "info": Info, "return": PriceRange | None}
    return strawberry.field(resolver=resolve, description=f"{description} Null when there are no prices.")


@node(catalogue.Season, needs=NEEDS, description="A year's programme, such as 2026/27.")
class Season(Node):
    """See the description."""

    name = spoken("name", "Its name.")
    starts_on: date | None = text("Its first day, in the venue's time zone.")
    ends_on: date | None = text("Its last day, in the venue's time zone.")
    productions = connection(programme.WORKS, programme.OF_A_SEASON, Works, "What is played in it, by name.")
    performances = connection(performances.PROGRAMME, "season_id", Performances, "What is on in it, by start.")


@node(catalogue.Category, needs=NEEDS, description="A kind of performance: theatre, concert, dance.")
class Category(Node):
    """See the description."""

    name = spoken("name", "Its name.")


@node(catalogue.Tag, needs=NEEDS, description="A free word on productions: a composer, a theme.")
class Tag(Node):
    """See the description."""

    name = spoken("name", "Its name.")


@node(catalogue.Hall, needs=NEEDS, description="A room where performances take place.")
class Hall(Node):
    """See the description."""

    name = spoken("name", "Its name.")


@node(catalogue.TicketType, needs=NEEDS, description="A kind of ticket: adult, student, subscriber.")
class TicketType(Node):
    """See the description."""

    name = spoken("name", "Its name.")
    position: int = text("Its place in lists, smallest first.")


@node(records.Image, needs=NEEDS, description="A picture of a production or of a performance.")
class Image(PublicImage):
    """See the description."""


@node(catalogue.Production, needs=NEEDS, description="A work that is put on, in one or many performances.")
class Production(Node):
    """See the description."""

    name = spoken("name", "Its name.")
    subtitle = spoken("subtitle", "A second line to the name.", optional=True)
    description = spoken("description", "What it is about.", optional=True)
    performances = connection(performances.PROGRAMME, "production_id", Performances, "When it is played, by start.")
    next_performance = told_one(programme.next_of, Performances, "The next one; null when none lies ahead.")
    price_range = _range(programme.price_ranges_ahead, "What one ticket costs at its performances that lie ahead.")
    tags = told(catalogue.tags_of, Tag, "The words on it, by name.")
    images = images_of(Image, "Its pictures, in their order.", production_id="id")


@node(performances.Performance, needs=NEEDS, description="One evening of a production, once it is announced.")
class Performance(PublicPerformance):
    """See the description."""

    @strawberry.field(description="Whether tickets can be bought now, and if not, why.")
    def sale_state(row: strawberry.Parent[Any]) -> SaleState:  # noqa: N805
        """By the clock of the gateway."""
        return SaleState[programme.sale_state(row)]

    production = linked(catalogue.Production, "production_id", Production, "What is played.", required=True)
    season = linked(catalogue.Season, "season_id", Season, "The season it belongs to.")
    category = linked(catalogue.Category, "category_id", Category, "What kind of performance it is.")
    hall = linked(catalogue.Hall, "hall_id", Hall, "Where it takes place.")
    images = images_of(Image, "Its own pictures, or else its production's.", performance_id="id", production_id="production_id")
    price_range = _range(programme.price_ranges, "What one ticket costs.")
    custom_fields = told(holding.OF["PERFORMANCE"], ShownValue, "What the venue's own fields hold here, of those it shows.")
    prices = children(
        performances.Price,
        "performance_id",
        Prices,
        "What tickets cost, dearest first within a price level.",
        order=performances.dearest,
    )


@node(performances.Price, needs=NEEDS, description="What one ticket of a type costs at a performance.")
class Price(PublicPrice):
    """See the description."""

    ticket_type = linked(catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket.", required=True)


@node(products.Product, needs=NEEDS, description="A subscription (season ticket) or membership, once it is announced.")
class Product(PublicProduct):
    """See the description."""

    name = spoken("name", "Its name.")
    description = spoken("description", "What it is about.", optional=True)
    season = linked(catalogue.Season, "season_id", Season, "The season of a subscription.")
    performances = told(products.performances_of, Performance, "What its holder may go to, by start.")
    prices = children(
        products.ProductPrice,
        "product_id",
        ProductPrices,
        "What it costs, dearest first within a price level.",
        order=dearest,
    )


@node(products.ProductPrice, needs=NEEDS, description="What one of a product costs for a ticket type.")
class ProductPrice(PublicPrice):
    """See the description."""

    ticket_type = linked(catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket.", required=True)
