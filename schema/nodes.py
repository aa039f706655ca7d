"""Nodes: types with an id that is good everywhere. A row of the core is shown as it is; nothing is mapped."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from tenants.errors import Refusal

T = TypeVar("T", bound=type)

# Which type shows which record, and what a caller needs to see it; `node` reads it.
KINDS: dict[str, tuple[Any, str]] = {}


def kind_of(row: Any) -> str:
    """The name of the type that shows this row or record."""
    return str(getattr(row, "record", type(row)).__name__)


def global_id(row: Any) -> strawberry.ID:
    """A row's id as clients see it."""
    return strawberry.ID(f"{kind_of(row)}_{row.id.hex}")


def local_id(value: str, kind: str, *, field: tuple[str, ...] = ()) -> UUID:
    """The row id in an id of this kind. Raises BAD_USER_INPUT for anything else."""
    if not (match := re.fullmatch(r"([A-Za-z]+)_([0-9a-f]{32})", value)) or match[1] != kind:
        raise Refusal("BAD_USER_INPUT", f"This is not the id of a {kind}.", field=field)
    return UUID(match[2])


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
        KINDS[cls.__name__] = (record, needs)
        cls.is_type_of = classmethod(lambda kind, row, info: kind_of(row) == kind.__name__)  # type: ignore[attr-defined]
        return strawberry.type(description=description)(cls)

    return decorate


def text(description: str) -> Any:
    """A plain field with a description."""
    return strawberry.field(description=description)
