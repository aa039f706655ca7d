"""A venue's own fields in rows: values named `custom.diet`, written to tables of their own beside the row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from tenants.custom_fields import values
from tenants.custom_fields.records import options_of
from tenants.search import search_key
from tenants.shape import Doc
from tenants.values import Cell, Field, Problem, Style, text_of
from tenants.values.truths import EXAMPLE, TRUTHS

PREFIX = "custom."
_PLAIN: dict[str, type] = {"INTEGER": int, "DECIMAL": Decimal, "DATE": date, "DATETIME": datetime, "BOOLEAN": bool}


@dataclass(frozen=True)
class CustomFieldValueRow:
    """What one of the venue's own fields is to hold."""

    key: Annotated[str, Doc("The field's key.")]
    value: Annotated[
        str | None,
        Doc("The value as it is answered: `12.5`, `2026-11-21`, `true`, an option's key; null or empty takes it away."),
    ] = None


@dataclass(frozen=True)
class OwnField(Field):
    """A venue's own field as a field of a row."""

    own: Any = None

    def read(self, cell: Cell, style: Style) -> Any:
        """See Field.read; a choice is read by the option's key or by one of its names."""
        text = (cell if isinstance(cell, str) else text_of(cell)).strip()
        if not text:
            return None
        if self.own.type == "BOOLEAN":
            if (truth := TRUTHS.get(text.lower())) is None:
                raise Problem(self.name, "INVALID_VALUE", f"{text[:80]!r} is not {EXAMPLE}.")
            return truth
        if self.own.type == "CHOICE":
            return self.check(_keys(self.own).get(_plain(text), text), style.zone)
        return super().read(cell, style)

    def check(self, value: Any, zone: ZoneInfo) -> Any:
        """See Field.check."""
        try:
            return self._held(super().check(value, zone))
        except OverflowError:
            raise Problem(self.name, "INVALID_VALUE", f"`{self.own.key}`: {value} is too far away.") from None

    def parse(self, text: str) -> Any:
        """A value as the API writes it, None when there is none. Raises Problem."""
        try:
            return None if (value := values.parse(self.own, text)) is None else self._held(value)
        except ValueError as wrong:
            raise Problem(self.name, "INVALID_VALUE", f"`{self.own.key}`: {wrong}") from None

    def _held(self, value: Any) -> Any:
        try:
            return values.checked(self.own, value)
        except ValueError as wrong:
            raise Problem(self.name, "INVALID_VALUE", f"`{self.own.key}`: {wrong}") from None


def fields_of(rows: Mapping[str, Any]) -> dict[str, OwnField]:
    """The venue's own fields as fields of a row, by the names that values have in it."""
    return {f"{PREFIX}{key}": _field(f"{PREFIX}{key}", row) for key, row in rows.items()}


def spread(given: Sequence[CustomFieldValueRow], known: Mapping[str, OwnField]) -> tuple[dict[str, Any], list[Problem]]:
    """What the values of a call say, by name, and what is wrong with them, by place (`custom_fields.0`)."""
    found: dict[str, Any] = {}
    problems = []
    for at, one in enumerate(given):
        place, called = f"custom_fields.{at}", f"{PREFIX}{one.key}"
        try:
            if (field := known.get(called)) is None:
                raise Problem(place, "UNKNOWN_FIELD", f"There is no field {one.key[:80]!r} here, or it is archived.")
            if called in found:
                raise Problem(place, "CONFLICTING_ROWS", f"The field {one.key} is given twice.")
            found[called] = None if one.value is None else field.parse(one.value)
        except Problem as problem:
            problems.append(Problem(place, problem.code, problem.message))
    return found, problems


def _field(called: str, row: Any) -> OwnField:
    return OwnField(
        name=called,
        type=_PLAIN.get(row.type, str),
        many=False,
        nullable=True,
        always=False,
        needed=False,
        choice=None,
        ref=None,
        name_of=None,
        longest=values.LONGEST_TEXT,
        range=None,
        about=row.name,
        own=row,
    )


def _keys(row: Any) -> dict[str, str]:
    """The options' keys by whatever a file may call them."""
    names = {_plain(text): o.key for o in options_of(row) for text in (*o.texts.values(), o.name)}
    return names | {_plain(o.key): o.key for o in options_of(row)}


def _plain(text: str) -> str:
    return search_key(text.replace("_", " ").replace("-", " ")) or ""
