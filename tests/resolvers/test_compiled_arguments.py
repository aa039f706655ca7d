"""Compiled selections give resolvers the arguments that graphql-core gives: random variables, defaults, wrong values."""

import enum
import os
import random
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from strawberry.scalars import JSON
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Core

from resolvers.compiled.executor import executor
from tests.resolvers.answers import by, same

MANY = int(os.environ.get("FOYER_RANDOM_QUERIES", "200"))
UNSET: Any = strawberry.UNSET


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Inner:
    a: int = 3
    b: str | None = None
    c: list[Colour] | None = UNSET
    maybe: strawberry.Maybe[int | None]


@strawberry.input
class Deep:
    needed: Inner
    many: list[Inner | None] | None = UNSET
    more: "Deep | None" = None
    colour: Colour = Colour.RED
    id: strawberry.ID = strawberry.ID("7")


def shown(**given: Any) -> str:
    return " ".join(f"{name}={type(value).__name__}:{value!r}" for name, value in given.items())


@strawberry.type
class Part:
    @strawberry.field
    def plain(self, i: int | None = UNSET, s: str = "d", c: Colour | None = None, b: bool | None = UNSET) -> str:
        return shown(i=i, s=s, c=c, b=b)

    @strawberry.field
    def lists(self, i: list[int] | None = None, s: list[list[str | None]] | None = UNSET, c: list[Colour] = UNSET) -> str:
        return shown(i=i, s=s, c=c)

    @strawberry.field
    async def deep(self, v: Deep, w: Deep | None = UNSET) -> str | None:
        return shown(v=v, w=w)

    @strawberry.field
    def scalars(self, d: date | None = None, m: Decimal = Decimal("1.5"), j: JSON | None = None, f: float = 1.5) -> str:
        return shown(d=d, m=m, j=j, f=f)

    @strawberry.field
    def maybe(self, i: strawberry.Maybe[int | None], s: strawberry.Maybe[str]) -> str:
        return shown(i=i, s=s)


@strawberry.type
class Query:
    @strawberry.field
    async def part(self, n: int = 1) -> Part | None:
        return Part() if n else None

    @strawberry.field
    async def parts(self, s: str, id: strawberry.ID, b: bool) -> list[Part] | None:
        return [Part(), Part()]

    @strawberry.field
    async def echo(
        self,
        info: strawberry.Info,
        i: int | None = UNSET,
        s: str | None = None,
        id: strawberry.ID | None = UNSET,
        b: bool = True,
        c: Colour | None = Colour.BLUE,
    ) -> str | None:
        return shown(i=i, s=s, id=id, b=b, c=c, variables=sorted(info.variable_values.items()), key=info.path.key)

    @strawberry.field
    async def some(self, v: Deep | None = UNSET, many: list[Inner] | None = None) -> str | None:
        return shown(v=v, many=many)


SCHEMA = strawberry.Schema(Query)._schema
# Of each scalar what is written down and what comes as a variable; mostly the first few of them.
WRITTEN = {
    "Int": ["0", "5", "-1", "2147483647"],
    "Float": ["1", "2.5e3"],
    "String": ['"x"', '""', '"""block"""'],
    "ID": ['"x"', "5"],
    "Boolean": ["true", "false"],
    "Date": ['"2026-01-02"', '"bad"'],
    "Decimal": ['"1.50"', '"x"'],
    "JSON": ["{ a: 1 }", '[1, "b"]', "3"],
}
GIVEN: dict[str, list[Any]] = {
    "Int": [0, 5, 2**31 - 1, 2**31, 1.0, 1.5, "1", True, 10**30, 1e300],
    "Float": [1, 1.5, "1", True, 10**400],
    "String": ["x", "", 1, True, ["a"], {"a": 1}],
    "ID": ["x", "", 5, 5.0, 2**70, True, ["x"]],
    "Boolean": [True, False, "true", 1],
    "Date": ["2026-01-02", "bad", 5],
    "Decimal": ["1.50", 1.5, "x"],
    "JSON": [{"a": 1}, [1], "s"],
}


class Asking:
    """One random document and the variables it declares."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.variables = chance, dict[str, tuple[Any, str | None]]()
        fields = " ".join(self._field(SCHEMA.query_type, n) for n in range(chance.choice([1, 1, 1, 2])))
        named = {name: f"{kind}{f' = {default}' if default else ''}" for name, (kind, default) in self.variables.items()}
        declared = ", ".join(f"${name}: {declared}" for name, declared in named.items())
        self.text = f"query {f'({declared})' if declared else ''} {{ {fields} }}"

    def values(self) -> dict[str, Any]:
        """Values that mostly fit, some of them left out."""
        given = {}
        for name, (kind, default) in self.variables.items():
            needed = isinstance(kind, GraphQLNonNull) and default is None
            if self.chance.random() > (0.02 if needed else 0.25):
                given[name] = self._value(kind)
        return given

    def _field(self, kind: Any, number: int) -> str:
        name = self.chance.choice(list(kind.fields))
        field, arguments = kind.fields[name], []
        for argument, about in self.chance.sample(list(field.args.items()), len(field.args)):
            if is_required_argument(about) or self.chance.random() < 0.5:
                arguments.append(f"{argument}: {self._written(about.type)}")
        given = f"({', '.join(arguments)})" if arguments else ""
        inner = get_named_type(field.type)
        below = f" {{ {' '.join(self._field(inner, n) for n in range(2))} }}" if is_composite_type(inner) else ""
        again = f" r{number}: {name}({', '.join(reversed(arguments))}){below}" if len(arguments) > 1 else ""
        return f"r{number}: {name}{given}{below}{again}"

    def _written(self, kind: Any, depth: int = 0, *, variables: bool = True) -> str:
        if variables and self.chance.random() < 0.45:
            return self._variable(kind, depth)
        if not isinstance(kind, GraphQLNonNull) and self.chance.random() < 0.1:
            return "null"
        kind = getattr(kind, "of_type", kind) if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(kind, GraphQLList):
            items = [self._written(kind.of_type, depth + 1, variables=variables) for _ in range(self.chance.randint(0, 2))]
            return items[0] if items and self.chance.random() < 0.2 else f"[{', '.join(items)}]"
        if isinstance(kind, GraphQLInputObjectType):
            asked = [(n, f) for n, f in kind.fields.items() if is_required_input_field(f) or (depth < 3 and self._often(0.4))]
            return f"{{ {', '.join(f'{n}: {self._written(f.type, depth + 1, variables=variables)}' for n, f in asked)} }}"
        found = list(kind.values) if isinstance(kind, GraphQLEnumType) else WRITTEN[kind.name]
        return self.chance.choice(found[: 1 if self._often(0.5) else None])

    def _variable(self, kind: Any, depth: int) -> str:
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        fitting = [name for name, (other, _) in self.variables.items() if str(other).rstrip("!") == str(bare)]
        if fitting and self._often(0.5):
            return f"${self.chance.choice(fitting)}"
        name, declared = f"v{len(self.variables)}", kind if self._often(0.7) else self.chance.choice([bare, GraphQLNonNull(bare)])
        self.variables[name] = declared, self._written(declared, depth, variables=False) if self._often(0.3) else None
        return f"${name}"

    def _value(self, kind: Any) -> Any:
        if not isinstance(kind, GraphQLNonNull) and self._often(0.12):
            return None
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(kind, GraphQLList):
            items = [self._value(kind.of_type) for _ in range(self.chance.randint(0, 2))]
            return items[0] if items and self._often(0.2) else items
        if isinstance(kind, GraphQLInputObjectType):
            known = [n for n, f in kind.fields.items() if self._often(0.97 if is_required_input_field(f) else 0.3)]
            return {n: self._value(kind.fields[n].type) for n in known} | ({"extra": 1} if self._often(0.03) else {})
        found = [*kind.values, "NONE", 1, "red"] if isinstance(kind, GraphQLEnumType) else GIVEN[kind.name]
        return self.chance.choice(found[: 2 if self._often(0.7) else None])

    def _often(self, share: float) -> bool:
        return self.chance.random() < share


async def test_resolvers_are_given_what_graphql_core_gives_them():
    compiled, seen = executor(at_once=True), Counter[str]()
    for seed in range(MANY):
        asking = Asking(random.Random(seed))
        document = parse(asking.text)
        if validate(SCHEMA, document):
            continue
        for _ in range(4):  # the first of them compiles it
            given, before = asking.values(), compiled.kept.counts.copy()
            expected, found = [await by(kind, SCHEMA, document, {}, given) for kind in (Core, compiled)]
            assert same(expected, found), f"{asking.text} {given}: {expected} {found}"
            seen["asked"] += 1
            seen["refused"] += bool(expected.errors)
            seen["compiled"] += bool((compiled.kept.counts - before)["compiled"])
    print(f"\n{dict(seen)}")
    assert seen["asked"] > MANY and seen["refused"] > MANY / 10 and seen["compiled"] > MANY / 2
