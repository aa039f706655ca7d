"""What a venue plays, apart from the performances: seasons, categories, tags, halls, promoters, productions, ticket types."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import tenancy
from tenants.organisations import Organisation, visible
from tenants.pages import CREATED, Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import Doc, Of, Where, known_as
from tenants.sql import Sql, sql


class CatalogueRecord(VenueRecord):
    """What they all have: a name, and the id another system knows them by (unique in the venue)."""

    external_id = fields.TextField(null=True)
    name = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True


class TranslatedRecord(CatalogueRecord):
    """What customers read too; `texts` are those in other languages (tenants/texts.py)."""

    texts: Any = fields.JSONField(default=dict)

    class Meta:
        abstract = True


class Promoter(CatalogueRecord):
    """Who puts performances on; the venue itself or somebody who rents the hall."""

    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)

    class Meta:
        table = "promoters"


class Season(TranslatedRecord):
    """A year's programme, such as 2026/27."""

    starts_on = fields.DateField(null=True)
    ends_on = fields.DateField(null=True)

    class Meta:
        table = "seasons"


class Category(TranslatedRecord):
    """The kind of performance: theatre, concert, dance (Requirement D36: genre and category are one)."""

    class Meta:
        table = "categories"


class Tag(TranslatedRecord):
    """A free word on productions: a composer, a theme."""

    class Meta:
        table = "tags"


class Hall(TranslatedRecord):
    """A room; `capacity` counts its places."""

    capacity = fields.IntField(null=True)

    class Meta:
        table = "halls"


class Production(TranslatedRecord):
    """A work that is put on, in one or many performances."""

    subtitle = fields.TextField(null=True)
    description = fields.TextField(null=True)

    class Meta:
        table = "productions"


class TicketType(TranslatedRecord):
    """Adult, student, subscriber …; lists show them by `position`. A restricted one is sold only to whom a benefit or a campaign
    link lets in."""

    position = fields.IntField(default=0)
    restricted = fields.BooleanField(default=False)

    class Meta:
        table = "ticket_types"


_NAMED = Where("position(lower({value}) in lower(t.name)) > 0")


@dataclass(frozen=True)
class CatalogueFilter:
    """Which rows of a list; all that is given holds together."""

    external_id: Annotated[str | None, known_as, Doc("Only the one with this external id.")] = None
    search: Annotated[str | None, _NAMED, Doc("Only those whose name contains this, in any case.")] = None


def _in_a_season(seasons: list[UUID]) -> Sql:
    return sql(
        "exists (select from performances p where p.tenant_id = {venue} and p.production_id = t.id "
        "and p.season_id = any({seasons}::uuid[]) and {seen})",
        seasons=seasons,
        seen=visible("performances", "p"),
    )


TAGGED = Where(
    "exists (select from production_tags p where p.tenant_id = {venue} and p.production_id = t.id "
    "and p.tag_id = any({value}::uuid[]))"
)


@dataclass(frozen=True)
class ProductionFilter(CatalogueFilter):
    """Which productions; all that is given holds together, and a list means any of these."""

    seasons: Annotated[list[UUID] | None, Of("Season"), Where(_in_a_season), Doc("Only those played in these seasons.")] = None
    tags: Annotated[list[UUID] | None, Of("Tag"), TAGGED, Doc("Only those with one of these tags.")] = None


BY_NAME = {"NAME": Sort("By name.", {"t.name": "text"})}
BY_START = {"START": Sort("By the first day; those without one come last.", {"least(t.starts_on, 'infinity')": "date"})}
_BY_POSITION = {"POSITION": Sort("By position, then name.", {"t.position": "bigint", "t.name": "text"})}

ORGANISATIONS = Listing(Organisation, BY_NAME, CatalogueFilter)
PROMOTERS = Listing(Promoter, BY_NAME, CatalogueFilter)
SEASONS = Listing(Season, BY_NAME | BY_START, CatalogueFilter)
CATEGORIES = Listing(Category, BY_NAME, CatalogueFilter)
TAGS = Listing(Tag, BY_NAME, CatalogueFilter)
HALLS = Listing(Hall, BY_NAME, CatalogueFilter)
PRODUCTIONS = Listing(Production, BY_NAME | {"CREATED": CREATED}, ProductionFilter)
TICKET_TYPES = Listing(TicketType, _BY_POSITION | BY_NAME, CatalogueFilter)


async def tags_of(productions: list[UUID]) -> dict[UUID, list[Any]]:
    """The tags of each of these productions, by name."""
    rows = await tenancy.fetch(
        sql(
            "select t.*, p.production_id from production_tags p join tags t on t.tenant_id = p.tenant_id and t.id = p.tag_id "
            "where p.tenant_id = {venue} and t.tenant_id = {venue} and p.production_id = any({productions}::uuid[]) "
            "order by t.name, t.id",
            productions=productions,
        ),
        Tag,
    )
    tags: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        tags[row["production_id"]].append(row)
    return tags
