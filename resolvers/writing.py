"""Mutations that are alike for every kind of object that is filled in by hand: make one, change it, take it out of use."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import strawberry

from resolvers.fields import mutation
from schema.connections import argument
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of, input_of
from tenants.errors import Refusal

Make = Callable[[Any], Awaitable[Any]]
Change = Callable[[Any, Any], Awaitable[Any]]
End = Callable[[Any], Awaitable[Any]]


def creation(noun: Any, make: Make, shape: Any, payload: Any, *, needs: str, description: str) -> Any:
    """A mutation that makes one of the noun from an input of this shape."""

    async def resolve(info, input):  # type: ignore[no-untyped-def]  # the argument's name in the contract
        with within_input():
            return _shown(noun, payload, await make(core_of(shape, input)))

    resolve.__annotations__ = {"info": Info, "input": argument(input_of(shape), "What it is."), "return": payload | None}
    return mutation(needs, payload=payload, description=description)(resolve)


def change(noun: Any, write: Change, shape: Any, payload: Any, *, needs: str, description: str) -> Any:
    """A mutation that changes one; what the input leaves out stays."""

    async def resolve(info, id, input):  # type: ignore[no-untyped-def]
        row_id = local_id(id, noun.__name__, field=("id",))
        with within_input():
            return _shown(noun, payload, await write(row_id, core_of(shape, input)))

    resolve.__annotations__ = {
        "info": Info,
        "id": argument(strawberry.ID, "The object's id."),
        "input": argument(input_of(shape), "What to change."),
        "return": payload | None,
    }
    return mutation(needs, payload=payload, description=description)(resolve)


def ending(noun: Any, end: End, payload: Any, *, needs: str, description: str) -> Any:
    """A mutation that takes one out of use."""

    async def resolve(info, id):  # type: ignore[no-untyped-def]
        return _shown(noun, payload, await end(local_id(id, noun.__name__, field=("id",))))

    resolve.__annotations__ = {"info": Info, "id": argument(strawberry.ID, "The object's id."), "return": payload | None}
    return mutation(needs, payload=payload, description=description)(resolve)


@contextmanager
def within_input() -> Iterator[None]:
    """What is refused of a value is about a part of the input, unless it is about the object itself."""
    try:
        yield
    except Refusal as refusal:
        if refusal.field in ((), ("id",)):
            raise
        raise Refusal(refusal.code, refusal.message, field=("input", *refusal.field)) from None


def _shown(noun: Any, payload: Any, row: Any) -> Any:
    """The payload whose field bears the noun's name."""
    return payload(**{"".join(f"_{c.lower()}" if c.isupper() else c for c in noun.__name__).lstrip("_"): row})
