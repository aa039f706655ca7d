"""The values of a row: read from a file's cell or taken typed from the API, checked the same way."""

import re
from collections.abc import Callable
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache, partial
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from tenants.shape import Choice, Doc, Longest, NameOf, Needed, Range, Ref
from tenants.values import dates, numbers
from tenants.values.truths import EXAMPLE, TRUTHS

LONGEST = 1000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL has no NUL, UTF-8 no lone surrogates
_UNPRINTABLE = re.compile("[\x80-\x9f]")  # in a file: another encoding than the one it is read in

Cell = str | Decimal | date | time  # of a file: a text, or what a workbook says it is (a datetime is a date)


class Problem(Exception):
    """What is wrong with one value of a row: the field, a code of tenants.errors and a sentence."""

    def __init__(self, field: str, code: str, message: str) -> None:
        self.field, self.code, self.message = field, code, message
        super().__init__(f"{field}: {code}: {message}")


@dataclass(frozen=True)
class Field:
    """A field of a row shape. `needed` means: for a new object; `always`: in every row."""

    name: str
    type: type
    many: bool
    nullable: bool
    always: bool
    needed: bool
    choice: Choice | None
    ref: Any
    name_of: str | None
    longest: int
    range: Range | None
    about: str

    def read(self, cell: Cell, style: "Style") -> Any:
        """A value from a file's cell, None when it is empty. Raises Problem."""
        text = (cell if isinstance(cell, str) else text_of(cell)).strip()
        if not text:
            return [] if self.many else None
        if self.many:
            return [self.check(part.strip(), style.zone) for part in text.split(";") if part.strip()]
        if self.choice:
            return self._chosen(text.upper().replace(" ", "_").replace("-", "_"))
        if self.type is bool:
            return self._truth(text)
        if self.type is str:
            if _UNPRINTABLE.search(text):
                raise Problem(self.name, "INVALID_VALUE", "The text holds control characters; is the encoding the right one?")
            return self.check(text, style.zone)
        found = self.ways(cell, style)
        if not found:
            raise Problem(self.name, "INVALID_VALUE", f"{text[:80]!r} is not {_EXAMPLES[self.type]}.")
        return self.check(self._picked(found, text, style), style.zone)

    def _truth(self, text: str) -> bool:
        if (said := TRUTHS.get(text.casefold())) is None:
            raise Problem(self.name, "INVALID_VALUE", f"{text[:80]!r} is not {EXAMPLE}.")
        return said

    def ways(self, cell: Cell, style: "Style") -> dict[str, Any]:
        """What a cell says in each format that it can be in; for numbers and dates only. Raises Problem."""
        try:
            return _WAYS[self.type](cell, style)
        except ValueError as error:
            raise Problem(self.name, "INVALID_VALUE", str(error)) from None

    def _picked(self, found: dict[str, Any], text: str, style: "Style") -> Any:
        chosen = style.date_order if self.is_date else style.number_format
        if chosen:
            if chosen in found:
                return found[chosen]
            raise Problem(self.name, "INVALID_VALUE", f"{text[:80]!r} is not written as {chosen}, as this column is.")
        if set(found) == {"DMY", "YMD"}:
            del found["YMD"]  # a year of two digits stands last, unless it is said or cannot
        if len(set(found.values())) > 1:
            meant = " or ".join(sorted({str(value) for value in found.values()}))
            raise Problem(self.name, "AMBIGUOUS_VALUE", f"{text[:80]!r} can be {meant}: say in the mapping how it is written.")
        return next(iter(found.values()))

    @property
    def is_date(self) -> bool:
        """Whether it holds a day or a moment."""
        return self.type in (date, datetime)

    @property
    def is_number(self) -> bool:
        """Whether it holds a number or an amount."""
        return self.type in (int, Decimal)

    def check(self, value: Any, zone: ZoneInfo) -> Any:
        """A typed value as it may be stored. Raises Problem."""
        if isinstance(value, str):
            return self._chosen(value) if self.choice else self._text(value)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
        if self.range and value is not None and not self.range.least <= value <= self.range.most:
            raise Problem(self.name, "INVALID_VALUE", f"{value} is not between {self.range.least} and {self.range.most}.")
        return [self.check(part, zone) for part in value] if isinstance(value, list) else value

    def _text(self, value: str) -> str:
        if _UNSTORABLE.search(value):
            raise Problem(self.name, "INVALID_VALUE", "The text holds a character that cannot be stored.")
        if len(value) > self.longest:
            raise Problem(self.name, "TOO_LONG", f"The text has {len(value)} characters; {self.longest} are allowed.")
        return value

    def _chosen(self, value: str) -> str:
        if self.choice and value not in self.choice.options:
            raise Problem(self.name, "INVALID_VALUE", f"{value[:80]!r} is none of {', '.join(self.choice.options)}.")
        return value


@cache
def fields_of(shape: Any) -> dict[str, Field]:
    """The fields of a row shape, by name."""
    fields = {}
    for name, hint in get_type_hints(shape, include_extras=True).items():
        plain, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        many = get_origin(plain) is list
        kinds = [k for k in get_args(plain) or (plain,) if k is not NoneType]
        find: Callable[[type], Any] = partial(_mark, marks)
        fields[name] = Field(
            name=name,
            type=kinds[0],
            many=many,
            nullable=NoneType in get_args(plain),
            always=shape.__dataclass_fields__[name].default is NO_DEFAULT,
            needed=find(Needed) is not None,
            choice=find(Choice),
            ref=getattr(find(Ref), "record", None),
            name_of=getattr(find(NameOf), "field", None),
            longest=getattr(find(Longest), "characters", LONGEST),
            range=find(Range),
            about=find(Doc).documentation,
        )
    return fields


def _mark(marks: list[Any], kind: type) -> Any:
    return next((m for m in marks if isinstance(m, kind)), None)


@lru_cache(maxsize=5_000)  # prices come back
def minor_units(amount: Decimal, decimals: int) -> int:
    """An amount in the currency's smallest unit, rounded half up, away from zero."""
    return int(amount.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True)
class Style:
    """How numbers and dates of a column are written; what is not said is told by each text, or is ambiguous.

    `epoch` is day 0 of a workbook's serial numbers."""

    zone: ZoneInfo
    currency: str = ""
    number_format: str | None = None
    date_order: str | None = None
    epoch: date = dates.EPOCH


def text_of(cell: Cell) -> str:
    """A cell as text: numbers without an exponent, days and times as ISO 8601 has them."""
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    if isinstance(cell, datetime) and cell.time() == time(0):
        return cell.date().isoformat()
    return cell if isinstance(cell, str) else cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()


def local_time(field: str, text: str) -> time:
    """A time of day: 19:30, 19.30, kl. 19:30, 1930, 7:30PM, 7 pm. Raises Problem."""
    if (at := dates.clock(text)) is not None:
        return at
    raise Problem(field, "INVALID_VALUE", f"{text[:80]!r} is not a time of day such as 19:30 or 7:30PM.")


def _number(cell: Cell, style: Style) -> dict[str, Any]:
    if isinstance(cell, Decimal):
        return dict.fromkeys(numbers.NUMBER_FORMATS, cell)
    return numbers.ways(cell.strip(), style.currency) if isinstance(cell, str) else {}


def _whole(cell: Cell, style: Style) -> dict[str, Any]:
    found = _number(cell, style)
    return {name: int(value) for name, value in found.items() if value == int(value)} if len(found) else {}


def _moment(cell: Cell, style: Style) -> dict[str, Any]:
    if isinstance(cell, Decimal):
        at = datetime.combine(style.epoch, time(0)) + timedelta(seconds=round(float(cell) * 86_400))
        return dict.fromkeys(dates.DATE_ORDERS, at) if 1 <= cell < 100_000 else {}
    if isinstance(cell, date):
        return dict.fromkeys(dates.DATE_ORDERS, cell if isinstance(cell, datetime) else datetime.combine(cell, time(0)))
    return dates.moments(cell.strip(), style.epoch) if isinstance(cell, str) else {}


def _day(cell: Cell, style: Style) -> dict[str, Any]:
    """A day, and no time of day that would be lost."""
    if isinstance(cell, str) and (found := dates.days(cell.strip(), style.epoch)):
        return found
    return {order: at.date() for order, at in _moment(cell, style).items() if at.time() == time(0)}


_WAYS: dict[type, Callable[[Cell, Style], dict[str, Any]]] = {int: _whole, Decimal: _number, date: _day, datetime: _moment}
_EXAMPLES = {
    int: "a whole number",
    Decimal: "an amount such as 1257.75",
    date: "a date such as 2026-11-21",
    datetime: "a time such as 2026-11-21 19:30",
}
