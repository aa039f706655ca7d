"""What a venue plays, as the API shows it."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from schema.connections import connection
from schema.images import Image, images_of
from schema.nodes import Node, node, text, told
from schema.texts import translations
from tenants import catalogue
from tenants.organisations import Organisation as OrganisationRecord
from tenants.performances import PERFORMANCES
from tenants.texts import NameTranslationRow, ProductionTranslationRow

NEEDS = "catalogue:read"
Performances = Annotated["Performance", strawberry.lazy("schema.performances")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.type
class Named(Node):
    """What everything in the catalogue has."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    name: str = text("Its name.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")


@node(
    OrganisationRecord,
    needs=NEEDS,
    description="A part of a venue with a staff and a programme of its own. Its staff see the performances and sales that "
    "belong to it or to the whole venue.",
)
class Organisation(Named):
    """See the description."""

    archived_at: datetime | None = text("Since when it takes nothing new; null while it is in use.")


@node(catalogue.Promoter, needs=NEEDS, description="Who puts performances on: the venue itself, or somebody who rents the hall.")
class Promoter(Named):
    """See the description."""

    email: str | None = text("Their e-mail address.")
    phone: str | None = text("Their telephone number.")
    performances = connection(PERFORMANCES, "promoter_id", Performances, "What they put on, by start.")


@node(catalogue.Season, needs=NEEDS, description="A year's programme, such as 2026/27.")
class Season(Named):
    """See the description."""

    translations = translations(NameTranslationRow)
    starts_on: date | None = text("Its first day, in the venue's time zone.")
    ends_on: date | None = text("Its last day, in the venue's time zone.")
    performances = connection(PERFORMANCES, "season_id", Performances, "What is on in it, by start.")


@node(catalogue.Category, needs=NEEDS, description="A kind of performance, also called genre: theatre, concert, dance.")
class Category(Named):
    """See the description."""

    translations = translations(NameTranslationRow)
    performances = connection(PERFORMANCES, "category_id", Performances, "The performances of this kind, by start.")


@node(catalogue.Tag, needs=NEEDS, description="A free word on productions: a composer, a theme.")
class Tag(Named):
    """See the description."""

    translations = translations(NameTranslationRow)


@node(catalogue.Hall, needs=NEEDS, description="A room where performances take place.")
class Hall(Named):
    """See the description."""

    translations = translations(NameTranslationRow)
    capacity: int | None = text("How many places it has; null when not known.")
    performances = connection(PERFORMANCES, "hall_id", Performances, "What is on in it, by start.")


@node(catalogue.Production, needs=NEEDS, description="A work that is put on, in one or many performances.")
class Production(Named):
    """See the description."""

    subtitle: str | None = text("A second line to the name.")
    description: str | None = text("What it is about.")
    translations = translations(ProductionTranslationRow)
    performances = connection(PERFORMANCES, "production_id", Performances, "When it is played, by start.")
    tags = told(catalogue.tags_of, Tag, "The words on it, by name.")
    images = images_of(Image, "Its pictures, in their order.", production_id="id")


@node(catalogue.TicketType, needs=NEEDS, description="A kind of ticket: adult, student, subscriber.")
class TicketType(Named):
    """See the description."""

    translations = translations(NameTranslationRow)
    position: int = text("Its place in lists, smallest first.")
    restricted: bool = text(
        "Whether it is sold only to whom a benefit or a campaign link lets in; the shop shows it to nobody else."
    )
