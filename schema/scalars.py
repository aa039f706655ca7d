"""How dates, times and decimal numbers are written. Each is exact: what has no one meaning is refused."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import strawberry

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?", re.ASCII)


def instant(value: Any) -> datetime:
    """A point in time, in UTC. Raises ValueError."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("A DateTime is written as RFC 3339 with an offset, such as 2026-11-21T18:30:00Z.")


def day(value: Any) -> date:
    """A calendar day. Raises ValueError."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("A Date is written as in 2026-11-21.")


def decimal(value: Any) -> Decimal:
    """An exact number, from text or from a number. Raises ValueError."""
    if not isinstance(value, bool) and _DECIMAL.fullmatch(str(value)):
        return Decimal(str(value))
    raise ValueError('A Decimal is written as text such as "1257.75", with at most 18 digits before the point and 9 after.')


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# What StrawberryConfig takes: the GraphQL scalar of each Python type.
SCALARS: dict[Any, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A point in time, RFC 3339, always answered in UTC: 2026-11-21T18:30:00Z. Any offset may be sent.",
        serialize=_utc,
        parse_value=instant,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day without a time zone: 2026-11-21.",
        serialize=date.isoformat,
        parse_value=day,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as text: "1257.75".',
        serialize=str,
        parse_value=decimal,
    ),
}
