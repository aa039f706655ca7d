"""Random valid documents over a schema: aliases, fragments, @skip and @include, arguments, fields that merge."""

import random
from collections.abc import Callable, Collection
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

Given = Callable[[str, str], str | None]
MOST_LEVELS = 3
SWITCHES = {"on": ("Boolean!", None), "off": ("Boolean!", None), "maybe": ("Boolean", "true")}


class Questions:
    """Documents for one schema. `given` knows the literal of an argument of a field, or None to leave it out; a field whose
    required argument it does not know is not asked, nor is one that shows one of the types `without`."""

    def __init__(
        self,
        schema: GraphQLSchema,
        chance: random.Random,
        given: Given = lambda field, argument: None,
        without: Collection[str] = (),
    ) -> None:
        self.schema, self.chance, self.given, self.without = schema, chance, given, without

    def ask(self, roots: list[str]) -> tuple[str, dict[str, Any]]:
        """A valid document, of one of the root fields or several, and its variables."""
        while True:
            self._fragments: dict[str, tuple[Any, str]] = {}
            self._aliases = 0
            kind = self.schema.query_type
            asked = self.chance.choices(roots, k=self.chance.choice([1, 1, 1, 2]))
            fields = " ".join(filter(None, (self._field(kind, name, MOST_LEVELS, alias=f"r{n}") for n, name in enumerate(asked))))
            declared = ", ".join(f"${n}: {kind}{f' = {value}' if value else ''}" for n, (kind, value) in SWITCHES.items())
            text = f"query ({declared}, $few: Int = 2) {{ {fields} }}\n" + "\n".join(body for _, body in self._fragments.values())
            if fields and not any("is never used" not in e.message for e in validate(self.schema, parse(text), max_errors=None)):
                given = {"on": self.chance.random() < 0.8, "off": self.chance.random() < 0.2}
                return text, given | ({"maybe": self.chance.random() < 0.5} if self.chance.random() < 0.5 else {})

    def _selection(self, kind: Any, levels: int) -> str:
        parts = [self._part(kind, levels) for _ in range(self.chance.randint(1, 5))]
        return f"{{ {' '.join(filter(None, parts)) or '__typename'} }}"

    def _part(self, kind: Any, levels: int) -> str | None:
        roll = self.chance.random()
        if roll < 0.06:
            return f"{self._alias('__typename')}__typename{self._switch()}"
        if roll < 0.16:
            on = self._narrowed(kind)
            condition = f" on {on.name}" if on is not kind or self.chance.random() < 0.5 else ""
            return f"...{condition}{self._switch()} {self._selection(on, levels)}"
        if roll < 0.26:
            return f"...{self._fragment(self._narrowed(kind), levels)}{self._switch()}"
        names = list(getattr(kind, "fields", ()))
        return self._field(kind, self.chance.choice(names), levels) if names else None

    def _field(self, kind: Any, name: str, levels: int, *, alias: str | None = None) -> str | None:
        field = kind.fields[name]
        shown = get_named_type(field.type)
        if shown.name in self.without or (is_composite_type(shown) and levels == 0):
            return None
        arguments = []
        for argument, about in field.args.items():
            needed = is_required_argument(about)
            known = self.given(name, argument)
            if needed or known or self.chance.random() < 0.15:
                if (value := known or self._literal(about.type)) is None and needed:
                    return None
                arguments += [f"{argument}: {value}"] if value else []
        if arguments and not alias:  # the same name with other arguments would not be valid
            self._aliases += 1
            alias = f"x{self._aliases}"
        given = f"({', '.join(arguments)})" if arguments else ""
        below = "" if is_leaf_type(shown) else f" {self._selection(shown, levels - 1)}"
        return f"{f'{alias}: ' if alias else self._alias(name)}{name}{given}{self._switch()}{below}"

    def _literal(self, kind: Any) -> str | None:
        if isinstance(kind, GraphQLNonNull):
            return self._literal(kind.of_type)
        if isinstance(kind, GraphQLList):
            items = [self._literal(kind.of_type) for _ in range(self.chance.randint(0, 2))]
            return None if None in items else f"[{', '.join(map(str, items))}]"
        if isinstance(kind, GraphQLEnumType):
            return self.chance.choice(list(kind.values))
        if kind.name == "Int":
            return self.chance.choice(["0", "1", "2", "5", "$few", "null" if self.chance.random() < 0.1 else "3"])
        return {"Boolean": "true", "String": '"text"' if self.chance.random() < 0.3 else None}.get(kind.name)

    def _narrowed(self, kind: Any) -> Any:
        """A type that a fragment within this one may be about."""
        if is_abstract_type(kind):
            return self.chance.choice([kind, *self.schema.get_possible_types(kind)])
        return self.chance.choice([kind, kind, *kind.interfaces])

    def _fragment(self, kind: Any, levels: int) -> str:
        fitting = [name for name, (of, _) in self._fragments.items() if of is kind and _]
        if fitting and self.chance.random() < 0.5:
            return self.chance.choice(fitting)
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (kind, "")  # within itself it may not be spread
        self._fragments[name] = (kind, f"fragment {name} on {kind.name} {self._selection(kind, max(levels - 1, 0))}")
        return name

    def _alias(self, name: str) -> str:
        return f"{self.chance.choice('ab')}_{name}: " if self.chance.random() < 0.25 else ""

    def _switch(self) -> str:
        if self.chance.random() > 0.12:
            return ""
        way, by = self.chance.choice(["include", "skip"]), self.chance.choice(["true", "false", "$on", "$off", "$maybe"])
        return f" @{way}(if: {by})"
