"""SQL composed from fragments. A value never enters the text: `{name}` becomes `$n`, or another fragment's text."""

from functools import lru_cache
from string import Formatter
from typing import Any


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

    def render(self, defaults: dict[str, Any]) -> tuple[str, list[Any]]:
        """The text with `$1…` and the values in order; names not bound here are looked up in `defaults`."""
        arguments: list[Any] = []
        places: dict[tuple[str, int], str] = {}
        return self._render(defaults, arguments, places), arguments

    def _render(self, defaults: dict[str, Any], arguments: list[Any], places: dict[tuple[str, int], str]) -> str:
        out = []
        for literal, name in _pieces(self.text):
            out.append(literal)
            if name is None:
                continue
            value = self.values[name] if name in self.values else defaults[name]
            if isinstance(value, Sql):
                out.append(value._render(defaults, arguments, places))
                continue
            key = (name, id(value))
            if key not in places:
                arguments.append(value)
                places[key] = f"${len(arguments)}"
            out.append(places[key])
        return "".join(out)


def sql(text: str, /, **values: Any) -> Sql:
    """A fragment; see Sql."""
    return Sql(text, values)


def join(separator: str, parts: list[Sql]) -> Sql:
    """The fragments with the separator between them."""
    return Sql(separator.join(f"{{part{i}}}" for i in range(len(parts))), {f"part{i}": p for i, p in enumerate(parts)})


def every(conditions: list[Sql]) -> Sql:
    """All of the conditions; true when there are none."""
    said = [c.wrapped() for c in conditions if c.text != "true"]
    return join(" and ", said) if said else sql("true")


def name(identifier: str) -> Sql:
    """A table or column name of ours, quoted. Never called with text that came from outside."""
    if not identifier.replace("_", "").isalnum():
        raise ValueError(f"{identifier!r} is not a name")
    return Sql(f'"{identifier}"', {})


@lru_cache(maxsize=2000)
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(text))
