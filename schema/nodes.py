"""Nodes: types with an id that is good everywhere. A row of the core is shown as it is; nothing is mapped."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from schema.context import Info, Row
from tenants import ids
from tenants.errors import Refusal
from tenants.permissions import require

T = TypeVar("T", bound=type)


def kind_of(row: Any) -> str:
    """The name of the type that shows this row or record."""
    record: type[Any] = getattr(row, "record", type(row))
    return record.__name__


def global_id(row: Any) -> strawberry.ID:
    """A row's id as clients see it."""
    return ids.global_id(kind_of(row), row.id)  # type: ignore[return-value]  # strawberry.ID is a str, and would be one call more


def parse_id(value: str) -> tuple[str, UUID] | None:
    """The kind and the row id in a global id; None for what is no id."""
    match = re.fullmatch(r"([A-Za-z]+)_([0-9a-f]{32})", value)
    return (match[1], UUID(match[2])) if match else None


def local_id(value: str, kind: str, *, field: tuple[str, ...] = ()) -> UUID:
    """The row id in an id of this kind. Raises BAD_USER_INPUT for anything else."""
    parsed = parse_id(value)
    if parsed is None or parsed[0] != kind:
        raise Refusal("BAD_USER_INPUT", f"This is not the id of a {kind}.", field=field)
    return parsed[1]


def local_ids(values: Sequence[str], kind: str, argument: str) -> list[UUID]:
    """The row ids in a list of ids of this kind. Raises BAD_USER_INPUT with the place of the first that is none."""
    return [local_id(value, kind, field=(argument, str(place))) for place, value in enumerate(values)]


@strawberry.interface(description="Anything with an id of its own, by which `node` finds it again.")
class Node:
    """See the description."""

    @strawberry.field(description="Opaque and unchanging; good for `node` and wherever this object is referred to.")
    def id(row: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return global_id(row)


def node(record: Any, *, needs: str, description: str) -> Callable[[T], T]:
    """A GraphQL type that shows `record`, by the same name; `needs` is the permission to see one."""

    def decorate(cls: T) -> T:
        if cls.__name__ != record.__name__:
            raise TypeError(f"{cls.__name__} must bear the name of {record.__name__}: ids are made of it")
        cls.record, cls.needs = record, needs  # type: ignore[attr-defined]
        cls.is_type_of = _shows(cls.__name__)  # type: ignore[attr-defined]
        return strawberry.type(description=description)(cls)

    return decorate


def _shows(name: str) -> Callable[[Any, Any], bool]:
    """Whether a type of this name shows a row. All rows of one class are rows of one record: see resolvers/compiled."""

    def is_type_of(row: Any, info: Any) -> bool:
        return kind_of(row) == name

    is_type_of.by_class = True  # type: ignore[attr-defined]
    return is_type_of


def text(description: str) -> Any:
    """A plain field with a description."""
    return strawberry.field(description=description)


def linked(record: Any, column: str, shows: Any, description: str, *, required: bool = False, needs: str | None = None) -> Any:
    """The object a column points at. `required`: there always is one, and who sees this row sees it. `needs` is what the
    caller must have beyond the row itself (tests/test_contracts.py finds a field that forgets it)."""

    def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        require(info.context.caller, needs)
        return info.context.load.one(record, getattr(row, column))

    return _nested(resolve, shows if required else shows | None, description, needs)


def listed(record: Any, column: str, shows: Any, description: str, *, needs: str | None = None) -> Any:
    """The objects whose ids a column lists, those that the caller sees. `needs` as above; then it is nullable."""

    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        require(info.context.caller, needs)
        return await info.context.load.several(record, getattr(row, column))

    return _nested(resolve, _list(shows) | None if needs else _list(shows), description, needs)


def children(
    record: Any,
    column: str,
    shows: Any,
    description: str,
    *,
    order: Callable[[Any], Any] | None = None,
    needs: str | None = None,
) -> Any:
    """All the objects whose column points here, where they are few, by `order` or as they were made. `needs` as above; then it is
    nullable."""

    def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        require(info.context.caller, needs)
        found = info.context.load.many(record, column, row.id)
        return _sorted(found, order) if order else found

    return _nested(resolve, _list(shows) | None if needs else _list(shows), description, needs)


async def _sorted(coming: Awaitable[list[Any]], order: Callable[[Any], Any]) -> list[Any]:
    return sorted(await coming, key=order)


def told(ask: Callable[[list[UUID]], Any], shows: Any, description: str) -> Any:
    """The objects that a function of the core names for each of many rows."""

    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        return await info.context.load.by(ask, row.id) or []

    return _nested(resolve, _list(shows), description, None)


def summed(ask: Callable[[list[UUID]], Any], shows: Any, description: str, *, needs: str | None = None) -> Any:
    """The one thing that a function of the core says of each of many rows."""

    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        require(info.context.caller, needs)
        return await info.context.load.by(ask, row.id)

    return _nested(resolve, shows, description, needs)


def told_one(ask: Callable[[list[UUID]], Any], shows: Any, description: str) -> Any:
    """The one object that a function of the core names for each of many rows, or none."""

    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        return await info.context.load.by(ask, row.id)

    return _nested(resolve, shows | None, description, None)


def needing(description: str, needs: str | None) -> str:
    """The description, with the permission that the field asks for."""
    return f"{description} Needs `{needs}`." if needs else description


def _list(shows: Any) -> Any:
    return list[shows]  # type: ignore[misc]


def _nested(resolve: Any, answer: Any, description: str, needs: str | None) -> Any:
    resolve.__annotations__ = {"row": Row, "info": Info, "return": answer}
    return strawberry.field(resolver=resolve, description=needing(description, needs), metadata={"needs": needs})
