"""Keyset pages: a list in a stable order, read from where the last page ended, however deep.

A Listing says of one record what it may be sorted and filtered by; a Page is what GraphQL shows as a connection.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from tenants import tenancy
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.record import VenueRecord
from tenants.sql import Sql, every, name, sql

DEFAULT_PAGE = 50
LARGEST_PAGE = 100

F = TypeVar("F")


@dataclass(frozen=True)
class Sort:
    """An order of rows: an expression over `t` that is never null and has an index with (tenant_id, expression, id)."""

    expression: str
    type: str
    description: str


@dataclass(frozen=True)
class Listing(Generic[F]):
    """What a list of `record` may be sorted and filtered by; `where` turns a filter into conditions over `t`."""

    record: type[VenueRecord]
    sorts: Mapping[str, Sort]
    filter: type[F]
    where: Callable[[F], list[Sql]]

    @property
    def first_sort(self) -> str:
        """The order when none is asked for: the first of `sorts`."""
        return next(iter(self.sorts))


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


@dataclass(frozen=True)
class Edge:
    """A row and its place in the list."""

    node: Any
    cursor: str


@dataclass(frozen=True)
class PageInfo:
    """Where the page lies in the list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Page:
    """Rows of a list and their cursors. `total` counts the whole list, only when it is asked for."""

    edges: list[Edge]
    page_info: PageInfo
    total: Callable[[], Any]

    @property
    def nodes(self) -> list[Any]:
        """The rows alone."""
        return [e.node for e in self.edges]


async def page(
    listing: Listing[F], wanted: F | None, sort: str | None, descending: bool, window: Window, *, also: list[Sql] | None = None
) -> Page:
    """One page of a listing, of the rows the caller sees. `also` are further conditions over `t`. Raises BAD_USER_INPUT."""
    chosen = sort or listing.first_sort
    order = listing.sorts[chosen]
    size, backwards = window.size, window.backwards
    # Reading backwards is reading forwards in the opposite order, then turning the rows round.
    falling = descending != backwards
    label = f"{chosen}{'-' if descending else '+'}"
    table = listing.record.table()
    conditions = [sql("t.tenant_id = {venue}"), visible(table, "t"), *(also or [])]
    conditions += listing.where(wanted) if wanted is not None else []
    everything = sql("from {table} t where {where}", table=name(table), where=every(conditions))

    limits = []
    for argument, cursor, forwards in (("after", window.after, True), ("before", window.before, False)):
        if cursor is not None:
            limits.append(_past(order, descending == forwards, *_opened(cursor, label, argument)))
    direction = "desc" if falling else "asc"
    rows = await tenancy.fetch(
        sql(
            f"select t.*, ({order.expression})::text as sort_key {{everything}} and {{limits}} "
            f"order by {order.expression} {direction}, t.id {direction} limit {{size}}",
            everything=everything,
            limits=every(limits),
            size=size + 1,
        ),
        listing.record,
    )
    more, rows = len(rows) > size, rows[:size]
    edges = [Edge(row, _sealed(label, row.sort_key, row.id)) for row in (reversed(rows) if backwards else rows)]
    return Page(
        edges,
        PageInfo(
            has_next_page=bool(window.before) if backwards else more,
            has_previous_page=more if backwards else bool(window.after),
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        lambda: tenancy.fetch_value(sql("select count(*) {everything}", everything=everything)),
    )


def _past(order: Sort, falling: bool, key: str, row_id: UUID) -> Sql:
    return sql(
        f"({order.expression}, t.id) {'<' if falling else '>'} ({{key}}::text::{order.type}, {{row_id}}::uuid)",
        key=key,
        row_id=row_id,
    )


def _sealed(label: str, key: str, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([label, key, row_id.hex])).decode().rstrip("=")


def _opened(cursor: str, label: str, argument: str) -> tuple[str, UUID]:
    try:
        sealed_label, key, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if sealed_label != label or not isinstance(key, str):
            raise ValueError
        return key, UUID(row_id)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise Refusal("BAD_USER_INPUT", f"`{argument}` is not a cursor of this list in this order.", field=[argument]) from None
