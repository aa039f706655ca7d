"""What a venue's shop may show to everybody: types of their own, so that nothing else can be asked for."""

from datetime import date
from typing import Annotated

import strawberry

from schema.connections import connection
from schema.images import PublicImage, images_of
from schema.nodes import Node, children, linked, node, text, told
from schema.performances import PublicPerformance, PublicPrice
from schema.texts import spoken
from tenants import catalogue, performances
from tenants.images import records

NEEDS = "storefront:read"
Prices = Annotated["Price", strawberry.lazy("schema.storefront")]
Performances = Annotated["Performance", strawberry.lazy("schema.storefront")]


@node(catalogue.Season, needs=NEEDS, description="A year's programme, such as 2026/27.")
class Season(Node):
    """See the description."""

    name = spoken("name", "Its name.")
    starts_on: date | None = text("Its first day, in the venue's time zone.")
    ends_on: date | None = text("Its last day, in the venue's time zone.")


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
    tags = told(catalogue.tags_of, Tag, "The words on it, by name.")
    images = images_of(Image, "Its pictures, in their order.", production_id="id")


@node(performances.Performance, needs=NEEDS, description="One evening of a production, once it is announced.")
class Performance(PublicPerformance):
    """See the description."""

    production = linked(catalogue.Production, "production_id", Production, "What is played.", required=True)
    season = linked(catalogue.Season, "season_id", Season, "The season it belongs to.")
    category = linked(catalogue.Category, "category_id", Category, "What kind of performance it is.")
    hall = linked(catalogue.Hall, "hall_id", Hall, "Where it takes place.")
    images = images_of(Image, "Its own pictures, or else its production's.", performance_id="id", production_id="production_id")
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
