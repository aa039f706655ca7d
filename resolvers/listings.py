"""Root fields that are alike for every kind of row: a list as a connection, and one object by its id."""

import enum
from functools import cache
from typing import Annotated, Any

import strawberry

from resolvers.fields import query
from schema.connections import Connection
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of, input_of
from tenants import pages
from tenants.organisations import visible
from tenants.pages import Listing, Window
from tenants.record import VenueRecord
from tenants.sql import every, sql


@strawberry.enum(description="Which end comes first.")
class SortDirection(enum.Enum):
    """See the description."""

    ASC = strawberry.enum_value("ASC", description="Smallest, earliest or A first.")
    DESC = strawberry.enum_value("DESC", description="Largest, latest or Z first.")


def _about(kind: Any, description: str) -> Any:
    return Annotated[kind, strawberry.argument(description=description)]


def listing(core: Listing[Any], noun: type[Any], *, needs: str, description: str) -> Any:
    """The connection of a core listing, with its filter and its orders. `needs` is a permission."""
    sort_enum = _sort_enum(noun.__name__, tuple((n, s.description) for n, s in core.sorts.items()))

    shape: Any = core.filter
    filter_input = input_of(shape)

    async def resolve(  # type: ignore[no-untyped-def]  # typed below, from the listing
        info, first=None, after=None, last=None, before=None, where=None, sort_by=None, direction=SortDirection.ASC
    ):
        wanted = core_of(core.filter, where, ("where",)) if where else None
        sort = sort_by.value if sort_by else None
        return await pages.page(core, wanted, sort, direction is SortDirection.DESC, Window(first, after, last, before))

    most = pages.LARGEST_PAGE
    resolve.__annotations__ = {
        "info": Info,
        "first": _about(int | None, f"How many rows from the start, at most {most}; {pages.DEFAULT_PAGE} when not given."),
        "after": _about(str | None, "Read on after this cursor."),
        "last": _about(int | None, f"How many rows from the end, at most {most}."),
        "before": _about(str | None, "Read back from this cursor."),
        "where": _about(filter_input | None, "Only rows that fulfil all of this."),
        "sort_by": _about(sort_enum | None, f"What to sort by; {core.first_sort} when not given."),
        "direction": _about(SortDirection, "Which end comes first."),
        "return": Connection[noun],  # type: ignore[valid-type]
    }
    return query(needs, description=description)(resolve)


def single(record: type[VenueRecord], noun: type[Any], *, needs: str, description: str) -> Any:
    """One object by its id; null when there is none of this id that the caller may see."""

    async def resolve(info, id):  # type: ignore[no-untyped-def]  # the argument's name in the contract
        return await find(record, local_id(id, noun.__name__, field=("id",)))

    resolve.__annotations__ = {"info": Info, "id": _about(strawberry.ID, "The object's id."), "return": noun | None}
    return query(needs, description=description)(resolve)


async def find(record: type[VenueRecord], row_id: Any) -> Any:
    """The row of this id that the caller sees, or None."""
    seen = every([sql("t.id = {row_id}", row_id=row_id), visible(record.table(), "t")])
    return next(iter(await record.rows(seen)), None)


@cache
def _sort_enum(kind: str, options: tuple[tuple[str, str], ...]) -> Any:
    values = {option: strawberry.enum_value(option, description=about) for option, about in options}
    made = enum.Enum(f"{kind}Sort", values)  # type: ignore[misc]
    return strawberry.enum(made, description=f"What a list of {kind} may be sorted by.")
