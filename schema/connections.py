"""Relay connections, shown from the core's pages as they are."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry

from schema.context import Info, Row
from schema.directives import Cost
from schema.nodes import needing
from tenants.pages import DEFAULT_PAGE, LARGEST_PAGE, Listing, Through, Window
from tenants.permissions import require

T = TypeVar("T")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """See the description."""

    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before this page.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor: give it as `after` to read on.")


@strawberry.type(description="A row and its place in the list.")
class Edge(Generic[T]):
    """See the description."""

    cursor: str = strawberry.field(description="The row's place; opaque, good for `after` and `before` in the same order.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """See the description."""

    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")

    @strawberry.field(
        directives=[Cost(weight=10)],
        description="How many rows the whole list has, with the same filter. Costs a count: ask when you need it.",
    )
    async def total_count(page: strawberry.Parent[Any]) -> int:  # noqa: N805
        """The core counts when asked."""
        return int(await page.total())


def argument(kind: Any, description: str) -> Any:
    """The annotation of an argument."""
    return Annotated[kind, strawberry.argument(description=description)]


# Every connection takes these.
WINDOW: dict[str, Any] = {
    "first": argument(int | None, f"How many rows from the start, at most {LARGEST_PAGE}; {DEFAULT_PAGE} when not given."),
    "after": argument(str | None, "Read on after this cursor."),
    "last": argument(int | None, f"How many rows from the end, at most {LARGEST_PAGE}."),
    "before": argument(str | None, "Read back from this cursor."),
}


def window_of(**given: Any) -> Window:
    """The page that these arguments ask for."""
    return Window(**{name: value for name, value in given.items() if value is not strawberry.UNSET})


def connection(
    core: Listing[Any], owner: str | Through, shows: Any, description: str, *, descending: bool = False, needs: str | None = None
) -> Any:
    """A connection of the rows whose column `owner` is this object's id, or that belong to it Through others, in the listing's
    first order. `needs` is what the caller must have beyond the object itself; then it is nullable."""

    def resolve(row, info, first=strawberry.UNSET, after=strawberry.UNSET, last=strawberry.UNSET, before=strawberry.UNSET):  # type: ignore[no-untyped-def]
        require(info.context.caller, needs)
        return info.context.load.page(
            core, owner, row.id, descending, window_of(first=first, after=after, last=last, before=before)
        )

    answer: Any = Connection[shows]  # type: ignore[misc]
    resolve.__annotations__ = {
        "row": Row,
        "info": Info,
        **WINDOW,
        "return": answer | None if needs else answer,
    }
    return strawberry.field(resolver=resolve, description=needing(description, needs), metadata={"needs": needs})
