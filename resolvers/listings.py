"""Root fields that are alike for every kind of row: a list as a connection, and one object by its id."""

import enum
from functools import cache
from typing import Any

import strawberry

from resolvers.fields import query
from schema.connections import WINDOW, Connection, argument, window_of
from schema.context import Info
from schema.nodes import parse_id
from schema.shapes import core_of, input_of
from tenants import pages
from tenants.errors import Refusal
from tenants.pages import Listing


@strawberry.enum(description="Which end comes first.")
class SortDirection(enum.Enum):
    """See the description."""

    ASC = strawberry.enum_value("ASC", description="Smallest, earliest or A first.")
    DESC = strawberry.enum_value("DESC", description="Largest, latest or Z first.")


def listing(core: Listing[Any], noun: type[Any], *, description: str, filter_name: str | None = None) -> Any:
    """The connection of a core listing, with its filter and its orders. It needs what the noun needs."""
    shape: Any = core.filter

    async def resolve(  # type: ignore[no-untyped-def]  # typed below, from the listing
        info,
        first=strawberry.UNSET,
        after=strawberry.UNSET,
        last=strawberry.UNSET,
        before=strawberry.UNSET,
        where=strawberry.UNSET,
        sort_by=strawberry.UNSET,
        direction=SortDirection.ASC,
    ):
        wanted = core_of(shape, where, ("where",)) if where else shape()
        sort = sort_by.value if sort_by else None
        window = window_of(first=first, after=after, last=last, before=before)
        page = await pages.page(core, wanted, sort, direction is SortDirection.DESC, window)
        info.context.load.keep(core.record, page.nodes)
        return page

    resolve.__annotations__ = {
        "info": Info,
        **WINDOW,
        "where": argument(input_of(shape, filter_name) | None, "Only rows that fulfil all of this."),
        "sort_by": argument(_sort_enum(noun.__name__, core) | None, f"What to sort by; {core.first_sort} when not given."),
        "direction": argument(SortDirection, "Which end comes first."),
        "return": Connection[noun],  # type: ignore[valid-type]
    }
    return query(noun.needs, description=description)(resolve)


def single(noun: type[Any], *, description: str) -> Any:
    """One object by its id; null when there is none of this id that the caller may see."""

    async def resolve(info, id):  # type: ignore[no-untyped-def]  # the argument's name in the contract
        return await found(info, noun, id)

    about = f"{description} Null when there is none of this id that you may see."
    resolve.__annotations__ = {"info": Info, "id": argument(strawberry.ID, "The object's id."), "return": noun | None}
    return query(noun.needs, description=about)(resolve)


async def found(info: Info, noun: type[Any], global_id: str) -> Any:
    """The row of this id that the caller may see, or None. Raises BAD_USER_INPUT for what is no id of anything."""
    if (parsed := parse_id(global_id)) is None:
        raise Refusal("BAD_USER_INPUT", "This is no id.", field=["id"])
    kind, row_id = parsed
    record: Any = getattr(noun, "record")  # noqa: B009
    return await info.context.load.one(record, row_id) if kind == noun.__name__ else None


@cache
def _sort_enum(kind: str, core: Listing[Any]) -> Any:
    values = {option: strawberry.enum_value(option, description=sort.description) for option, sort in core.sorts.items()}
    made = enum.Enum(f"{kind}Sort", values)  # type: ignore[misc]
    return strawberry.enum(made, description=f"What a list of {kind} may be sorted by.")
