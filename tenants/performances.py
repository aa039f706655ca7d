"""Performances (dated, or undated when `starts_at` is null) and what a ticket to one costs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.custom_fields.filters import OWN_FIELDS, CustomFieldCondition, own_fields
from tenants.pages import CREATED, Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import Choice, Doc, Of, Where, among, known_as
from tenants.sql import Sql, sql
from tenants.texts import as_read

STATUSES = {
    "DRAFT": "Being set up; the shop does not show it.",
    "ANNOUNCED": "Shown in the shop, not on sale yet.",
    "ON_SALE": "On sale, within its sale start and end.",
    "PAUSED": "Shown in the shop; sale is stopped for now.",
    "CANCELLED": "Will not take place.",
}
STATUS = Choice("PerformanceStatus", STATUSES, "Where a performance stands.")


class Performance(VenueRecord):
    """One evening of a production. Times are UTC; `time_known` is false when only the day is known (then midnight there)."""

    external_id = fields.TextField(null=True)
    production_id = fields.UUIDField()
    season_id = fields.UUIDField(null=True)
    category_id = fields.UUIDField(null=True)
    hall_id = fields.UUIDField(null=True)
    promoter_id = fields.UUIDField(null=True)
    organisation_ids = ArrayField("uuid", default=list)
    name = fields.TextField(null=True)
    texts: Any = fields.JSONField(default=dict)
    starts_at = fields.DatetimeField(null=True)
    time_known = fields.BooleanField(default=True)
    sale_starts_at = fields.DatetimeField(null=True)
    sale_ends_at = fields.DatetimeField(null=True)
    status = fields.TextField(default="ON_SALE")
    capacity = fields.IntField(null=True)
    max_per_order = fields.IntField(null=True)
    max_per_customer = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "performances"


def dearest(price: Any) -> tuple[str, int]:
    """The order of a price list: by price level, the dearest first."""
    return price.price_level, -price.amount


class Price(VenueRecord):
    """What one ticket of a type costs at a performance, per price level ('' where there are none); minor units."""

    performance_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField()
    price_level = fields.TextField(default="")
    amount = fields.BigIntField()
    fee = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "prices"


_START = "least(t.starts_at, 'infinity')"
_FROM = Where(f"{_START} >= {{value}} and {_START} < 'infinity'")
_BEFORE = Where(f"{_START} < {{value}}")
_OVER = "coalesce(t.starts_at + case when t.time_known then interval '0' else interval '1 day' end <= now(), false)"
_ON_SALE = Where(
    "(t.status = 'ON_SALE' and coalesce(t.sale_starts_at <= now(), true) and coalesce(t.sale_ends_at > now(), true)"
    f" and not {_OVER}) = {{value}}"
)
_TAGGED = Where(
    "exists (select from production_tags p where p.tenant_id = {venue} and p.production_id = t.production_id "
    "and p.tag_id = any({value}::uuid[]))"
)


def _named(part: str) -> Sql:
    """In the language that texts are read in."""
    return sql(
        "position(lower({part}) in lower({own})) > 0 or t.production_id in "
        "(select p.id from productions p where p.tenant_id = {venue} and position(lower({part}) in lower({work})) > 0)",
        part=part,
        own=as_read("t", "name"),
        work=as_read("p", "name"),
    )


@dataclass(frozen=True)
class ProgrammeFilter:
    """Which performances; all that is given holds together, and a list means any of these."""

    starts_from: Annotated[datetime | None, _FROM, Doc("Only those that start at this time or later.")] = None
    starts_before: Annotated[datetime | None, _BEFORE, Doc("Only those that start earlier than this.")] = None
    seasons: Annotated[list[UUID] | None, Of("Season"), among("season_id"), Doc("Only those of these seasons.")] = None
    productions: Annotated[list[UUID] | None, Of("Production"), among("production_id"), Doc("Only those of these works.")] = None
    categories: Annotated[list[UUID] | None, Of("Category"), among("category_id"), Doc("Only those of these kinds.")] = None
    halls: Annotated[list[UUID] | None, Of("Hall"), among("hall_id"), Doc("Only those in these halls.")] = None
    tags: Annotated[list[UUID] | None, Of("Tag"), _TAGGED, Doc("Only those whose production has one of these tags.")] = None
    on_sale: Annotated[bool | None, _ON_SALE, Doc("Only those that tickets can be bought to now, or only the others.")] = None
    search: Annotated[str | None, Where(_named), Doc("Only those whose own or production's name contains this, in any case.")] = (
        None
    )


@dataclass(frozen=True)
class PerformanceFilter(ProgrammeFilter):
    """Which performances; all that is given holds together, and a list means any of these."""

    promoters: Annotated[list[UUID] | None, Of("Promoter"), among("promoter_id"), Doc("Only those of these promoters.")] = None
    organisations: Annotated[
        list[UUID] | None,
        Of("Organisation"),
        Where("t.organisation_ids && {value}::uuid[]"),
        Doc("Only those that belong to these organisations; what belongs to the whole venue is left out."),
    ] = None
    statuses: Annotated[list[str] | None, STATUS, among("status", "text"), Doc("Only those that stand so.")] = None
    external_id: Annotated[str | None, known_as, Doc("Only the one with this external id.")] = None
    custom_fields: Annotated[
        list[CustomFieldCondition] | None,
        own_fields("PERFORMANCE"),
        OWN_FIELDS,
    ] = None


_SORTS = {"START": Sort("By start; those without a date come last.", {_START: "timestamptz"}), "CREATED": CREATED}
PERFORMANCES = Listing(Performance, _SORTS, PerformanceFilter)
PROGRAMME = Listing(Performance, _SORTS, ProgrammeFilter)
