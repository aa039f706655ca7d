"""Keyset pages: a list in a stable order, read from where the last page ended, however deep.

A Listing says of one record what it may be sorted and filtered by; a Page is what GraphQL shows as a connection.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints
from uuid import UUID

from tenants import cursors, tenancy
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.shape import Where
from tenants.sql import Sql, every, name, sql

DEFAULT_PAGE = 50
LARGEST_PAGE = 100

F = TypeVar("F")


@dataclass(frozen=True)
class Sort:
    """An order of rows: expressions over `t` and their types, then the id. Each is never null and leakproof (LEAST and CASE are,
    COALESCE is not), and there is an index (tenant_id, expressions, id)."""

    description: str
    by: Mapping[str, str]


CREATED = Sort("By when it was created here.", {"t.created_at": "timestamptz"})


@dataclass(frozen=True, eq=False)
class Listing(Generic[F]):
    """What a list of `record` may be sorted by, the first unless asked, and its filter: a dataclass of Where fields."""

    record: Any  # a VenueRecord, or a PlatformRecord whose rows are of one venue each
    sorts: Mapping[str, Sort]
    filter: type[F]

    @property
    def first_sort(self) -> str:
        """The order when none is asked for."""
        return next(iter(self.sorts))


@dataclass(frozen=True, eq=False)
class Through:
    """How rows `t` of a list belong to the row `parent` where no column of theirs says so: a condition."""

    condition: Callable[[], Sql]


@dataclass(frozen=True)
class Window:
    """Which page: `first` rows after a cursor, or the `last` rows before one."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """Rows wanted. Raises BAD_USER_INPUT when it is not between 0 and LARGEST_PAGE."""
        if self.first is not None and self.last is not None:
            raise Refusal("BAD_USER_INPUT", "Ask for `first` or for `last`, not for both.", field=["last"])
        argument, wanted = ("last", self.last) if self.last is not None else ("first", self.first)
        if wanted is None:
            return DEFAULT_PAGE
        if not 0 <= wanted <= LARGEST_PAGE:
            raise Refusal("BAD_USER_INPUT", f"`{argument}` must be between 0 and {LARGEST_PAGE}.", field=[argument])
        return wanted


@dataclass(frozen=True, slots=True)
class Edge:
    """A row and its place in the list."""

    node: Any
    cursor: str


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where the page lies in the list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list. Their cursors are made when they are asked for: `seal` knows how. `total` counts the whole list."""

    nodes: list[Any]
    has_next_page: bool
    has_previous_page: bool
    seal: Callable[[Any], str]
    total: Callable[[], Awaitable[int]]

    @property
    def edges(self) -> list[Edge]:
        """The rows with their cursors."""
        return [Edge(row, self.seal(row)) for row in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies."""
        first, last = (self.seal(self.nodes[0]), self.seal(self.nodes[-1])) if self.nodes else (None, None)
        return PageInfo(self.has_next_page, self.has_previous_page, first, last)


async def page(
    listing: Listing[F], wanted: F | None, sort: str | None, descending: bool, window: Window, *, also: Sequence[Sql] = ()
) -> Page:
    """One page of a listing, of the rows the caller sees. `also` are further conditions over `t`. Raises BAD_USER_INPUT."""
    reading = _Reading(listing, sort, descending, window, apart=_apart(wanted))
    wanted = await _asked(wanted)
    conditions = [*also, *(conditions_of(wanted) if wanted is not None else [])]
    rows = await tenancy.fetch(reading.rows(conditions), listing.record)
    count = sql("select count(*) {those}", those=reading.those(conditions))
    return reading.page(rows, lambda: tenancy.fetch_value(count))


async def pages(
    listing: Listing[Any], owner: str | Through, parents: Sequence[UUID], descending: bool, window: Window
) -> dict[UUID, Page]:
    """For each parent a page of its rows, in the listing's first order: one statement. Its rows are those whose column `owner` is
    its id, or those that belong to it Through others."""
    reading = _Reading(listing, None, descending, window)
    its = owner.condition() if isinstance(owner, Through) else sql("t.{owner} = parent.id", owner=name(owner))
    together = "from unnest({parents}::uuid[]) as parent (id) cross join lateral ({rows}) t"
    statement = f"select t.*, parent.id as parent_id {together} order by {{order}}"
    found = defaultdict(list)
    of_one = sql(statement, parents=parents, rows=reading.rows([its]), order=reading.order)
    for row in await tenancy.fetch(of_one, listing.record):
        found[row["parent_id"]].append(row)

    async def count() -> dict[UUID, int]:
        rows = sql("select count(*) as many {those}", those=reading.those([its]))
        counted = await tenancy.fetch(sql(f"select parent.id, t.many {together}", parents=parents, rows=rows))
        return {row["id"]: row["many"] for row in counted}

    counts = _shared(count)

    def total(parent: UUID) -> Callable[[], Awaitable[int]]:
        async def of_this() -> int:
            return (await counts()).get(parent, 0)

        return of_this

    return {parent: reading.page(found[parent], total(parent)) for parent in parents}


def conditions_of(wanted: Any) -> list[Sql]:
    """The conditions over `t` that a filter's given fields stand for; an empty text or list restricts nothing."""
    fields = ((where, getattr(wanted, field)) for field, where in _wheres(wanted.__class__))
    given = [(where, value) for where, value in fields if value not in (None, "", [])]
    if any("\0" in value for _, value in given if isinstance(value, str)):
        raise Refusal("BAD_USER_INPUT", "A text holds a character that no text here has.", field=["where"])
    return [where.condition(value) for where, value in given]


async def _asked(wanted: Any) -> Any:
    """The filter with what its fields stand for, where the database has to say it."""
    asking = [(field, where.ask) for field, where in _wheres(wanted.__class__) if where.ask] if wanted is not None else []
    found = {field: await ask(value) for field, ask in asking if (value := getattr(wanted, field))}
    return replace(wanted, **found) if found else wanted


def _apart(wanted: Any) -> bool:
    return wanted is not None and any(where.apart and getattr(wanted, field) for field, where in _wheres(wanted.__class__))


@cache
def _wheres(shape: Any) -> list[tuple[str, Where]]:
    hints = get_type_hints(shape, include_extras=True)
    return [(field, next(m for m in hint.__metadata__ if isinstance(m, Where))) for field, hint in hints.items()]


class _Reading:
    """One way of reading a listing. Backwards is forwards in the opposite order, then the rows turned round."""

    def __init__(self, listing: Listing[Any], sort: str | None, descending: bool, window: Window, *, apart: bool = False) -> None:
        self.listing, self.window, self.size, self.apart = listing, window, window.size, apart
        chosen = sort or listing.first_sort
        self.sort, self.label = listing.sorts[chosen], f"{chosen}{'-' if descending else '+'}"
        direction = "desc" if descending != window.backwards else "asc"
        self.order = sql(", ".join(f"{e} {direction}" for e in (*self.sort.by, "t.id")))
        ends = (("after", window.after, descending), ("before", window.before, not descending))
        self.limits = [self._past(argument, cursor, falling) for argument, cursor, falling in ends if cursor is not None]

    def those(self, conditions: list[Sql]) -> Sql:
        """Where rows come from, and which of them are meant."""
        table = self.listing.record.table()
        where = every([sql("t.tenant_id = {venue}"), visible(table, "t"), *conditions])
        return sql("from {table} t where {where}", table=name(table), where=where)

    def rows(self, conditions: list[Sql]) -> Sql:
        """The page's rows and one more, which tells whether others follow."""
        keys = ", ".join(f"({e})::text" for e in self.sort.by)
        those = self.those([*conditions, *self.limits])
        return sql(
            f"select t.*, array[{keys}]::text[] as sort_keys {{those}} order by {{order}} limit {{limit}}",
            those=sql("from (select t.* {those} offset 0) t", those=those) if self.apart else those,
            order=self.order,
            limit=self.size + 1,
        )

    def page(self, rows: list[Any], total: Callable[[], Awaitable[int]]) -> Page:
        """The page these rows make."""
        window, more = self.window, len(rows) > self.size
        rows = rows[: self.size]
        return Page(
            rows[::-1] if window.backwards else rows,
            has_next_page=window.before is not None or (more and not window.backwards),
            has_previous_page=window.after is not None or (more and window.backwards),
            seal=self._cursor,
            total=total,
        )

    def _cursor(self, row: Any) -> str:
        return cursors.seal(self.label, row["sort_keys"], row["id"])

    def _past(self, argument: str, cursor: str, falling: bool) -> Sql:
        """Rows beyond the cursor's."""
        keys, row_id = cursors.opened(cursor, self.label, list(self.sort.by.values()), argument)
        values = {f"key{i}": key for i, key in enumerate(keys)}
        given = [f"{{key{i}}}::text::{kind}" for i, kind in enumerate(self.sort.by.values())]
        return sql(
            f"({', '.join((*self.sort.by, 't.id'))}) {'<' if falling else '>'} ({', '.join((*given, '{row_id}::uuid'))})",
            row_id=row_id,
            **values,
        )


def _shared(work: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    """Does the work when first asked, and once for everybody who asks."""
    begun: list[asyncio.Future[Any]] = []

    async def ask() -> Any:
        if not begun:
            begun.append(asyncio.ensure_future(work()))
        return await begun[0]

    return ask
