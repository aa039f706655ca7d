"""What travels through an upsert: a row, the house it is read for, and what a kind of row says of itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from tenants import tenancy
from tenants.custom_fields.records import in_use
from tenants.money import decimals
from tenants.sql import sql
from tenants.upserts import custom
from tenants.upserts.tables import Difference
from tenants.values import Problem, minor_units

Columns = dict[str, Any]
CREATED, UPDATED, UNCHANGED, REJECTED = "CREATED", "UPDATED", "UNCHANGED", "REJECTED"


@dataclass(frozen=True)
class House:
    """What the rows of a venue are read with: its zone, its currency, its languages, its own fields by what they are on."""

    zone: ZoneInfo
    currency: str
    languages: tuple[str, ...] = ()
    own: Mapping[str, Mapping[str, custom.OwnField]] = field(default_factory=dict)

    def money(self, amount: Decimal) -> int:
        """An amount in minor units."""
        return minor_units(amount, decimals(self.currency))


async def house() -> House:
    """What the rows of the open scope's venue are read with."""
    venue = await tenancy.fetch_one(sql("select time_zone, currency, languages from venues where id = {venue}"))
    own = {kind: custom.fields_of(rows) for kind, rows in (await in_use()).items()}
    return House(ZoneInfo(venue.time_zone), venue.currency, tuple(venue.languages), own)


@dataclass(slots=True)
class Row:
    """One row on its way: what was given, the ids it refers to, and what became of it. With `problems` it is not written; with
    `warnings` it is all the same.

    `group` ties rows that stand or fall together (the lines of one order given through the API); a row goes `through` so
    many stages (an order without lines: one), through all when not said.
    """

    number: int
    values: dict[str, Any]
    group: int | None = None
    through: int = 9
    ids: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changes: list[Difference] = field(default_factory=list)
    status: str = ""
    repeats: bool = False
    id: UUID | None = None
    stage_ids: list[UUID] = field(default_factory=list)
    stage_status: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """One table a row is written to. `columns` makes what is written, `key` are the columns that find it again, with
    their SQL types; `key_of` is the same in a row's own words, `fields` what rows of one key must agree on (none: all).
    `needed` maps the columns a new one must have (`one or other`) to the fields that give them; `parent` takes
    the first stage's id. `own` is what the venue's own fields are on here, if it has some."""

    record: Any
    columns: Callable[[Row, House], Columns]
    key: Mapping[str, str] = field(default_factory=lambda: {"external_id": "text"})
    key_of: Callable[[Mapping[str, Any]], tuple[Any, ...]] = lambda values: (values["external_id"],)
    fields: Mapping[str, Any] | None = None
    needed: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    own: str | None = None


class Seen(Protocol):
    """What rows have said of objects so far."""

    def tell(self, key: tuple[Any, ...], told: tuple[Any, ...]) -> bool | None:
        """None when nothing was said of this object before, else whether the same was said."""


class Write(Protocol):
    """How rows are written that are no rows of a table: it sets each one's status and problems."""

    async def __call__(self, rows: Sequence[Row], *, dry: bool, seen: Seen) -> None:
        """Write them, or (`dry`) say what writing would do."""


@dataclass(frozen=True)
class Kind:
    """A kind of row: its shape, the stages it is written in (the last is the row itself), its many-to-many links; or a way of its
    own in which it is written."""

    name: str
    shape: Any
    stages: tuple[Stage, ...]
    links: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    write: Write | None = None

    @property
    def record(self) -> Any:
        """The record a row of this kind is, in the end."""
        return self.stages[-1].record

    def own(self, house: House) -> Mapping[str, custom.OwnField]:
        """The venue's own fields that its rows may hold, by name (`custom.diet`)."""
        return house.own.get(self.stages[0].own or "", {}) if self.stages else {}


@dataclass
class Plan:
    """What a stage makes of the rows: columns and values of own fields by row number, keys by row number, ids of the keys that
    are known."""

    columns: dict[int, Columns] = field(default_factory=dict)
    own: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    known: dict[tuple[Any, ...], UUID] = field(default_factory=dict)

    @property
    def updates(self) -> dict[UUID, Columns]:
        """What the rows that are there already are to get."""
        return {self.known[key]: self.columns[number] for number, key in self.keys.items() if key in self.known}
