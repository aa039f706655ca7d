"""A schema of everything that is compiled and everything that is not, and a world of values that are mostly of good manners."""

import asyncio
import enum
import random
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import strawberry
from graphql import Undefined
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Refused(FieldExtension):
    """A guard: lets nobody in whose context says so."""

    def resolve(self, next_: Any, source: Any, info: Any, **given: Any) -> Any:
        if info.context["refuse"]:
            raise PermissionError("not yours")
        return next_(source, info, **given)


class MayNot(BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: Any, **given: Any) -> bool:
        return not info.context["refuse"]


@strawberry.interface
class Named:
    name: str

    @strawberry.field
    def label(row: strawberry.Parent[Any]) -> str:  # noqa: N805
        return f"<{row.name}>"


@strawberry.type
class Amount:
    minor: int
    currency: str


@strawberry.type
class Other(Named):
    weight: float | None

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, Thing) and value.kind == "Other"


@strawberry.type
class Part(Named):
    number: int
    most: int | None
    price: Decimal
    at: datetime | None
    size: float
    good: bool
    colour: Colour
    second: Colour | None
    words: list[str | None] | None
    table: list[list[int]]
    inner: "Part | None"
    amount: Amount
    parts: list["Part"]
    some: "list[Part | None] | None"
    named: Named
    any_named: list[Named | None]
    guarded: str | None = strawberry.field(extensions=[Refused()])
    permitted: str | None = strawberry.field(permission_classes=[MayNot])

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, Thing) and value.kind == "Part"

    @strawberry.field
    def doubled(self, times: int = 2) -> int:
        return self.number * times

    @strawberry.field
    def who(self, info: strawberry.Info) -> str | None:
        return str(info.context["who"])

    @strawberry.field
    def where(self, info: strawberry.Info) -> str:
        return ".".join(map(str, info.path.as_list())) if info.context["paths"] else "somewhere"

    @strawberry.field
    async def at_once(self) -> "Part | None":
        return self.inner

    @strawberry.field
    async def later(self, ticks: int = 1) -> Amount | None:
        for _ in range(max(ticks, 0)):
            await asyncio.sleep(0)
        return self.amount

    @strawberry.field
    async def checked(self) -> str:
        await asyncio.sleep(0)
        if self.most is None:
            raise ValueError(f"{self.name} has no most")
        return "fine"

    @strawberry.field
    def loaded(self, info: strawberry.Info) -> "Part | None":
        return info.context["load"].load(f"{self.way}.loaded")

    @strawberry.field
    async def all_loaded(self, info: strawberry.Info) -> "list[Part]":
        both = [info.context["load"].load(f"{self.way}.{n}") for n in range(2)]
        return [part for part in await asyncio.gather(*both) if part]


@strawberry.type
class Query:
    @strawberry.field
    async def part(self, info: strawberry.Info) -> Part | None:
        return Thing(info.context["seed"], "p", "Part")

    @strawberry.field
    def parts(self, info: strawberry.Info) -> list[Part] | None:
        return [Thing(info.context["seed"], f"p{n}", "Part") for n in range(3)]

    @strawberry.field
    def needed(self, info: strawberry.Info) -> Part:
        return Thing(info.context["seed"], "n", "Part")

    @strawberry.field
    def named(self, info: strawberry.Info) -> list[Named]:
        return [Thing(info.context["seed"], f"i{n}", kind) for n, kind in enumerate(("Part", "Other"))]


SCHEMA = strawberry.Schema(Query, types=[Part, Other])._schema


class Thing:
    """A value of the world of a seed: mostly of good manners, and the same whenever it is made again."""

    def __init__(self, seed: tuple[int, float, bool], way: str, kind: str) -> None:
        self.seed, self.way, self.kind = seed, way, kind
        self.chance = random.Random(f"{seed} {way}")
        self.name = self.nasty(way)
        self.number, self.most = self.nasty(len(way)), self.nasty(self.chance.choice([None, 7]))
        self.price, self.size = self.nasty(Decimal("4.50")), self.nasty(1.5)
        self.at, self.good = self.nasty(datetime(2026, 11, 22, tzinfo=UTC)), self.nasty(True)
        self.colour, self.second = self.nasty(Colour.RED), self.nasty(self.chance.choice([None, "blue", Colour.BLUE]))
        self.words, self.table = self.nasty(["a", None]), self.nasty([[1], [2, 3]])
        self.weight, self.guarded, self.permitted = self.nasty(None), self.nasty("guarded"), self.nasty("permitted")
        self.amount = self.nasty(Amount(minor=self.nasty(100), currency=self.nasty("NOK")))
        self.shape = self.chance.random()

    def nasty(self, value: Any, chance: random.Random | None = None) -> Any:
        chance = chance or self.chance
        if chance.random() >= self.seed[1]:
            return value
        found = chance.choice(NASTY)
        return None if isinstance(found, Waiting) and not self.seed[2] else found

    def thing(self, name: str, kind: str = "Part") -> Any:
        way = f"{self.way}.{name}"  # what is there does not depend on how often one looks
        return self.nasty(Thing(self.seed, way, kind), random.Random(f"{self.seed} {way}?"))

    @cached_property
    def inner(self) -> Any:
        if self.shape < self.seed[1]:
            raise LookupError(f"{self.way} has no inside")
        return self.thing("inner") if self.shape < 0.7 else None

    @property
    def parts(self) -> Any:
        found = [self.thing(f"parts{n}") for n in range(int(self.shape * 3))]
        return tuple(found) if self.shape < self.seed[1] else iter(found) if self.shape > 1 - self.seed[1] else found

    @cached_property
    def some(self) -> Any:
        return [self.thing("some"), None]

    @cached_property
    def named(self) -> Any:
        return self.thing("named", "Part" if self.shape < 0.5 else "Other")

    @cached_property
    def any_named(self) -> Any:
        return [self.named, None, self.thing("any")]

    def __repr__(self) -> str:
        return f"Thing({self.way})"


class Text(str):
    """A text, and not quite."""


class Waiting:
    """Something to be waited for that is neither a coroutine nor a future."""

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return 5

    def __repr__(self) -> str:
        return "Waiting"


WAITING = ("atOnce", "later", "checked", "loaded", "allLoaded")
NASTY = [None, None, None, "wrong", 3, 3.0, True, 2**40, float("nan"), Undefined, ValueError("a value"), [], ["x", 1], {"a": 1},
         Text("text"), Waiting(), ("t",), object, b"bytes", Decimal("NaN"), Colour]  # fmt: skip
