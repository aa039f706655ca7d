"""What a venue plays, apart from the performances: seasons, categories, tags, halls, promoters, productions, ticket types."""

from dataclasses import dataclass
from typing import Annotated

from tortoise import fields

from tenants.pages import Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import Doc
from tenants.sql import Sql, sql


class CatalogueRecord(VenueRecord):
    """What they all have: a name, and the id another system knows them by (unique in the venue)."""

    external_id = fields.TextField(null=True)
    name = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True


class Promoter(CatalogueRecord):
    """Who puts performances on; the venue itself or somebody who rents the hall."""

    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)

    class Meta:
        table = "promoters"


class Season(CatalogueRecord):
    """A year's programme, such as 2026/27."""

    starts_on = fields.DateField(null=True)
    ends_on = fields.DateField(null=True)

    class Meta:
        table = "seasons"


class Category(CatalogueRecord):
    """The kind of performance: theatre, concert, dance (Requirement D36: genre and category are one)."""

    class Meta:
        table = "categories"


class Tag(CatalogueRecord):
    """A free word on productions: a composer, a theme."""

    class Meta:
        table = "tags"


class Hall(CatalogueRecord):
    """A room; `capacity` counts its places."""

    capacity = fields.IntField(null=True)

    class Meta:
        table = "halls"


class Production(CatalogueRecord):
    """A work that is put on, in one or many performances."""

    subtitle = fields.TextField(null=True)
    description = fields.TextField(null=True)

    class Meta:
        table = "productions"


class TicketType(CatalogueRecord):
    """Adult, student, subscriber …; lists show them by `position`."""

    position = fields.IntField(default=0)

    class Meta:
        table = "ticket_types"


@dataclass(frozen=True)
class CatalogueFilter:
    """Which rows of a list; all that is given holds together."""

    external_id: Annotated[str | None, Doc("Only the one with this external id.")] = None
    search: Annotated[str | None, Doc("Only those whose name contains this, in any case.")] = None


def catalogue_listing(record: type[CatalogueRecord]) -> Listing[CatalogueFilter]:
    """The list of one of these records."""
    return Listing(record, _SORTS, CatalogueFilter, _where)


_SORTS = {
    "NAME": Sort("t.name", "text", "By name."),
    "CREATED": Sort("t.created_at", "timestamptz", "By when it was created here."),
}


def _where(wanted: CatalogueFilter) -> list[Sql]:
    conditions = []
    if wanted.external_id is not None:
        conditions.append(sql("t.external_id = {external_id}", external_id=wanted.external_id))
    if wanted.search:
        conditions.append(sql("position(lower({search}) in lower(t.name)) > 0", search=wanted.search))
    return conditions
