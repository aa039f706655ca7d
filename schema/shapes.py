"""GraphQL inputs derived from the core's frozen dataclasses, so that a filter or a row is described in one place.

A field is `Annotated[type, Doc("…")]`. A UUID needs `Of("Hall")` too and is a global id outside. A Choice becomes an enum.
"""

import dataclasses
import enum
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry

from schema.nodes import local_id
from tenants.shape import Choice, Doc, Of


@cache
def input_of(shape: Any, name: str | None = None) -> Any:
    """The GraphQL input of a core dataclass, named after it."""
    fields: dict[str, Any] = {}
    namespace: dict[str, Any] = {}
    for field, hint in _hints(shape).items():
        required = _default(shape, field) is dataclasses.MISSING
        fields[field] = _outside(hint) if required else _outside(hint) | None
        about = next(mark.documentation for mark in _marks(hint) if isinstance(mark, Doc))
        namespace[field] = strawberry.field(description=about, **({} if required else {"default": strawberry.UNSET}))
    made = type(name or shape.__name__, (), {**namespace, "__annotations__": fields, "__module__": __name__})
    return strawberry.input(made, description=" ".join((shape.__doc__ or "").split()))


def core_of(shape: Any, given: Any, path: tuple[str, ...] = ()) -> Any:
    """The core's value of an input; what was not given keeps the core's default. Raises BAD_USER_INPUT with the field."""
    values = {}
    for field, hint in _hints(shape).items():
        value = getattr(given, field)
        if value is not strawberry.UNSET:
            values[field] = _inside(hint, value, (*path, camel(field)))
    return shape(**values)


@cache
def enum_of(choice: Choice) -> Any:
    """The GraphQL enum of a choice."""
    members = enum.Enum(choice.name, {option: option for option in choice.options})  # type: ignore[misc]
    for option, about in choice.options.items():
        members[option]._value_ = strawberry.enum_value(option, description=about)
    return strawberry.enum(members, description=choice.description)


@cache
def _hints(shape: Any) -> Mapping[str, Any]:
    return get_type_hints(shape, include_extras=True)


def _outside(hint: Any) -> Any:
    """The hint as GraphQL writes it."""
    marks, plain = _marks(hint), _plain(hint)
    if choice := next((m for m in marks if isinstance(m, Choice)), None):
        return list[enum_of(choice)] if get_origin(plain) is list else enum_of(choice)  # type: ignore[misc]
    if get_origin(plain) is list:
        return list[_outside(get_args(plain)[0])]  # type: ignore[misc]
    if plain is UUID:
        return strawberry.ID
    shape: Any = plain
    is_row: bool = dataclasses.is_dataclass(shape)
    named = next((m.kind for m in marks if isinstance(m, Of)), None)
    return input_of(shape, named) if is_row else shape


def _inside(hint: Any, value: Any, path: tuple[str, ...]) -> Any:
    """A value as the core knows it."""
    if value is None:
        return None
    marks, plain = _marks(hint), _plain(hint)
    if isinstance(value, list):
        part = Annotated[(get_args(plain)[0], *marks)] if marks else get_args(plain)[0]
        return [_inside(part, item, (*path, str(i))) for i, item in enumerate(value)]
    if isinstance(value, enum.Enum):
        return value.name
    if plain is UUID:
        return local_id(value, next(m.kind for m in marks if isinstance(m, Of)), field=path)
    return core_of(plain, value, path) if dataclasses.is_dataclass(plain) else value


def _marks(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _plain(hint: Any) -> Any:
    """The type without its marks and without None."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    return hint


def _default(shape: type[Any], field: str) -> Any:
    fields: Mapping[str, Any] = shape.__dataclass_fields__
    return fields[field].default


def camel(name: str) -> str:
    """A name of the core as the API writes it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def spelled(field: str) -> str:
    """A field of a row as the API writes it: `startsOn`, `name:en`, `custom.seat_row`."""
    name, colon, language = field.partition(":")
    return field if name.startswith("custom.") else f"{camel(name)}{colon}{language}"
