"""What a venue's shop shows to everybody: works and seasons with something announced in them, what tickets cost, what is on sale.

The scope is a public one, so tenants/organisations.py leaves out what is not announced, here as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from tenants import tenancy
from tenants.catalogue import BY_NAME, BY_START, TAGGED, Category, Hall, Production, Season, Tag
from tenants.organisations import visible
from tenants.pages import CREATED, Listing, Through, conditions_of
from tenants.performances import Performance, ProgrammeFilter
from tenants.shape import Choice, Doc, Of, Where
from tenants.sql import Sql, every, sql
from tenants.texts import as_read

SALE_STATES = {
    "LATER": "Tickets are not on sale yet.",
    "OPEN": "Tickets are on sale.",
    "PAUSED": "The sale is stopped for now.",
    "CLOSED": "The sale has ended.",
    "CANCELLED": "It will not take place.",
    "PAST": "It has been.",
}
SALE_STATE = Choice("SaleState", SALE_STATES, "Whether tickets to a performance can be bought now, and if not, why.")


def _called(part: str) -> Sql:
    """In the language that texts are read in."""
    return sql("position(lower({part}) in lower({name})) > 0", part=part, name=as_read("t", "name"))


def _played(*conditions: Sql) -> Sql:
    """Works with a performance that is seen and fulfils all of the conditions; inside, `t` is that performance."""
    which = every([sql("t.tenant_id = {venue}"), visible("performances", "t"), *conditions])
    return sql("t.id in (select t.production_id from performances t where {which})", which=which)


@dataclass(frozen=True)
class NameFilter:
    """Which rows of a list."""

    search: Annotated[str | None, Where(_called), Doc("Only those whose name contains this, in any case.")] = None


@dataclass(frozen=True)
class WorkFilter(NameFilter):
    """Which productions; all that is given holds together, and a list means any of these."""

    tags: Annotated[list[UUID] | None, Of("Tag"), TAGGED, Doc("Only those with one of these tags.")] = None
    played: Annotated[
        ProgrammeFilter | None,
        Of("PerformanceFilter"),
        Where(lambda wanted: _played(*conditions_of(wanted))),
        Doc("Only those with a performance such as this."),
    ] = None


SEASONS = Listing(Season, BY_START | BY_NAME, NameFilter)
CATEGORIES = Listing(Category, BY_NAME, NameFilter)
TAGS = Listing(Tag, BY_NAME, NameFilter)
HALLS = Listing(Hall, BY_NAME, NameFilter)
WORKS = Listing(Production, BY_NAME | {"CREATED": CREATED}, WorkFilter)
OF_A_SEASON = Through(lambda: _played(sql("t.season_id = parent.id")))


def sale_state(performance: Any, now: datetime | None = None) -> str:
    """Where the sale of a performance stands: one of SALE_STATES."""
    now = now or datetime.now(UTC)
    length = timedelta(0) if performance.time_known else timedelta(days=1)
    if performance.status == "CANCELLED":
        return "CANCELLED"
    if performance.starts_at and performance.starts_at + length <= now:
        return "PAST"
    if performance.sale_ends_at and performance.sale_ends_at <= now:
        return "CLOSED"
    if performance.status == "PAUSED":
        return "PAUSED"
    begun = performance.sale_starts_at is None or performance.sale_starts_at <= now
    return "OPEN" if performance.status == "ON_SALE" and begun else "LATER"


async def price_ranges(performances: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """The least and the most that a ticket to each costs, fee included, in minor units; those without prices are left out."""
    return await _ranges(
        sql(
            "select p.id as of, p.id from performances p where p.tenant_id = {venue} and p.id = any({ids}::uuid[])",
            ids=performances,
        )
    )


async def price_ranges_ahead(productions: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """The same for each production, over its performances that lie ahead."""
    return await _ranges(sql("select p.production_id as of, p.id from performances p where {ahead}", ahead=_ahead(productions)))


async def _ranges(performances: Sql) -> dict[UUID, tuple[int, int]]:
    rows = await tenancy.fetch(
        sql(
            "select p.of, min(c.amount + c.fee) as least, max(c.amount + c.fee) as most from ({performances}) p "
            "join prices c on c.tenant_id = {venue} and c.performance_id = p.id where {seen} group by p.of",
            performances=performances,
            seen=visible("prices", "c"),
        )
    )
    return {row.of: (row.least, row.most) for row in rows}


async def next_of(productions: Sequence[UUID]) -> dict[UUID, Any]:
    """The next performance of each production that has one."""
    rows = await tenancy.fetch(
        sql(
            "select distinct on (p.production_id) p.* from performances p where {ahead} "
            "order by p.production_id, p.starts_at, p.id",
            ahead=_ahead(productions),
        ),
        Performance,
    )
    return {row.production_id: row for row in rows}


def _ahead(productions: Sequence[UUID]) -> Sql:
    """Performances `p` of these productions that will be, and whose day is known."""
    return every(
        [
            sql("p.tenant_id = {venue} and p.production_id = any({productions}::uuid[])", productions=productions),
            sql("p.starts_at + case when p.time_known then interval '0' else interval '1 day' end > now()"),
            sql("p.status <> 'CANCELLED'"),
            visible("performances", "p"),
        ]
    )
