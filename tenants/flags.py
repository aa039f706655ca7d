"""Flags: what a house marks its customers with (Requirements F1-F12). Never shown to a customer; what a flag gives is (D43)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import assignments, facts, forms, standards, tenancy
from tenants.catalogue import CatalogueFilter
from tenants.errors import Refusal
from tenants.pages import CREATED, Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import MISSING, Choice, Doc, Longest, Needed, Of, Range, Where
from tenants.sql import sql

DISPLAYS = {
    "CARD": "On the customer card.",
    "VIEW_360": "Only in the 360 view of a customer.",
    "POP_UP": "As a pop-up, with its note, when the customer card is opened.",
}
DISPLAY = Choice("FlagDisplay", DISPLAYS, "Where staff see a flag.")


class GroupRecord(VenueRecord):
    """What flags, pools and attributes have in common: a name, and the organisations whose staff see and give them (O1, O2)."""

    external_id = fields.TextField(null=True)
    name = fields.TextField()
    organisation_ids = ArrayField("uuid", default=list)
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True


class Flag(GroupRecord):
    """A flag. Its assignments expire on a day, or so many days after each was given, or never (F7)."""

    abbreviation = fields.TextField()
    icon = fields.TextField(null=True)
    colour = fields.TextField(null=True)
    display = fields.TextField(default="CARD")
    note = fields.TextField(null=True)
    expires_on = fields.DateField(null=True)
    expires_after_days = fields.IntField(null=True)

    class Meta:
        table = "flags"


LIVE = Where("({value} or t.archived_at is null)")
INCLUDE_ARCHIVED = Doc("Those that were archived, too.")


@dataclass(frozen=True)
class FlagFilter(CatalogueFilter):
    """Which flags; all that is given holds together, and a list means any of these."""

    displays: Annotated[list[str] | None, DISPLAY, Where("t.display = any({value}::text[])"), Doc("Only those shown so.")] = None
    include_archived: Annotated[bool, LIVE, INCLUDE_ARCHIVED] = False


FLAGS = Listing(Flag, {"NAME": Sort("By name.", {"t.name": "text"}), "CREATED": CREATED}, FlagFilter)


@dataclass(frozen=True)
class FlagInput:
    """A flag; what is left out of a change stays as it is."""

    name: Annotated[str, Doc("Its name, as staff see it."), Longest(100), Needed()] = MISSING
    abbreviation: Annotated[str, Doc("One to ten characters for where there is little room."), Longest(10), Needed()] = MISSING
    icon: Annotated[str | None, Doc("The name of an icon of your console, or a short emoji."), Longest(100)] = MISSING
    colour: Annotated[str | None, Doc("Its colour, such as `#c0392b`.")] = MISSING
    display: Annotated[str, DISPLAY, Doc("Where staff see it; CARD when new and not given.")] = MISSING
    note: Annotated[str | None, Doc("What a pop-up tells staff."), Longest(2000)] = MISSING
    expires_on: Annotated[date | None, Doc("The last day it holds for anybody, in the venue's time zone.")] = MISSING
    expires_after_days: Annotated[
        int | None, Doc("It holds to the end of the day so many days after it was given."), Range(1, 36_500)
    ] = MISSING
    organisation_ids: Annotated[list[UUID], Of("Organisation"), Doc("Whose staff see and give it; none: the whole venue's.")] = (
        MISSING
    )
    external_id: Annotated[str | None, Doc("The id by which another system knows it; unique in the venue."), Longest(200)] = (
        MISSING
    )


async def create(wanted: FlagInput) -> Any:
    """A new flag. Raises REQUIRED, TOO_LONG, INVALID_VALUE, NOT_UNIQUE, UNKNOWN_REFERENCE."""
    columns = _checked(await forms.columns_of(wanted, new=True))
    return await forms.create(Flag, columns)


async def update(flag_id: UUID, wanted: FlagInput) -> Any:
    """Change a flag; assignments that stand keep their own end. Raises NOT_FOUND, FORBIDDEN, and what create() raises."""
    columns = _checked(await forms.columns_of(wanted))
    if columns.get("expires_on") is not None:
        columns.setdefault("expires_after_days", None)
    elif columns.get("expires_after_days") is not None:
        columns.setdefault("expires_on", None)
    return await forms.update(Flag, flag_id, columns)


async def archive(flag_id: UUID) -> Any:
    """Take a flag out of use: whoever has it loses it, and its rules end. Raises NOT_FOUND, FORBIDDEN."""
    await facts.alone()
    now = await forms.archive(Flag, flag_id)
    await assignments.close("flag", flag_id)
    await tenancy.execute(
        sql(
            "update flag_rules set archived_at = now(), updated_at = now() "
            "where tenant_id = {venue} and flag_id = {flag} and archived_at is null",
            flag=flag_id,
        )
    )
    return now


def _checked(columns: dict[str, Any]) -> dict[str, Any]:
    if columns.get("expires_on") and columns.get("expires_after_days"):
        raise Refusal("INVALID_VALUE", "A flag ends on a day or after some days, not both.", field=["expiresAfterDays"])
    if columns.get("colour"):
        columns["colour"] = standards.colour(columns["colour"], "colour")
    return columns
