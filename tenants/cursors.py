"""Cursors: a row's place in an ordered list as opaque text. They come back from outside, so nothing in them is believed."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import orjson

from tenants.errors import Refusal


def seal(label: str, keys: list[str], row_id: UUID) -> str:
    """The cursor of a row in the order `label`: its sort keys and its id."""
    return base64.urlsafe_b64encode(orjson.dumps([label, keys, row_id.hex])).decode().rstrip("=")


def opened(cursor: str, label: str, types: Sequence[str], argument: str) -> tuple[list[str], UUID]:
    """The keys and the id in a cursor of this order. Raises BAD_USER_INPUT when it is of another one or made up."""
    try:
        sealed, keys, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if sealed != label:
            raise ValueError
        return [_READERS[kind](key) for kind, key in zip(types, keys, strict=True)], UUID(row_id)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Refusal("BAD_USER_INPUT", f"`{argument}` is not a cursor of this list in this order.", field=[argument]) from None


def _text(key: str) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise ValueError
    return key


def _integer(key: str) -> str:
    if not -(2**63) <= int(key) < 2**63:
        raise ValueError
    return str(int(key))


def _instant(key: str) -> str:
    return key if key == "infinity" else datetime.fromisoformat(key).astimezone(UTC).isoformat()


# By SQL type: the key as PostgreSQL can read it for certain. Raises ValueError, TypeError or OverflowError.
_READERS: dict[str, Callable[[str], str]] = {
    "text": _text,
    "bigint": _integer,
    "timestamptz": _instant,
    "uuid": lambda key: str(UUID(key)),
    "date": lambda key: key if key == "infinity" else date.fromisoformat(key).isoformat(),
}
