"""What fields hold: from texts, to the column that the type says, and back. The API writes each value in one way."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tenants.custom_fields.records import options_of
from tenants.search import search_key

TABLES = {"CUSTOMER": "customer_values", "PERFORMANCE": "performance_values", "ORDER": "order_values"}
COLUMNS = {
    "TEXT": "text",
    "CHOICE": "text",
    "INTEGER": "number",
    "DECIMAL": "number",
    "BOOLEAN": "truth",
    "DATE": "day",
    "DATETIME": "instant",
}
LONGEST_TEXT, LONGEST_KEY = 1_000, 200
DECIMALS = 6
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def parse(field: Any, text: str) -> Any:
    """What a text says, written as the API writes values; None for nothing. Raises ValueError with a sentence."""
    if field.type != "TEXT":
        text = text.strip()
    return checked(field, _READ[field.type](text)) if text.strip() else None


def checked(field: Any, value: Any) -> Any:
    """The value if a field of this type may hold it. Raises ValueError with a sentence."""
    if field.type == "INTEGER" and not -(2**31) <= value < 2**31:
        raise ValueError("A whole number lies between -2147483648 and 2147483647.")
    if field.type == "DECIMAL" and (abs(value) >= 10**12 or value != round(value, DECIMALS)):
        raise ValueError(f"A number has at most twelve digits before the point and {DECIMALS} after.")
    if field.type == "TEXT" and (len(value) > LONGEST_TEXT or _UNSTORABLE.search(value)):
        raise ValueError(f"A text has at most {LONGEST_TEXT:,} characters, and none that cannot be stored.")
    if field.type == "CHOICE" and all(value != option.key for option in options_of(field)):
        known = ", ".join(option.key for option in options_of(field) if not option.archived)
        raise ValueError(f"{value[:80]!r} is none of its options: {known[:500]}.")
    return value


def written(value: Any) -> str:
    """A value as the API writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def stored(field: Any, value: Any) -> Any:
    """A value as its column holds it."""
    return int(value.scaleb(DECIMALS)) if field.type == "DECIMAL" else value


def held(field: Any, row: Any) -> Any:
    """The value in a row of one of the TABLES."""
    value = row[COLUMNS[field.type]]
    return Decimal(f"{Decimal(value).scaleb(-DECIMALS).normalize():f}") if field.type == "DECIMAL" else value


def key_of(field: Any, text: str) -> str | None:
    """What an index compares of a text, or of an option's key."""
    return text if field.type == "CHOICE" else (search_key(text) or "")[:LONGEST_KEY]


def _matched(pattern: str, read: Callable[[str], Any], example: str) -> Callable[[str], Any]:
    form = re.compile(pattern, re.ASCII)

    def parse(text: str) -> Any:
        if form.fullmatch(text):
            try:
                return read(text)
            except (ValueError, OverflowError):
                pass
        raise ValueError(f"{text[:80]!r} is not {example}.")

    return parse


_READ: dict[str, Callable[[str], Any]] = {
    "TEXT": str,
    "CHOICE": str,
    "INTEGER": _matched(r"[+-]?\d{1,10}", int, "a whole number such as 12"),
    "DECIMAL": _matched(r"[+-]?\d{1,18}(\.\d{1,18})?", Decimal, "a number such as 1257.75"),
    "BOOLEAN": _matched("true|false", lambda text: text == "true", "`true` or `false`"),
    "DATE": _matched(r"\d{4}-\d\d-\d\d", date.fromisoformat, "a day such as 2026-11-21"),
    "DATETIME": _matched(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)",
        lambda text: datetime.fromisoformat(text).astimezone(UTC),
        "a time with an offset such as 2026-11-21T18:30:00Z",
    ),
}
