"""What a venue's own field is. Its key and its type never change: programs and files go by them."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

import orjson
from tortoise import fields

from tenants.pages import CREATED, Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import Choice, Doc, Where
from tenants.sql import sql

OBJECTS = {
    "CUSTOMER": "Customers.",
    "PERFORMANCE": "Performances.",
    "ORDER": "Orders.",
}
TYPES = {
    "TEXT": "A text, up to 1,000 characters.",
    "INTEGER": "A whole number of 32 bits.",
    "DECIMAL": "A number with up to twelve digits before the point and six after.",
    "BOOLEAN": "Yes or no: `true` or `false`.",
    "DATE": "A day, as in 2026-11-21.",
    "DATETIME": "A point in time, RFC 3339 with an offset.",
    "CHOICE": "One of the field's options, by its key.",
}
OBJECT = Choice("CustomFieldObject", OBJECTS, "What a field is on.")
TYPE = Choice("CustomFieldType", TYPES, "What a field holds.")


class CustomField(VenueRecord):
    """A venue's own field. `object` and `key` are unique together, `options` those of a CHOICE; an archived field keeps its
    values and shows none."""

    object = fields.TextField()
    key = fields.TextField()
    type = fields.TextField()
    name = fields.TextField()
    description = fields.TextField(null=True)
    texts: Any = fields.JSONField(default=dict)
    options: Any = fields.JSONField(default=list)
    in_shop = fields.BooleanField(default=False)
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "custom_fields"


@dataclass(frozen=True)
class Option:
    """One of the things that a CHOICE may hold. An archived one is kept where it is held, and cannot be chosen any more."""

    key: str
    name: str
    texts: dict[str, str] = field(default_factory=dict)
    archived: bool = False


def names(row: Any) -> list[str]:
    """What a field is called, in all languages."""
    texts = orjson.loads(row.texts) if isinstance(row.texts, str) else row.texts
    return [row.name, *(text for key, text in texts.items() if key.startswith("name:"))]


def options_of(row: Any) -> tuple[Option, ...]:
    """The options of a field, archived ones too, in their order."""
    return _options(row.options if isinstance(row.options, str) else orjson.dumps(row.options).decode())


@lru_cache(maxsize=1_000)
def _options(stored: str) -> tuple[Option, ...]:
    return tuple(Option(**each) for each in orjson.loads(stored))


@dataclass(frozen=True)
class CustomFieldFilter:
    """Which fields; all that is given holds together."""

    object: Annotated[str | None, OBJECT, Where("t.object = {value}"), Doc("Only those on this.")] = None
    key: Annotated[str | None, Where("t.key = {value}"), Doc("Only those with this key.")] = None
    archived: Annotated[
        bool | None, Where("(t.archived_at is not null) = {value}"), Doc("Only those that are archived, or only the others.")
    ] = None


LISTING = Listing(CustomField, {"NAME": Sort("By name.", {"t.name": "text"}), "CREATED": CREATED}, CustomFieldFilter)


async def in_use() -> dict[str, dict[str, Any]]:
    """The venue's fields that are not archived, by what they are on and by key."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in OBJECTS}
    for row in await CustomField.rows(sql("t.archived_at is null"), tail=sql("order by t.id")):
        found[row.object][row.key] = row
    return found
