"""Texts per language: what customers read in the language they ask for, and what staff see of all of them."""

from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

import strawberry

from schema.nodes import text
from tenants import texts
from tenants.shape import Doc


def spoken(field: str, description: str, *, optional: bool = False) -> Any:
    """A text of a row, in the language of the answer."""

    def resolve(row):  # type: ignore[no-untyped-def]  # typed below
        return texts.text_of(row, field)

    resolve.__annotations__ = {"row": strawberry.Parent[Any], "return": str | None if optional else str}  # type: ignore[misc]
    return strawberry.field(resolver=resolve, description=description)


def translations(shape: Any) -> Any:
    """All of a row's texts in other languages, each a `shape` of the core."""

    def resolve(row):  # type: ignore[no-untyped-def]  # typed below
        return texts.translations(row, shape)

    resolve.__annotations__ = {"row": strawberry.Parent[Any], "return": list[_shown(shape)]}  # type: ignore[misc]
    return strawberry.field(resolver=resolve, description="Its texts in other languages than the venue's main one.")


@cache
def _shown(shape: Any) -> Any:
    """The GraphQL type of a translation."""
    hints = get_type_hints(shape, include_extras=True)
    about = {f.name: next(m for m in hints[f.name].__metadata__ if isinstance(m, Doc)).documentation for f in fields(shape)}
    kinds = {name: str if name == "language" else str | None for name in about}
    namespace = {name: text(said) for name, said in about.items()}
    made = type(shape.__name__.removesuffix("Row"), (), {**namespace, "__annotations__": kinds, "__module__": __name__})
    return strawberry.type(made, description=" ".join(shape.__doc__.split()))
