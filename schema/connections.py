"""Relay connections, shown from the core's pages as they are."""

from typing import Any, Generic, TypeVar

import strawberry

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

    @strawberry.field(description="How many rows the whole list has, with the same filter. Costs a count: ask when you need it.")
    async def total_count(page: strawberry.Parent[Any]) -> int:  # noqa: N805
        """The core counts when asked."""
        return int(await page.total())
