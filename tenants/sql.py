"""SQL composed from fragments. A value never enters the text: `{name}` becomes `$n`, or another fragment's text."""

from collections.abc import Mapping
from functools import lru_cache
from string import Formatter
from typing import Any

MOST_VALUES = 100  # of a statement whose text is remembered; what has more writes many rows, and never twice so many
Shape = tuple[Any, ...]


class Sql:
    """A piece of SQL and the values it needs.

        sql("select * from halls where tenant_id = {venue} and name = {name}", venue=venue, name="Store sal")

    A value that is itself an Sql is put in place, so conditions compose. A literal brace is written twice.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self.text, self.values = text, values

    def wrapped(self) -> "Sql":
        """The fragment in parentheses."""
        return Sql("({inner})", {"inner": self})

    def flat(self) -> str:
        """Its text with the fragments in it put in place, and the names of values left open: for what is composed once."""
        out = []
        for literal, name in _pieces(self.text):
            out.append(literal.replace("{", "{{").replace("}", "}}"))
            if name is not None and name not in self.values:
                out.append(f"{{{name}}}")
            elif name is not None:
                out.append(self.values[name].flat())
        return "".join(out)

    def render(self, defaults: dict[str, Any]) -> tuple[str, list[Any]]:
        """The text with `$1…` and the values in order; names not bound here are looked up in `defaults`."""
        values = list(defaults.values())
        shape = self._shape(values, {})
        write = _written if len(values) <= MOST_VALUES else _written.__wrapped__
        text, order = write(shape, tuple(defaults))
        return text, [values[place] for place in order]

    def _shape(self, values: list[Any], places: dict[tuple[str, int], int]) -> Shape:
        """What its text depends on: its own, and by name the shapes of the fragments in it and the places of its values."""
        if not self.values:
            return (self.text,)
        shape: list[Any] = [self.text]
        for name, value in self.values.items():
            if isinstance(value, Sql):
                shape += (name, value._shape(values, places))
                continue
            place = places.setdefault((name, id(value)), len(values))
            if place == len(values):
                values.append(value)
            shape += (name, place)
        return tuple(shape)


def sql(text: str, /, **values: Any) -> Sql:
    """A fragment; see Sql."""
    return Sql(text, values)


def join(separator: str, parts: list[Sql]) -> Sql:
    """The fragments with the separator between them."""
    text, names = _joined(separator, len(parts))
    return Sql(text, dict(zip(names, parts, strict=True)))


def every(conditions: list[Sql]) -> Sql:
    """All of the conditions; true when there are none."""
    said = [c.wrapped() for c in conditions if c.text != "true"]
    return said[0] if len(said) == 1 else join(" and ", said) if said else sql("true")


def apart(columns: Mapping[str, Any]) -> dict[str, Sql]:
    """By column its value, each in a place of its own: two columns that become null may be of two types, and a place has one."""
    return {column: Sql(f"{{{column}}}", {column: value}) for column, value in columns.items()}


@lru_cache(maxsize=1000)
def name(identifier: str) -> Sql:
    """A table or column name of ours, quoted. Never called with text that came from outside."""
    if not identifier.replace("_", "").isalnum():
        raise ValueError(f"{identifier!r} is not a name")
    return Sql(f'"{identifier}"', {})


@lru_cache(maxsize=100)
def _joined(separator: str, count: int) -> tuple[str, list[str]]:
    names = [f"part{number}" for number in range(count)]
    return separator.join(f"{{{each}}}" for each in names), names


@lru_cache(maxsize=1000)
def _written(shape: Shape, defaults: tuple[str, ...]) -> tuple[str, list[int]]:
    """The text of all statements of this shape, and the places of their values in the order of `$1…`. No value comes here."""
    common = {name: place for place, name in enumerate(defaults)}
    numbers: dict[int, int] = {}

    def write(fragment: Shape) -> str:
        bound = {**common, **dict(zip(fragment[1::2], fragment[2::2], strict=True))}
        out = []
        for literal, name in _pieces(fragment[0]):
            out.append(literal)
            if name is None:
                continue
            found = bound[name]
            if isinstance(found, tuple):
                out.append(write(found))
                continue
            out.append(f"${numbers.setdefault(found, len(numbers) + 1)}")
        return "".join(out)

    return write(shape), list(numbers)


@lru_cache(maxsize=2000)
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(text))
