"""The values of a row: read from a file's text or taken typed from the API, checked the same way."""

import re
from collections.abc import Callable
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, lru_cache, partial
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from tenants.shape import Choice, Doc, Longest, NameOf, Needed, Range, Ref

LONGEST = 1000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL has no NUL, UTF-8 no lone surrogates


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
    always: bool
    needed: bool
    choice: Choice | None
    ref: Any
    name_of: str | None
    longest: int
    range: Range | None
    about: str

    def read(self, text: str, zone: ZoneInfo) -> Any:
        """A value from a file's text, None when it is empty. Raises Problem."""
        text = text.strip()
        if not text:
            return [] if self.many else None
        if self.many:
            return [self.check(part.strip(), zone) for part in text.split(";") if part.strip()]
        if self.choice:
            return self._chosen(text.upper().replace(" ", "_").replace("-", "_"))
        return self.check(_READERS[self.type](self, text), zone)

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


def local_time(field: str, text: str) -> time:
    """A time of day: 19:30, 19:30:00, 7:30PM, 7 pm. Raises Problem."""
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s*([AaPp])?\.?(?:[Mm]\.?)?", text.strip())
    if match:
        hour, minute, second, half = int(match[1]), int(match[2] or 0), int(match[3] or 0), (match[4] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour < 24 and minute < 60 and second < 60 and (half or match[2]):
            return time(hour, minute, second)
    raise Problem(field, "INVALID_VALUE", f"{text[:80]!r} is not a time of day such as 19:30 or 7:30PM.")


def _whole(field: Field, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise Problem(field.name, "INVALID_VALUE", f"{text[:80]!r} is not a whole number.")
    return int(text)


def _decimal(field: Field, text: str) -> Decimal:
    try:
        if re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,9})?", text, re.ASCII):
            return Decimal(text)
    except InvalidOperation:
        pass
    raise Problem(field.name, "INVALID_VALUE", f"{text[:80]!r} is not an amount such as 1257.75.")


def _day(field: Field, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem(field.name, "INVALID_VALUE", f"{text[:80]!r} is not a date such as 2026-11-21.") from None


def _instant(field: Field, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    day, _, clock = text.replace("T", " ").partition(" ")
    try:
        return datetime.combine(_day(field, day), local_time(field.name, clock))
    except Problem:
        raise Problem(field.name, "INVALID_VALUE", f"{text[:80]!r} is not a time such as 2026-11-21 19:30.") from None


def _as_is(field: Field, text: str) -> str:
    return text


_READERS: dict[type, Callable[[Field, str], Any]] = {
    str: _as_is,
    int: _whole,
    Decimal: _decimal,
    date: _day,
    datetime: _instant,
}
