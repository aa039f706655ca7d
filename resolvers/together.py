"""Fields side by side that graphql-core waits for together. When one fails where it may not be null, graphql-core cancels the
others, and with them rows that another part of the answer waits for too, or a statement and so the transaction of them all. Ours
come to their end."""

from asyncio import ensure_future, gather
from collections.abc import Awaitable
from typing import Any

from graphql.execution import executor


async def to_the_end(*fields: Awaitable[Any]) -> list[Any]:
    """What all of them answer. Raises what the first of them raised, once all have ended."""
    futures = [ensure_future(each) for each in fields]
    try:
        return await gather(*futures)
    except Exception:
        await gather(*futures, return_exceptions=True)
        raise


def install() -> None:
    """Have graphql-core wait so. There is no other way in: its executor calls the function by its name."""
    executor.gather_with_cancel = to_the_end  # type: ignore[attr-defined]  # a name that it imports and does not export
