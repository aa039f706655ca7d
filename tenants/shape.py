"""Marks on the fields of the core's dataclasses, from which the API, its descriptions and the import columns are derived."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from typing_extensions import Doc

from tenants.sql import Sql, sql

__all__ = ["MISSING", "Choice", "Doc", "Longest", "NameOf", "Needed", "Of", "Range", "Ref", "Where", "among", "known_as"]

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
"""The default of a field that may be left out: what is left out is not changed."""


@dataclass(frozen=True)
class Of:
    """The kind of object a UUID points at, such as `Of("Hall")`, or the name of the input that a shape within a shape is."""

    kind: str


@dataclass(frozen=True)
class Ref:
    """A text that is the external id of a row of another record."""

    record: Any


@dataclass(frozen=True)
class NameOf:
    """The name that the object of a Ref field gets when an import creates it."""

    field: str


@dataclass(frozen=True)
class Longest:
    """The most characters a text may have."""

    characters: int


@dataclass(frozen=True)
class Range:
    """The smallest and largest number allowed."""

    least: int
    most: int


@dataclass(frozen=True)
class Needed:
    """Must be given when the object is new."""


class Choice:
    """A fixed set of words with their meanings; an enum in the API. The options are one of the core's dicts."""

    def __init__(self, name: str, options: dict[str, str], description: str) -> None:
        self.name, self.options, self.description = name, options, description


@dataclass(frozen=True)
class Where:
    """What a filter's field asks of a row `t`: SQL with `{value}` in it, or a function of the value that makes it. `apart`: its
    rows are found first and sorted then, because walking along the order to meet them could take the whole list. `ask` turns the
    value into what the meaning takes, where that stands in the database."""

    meaning: str | Callable[[Any], Sql]
    apart: bool = False
    ask: Callable[[Any], Awaitable[Any]] | None = None

    def condition(self, value: Any) -> Sql:
        """The condition for this value."""
        return sql(self.meaning, value=value) if isinstance(self.meaning, str) else self.meaning(value)


known_as = Where("t.external_id = {value}")


def among(column: str, kind: str = "uuid") -> Where:
    """The column holds one of the values."""
    return Where(f"t.{column} = any({{value}}::{kind}[])")
