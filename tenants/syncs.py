"""Attributes and pools that are kept alike (Requirements Y1-Y7), 1:1 while it lasts (D20). tenants.assignments keeps them so, in
the transaction of each change; tenants.reconciling switches it on and off."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import audit, tenancy
from tenants.pages import Listing, Sort
from tenants.record import VenueRecord
from tenants.shape import Choice, Doc, Of, Where, among
from tenants.sql import Sql, name, sql

RECONCILES = {
    "UNION": "Whoever is on one side comes to the other too.",
    "POOL_WINS": "The attribute becomes what the pool is: some get it, some lose it.",
    "ATTRIBUTE_WINS": "The pool becomes what the attribute is: some come in, some go.",
    "NONE": "What differs stays as it is; only later changes are followed.",
}
RECONCILE = Choice(
    "SyncReconcile", RECONCILES, "What becomes of customers who are on one side only when it is switched on (D19)."
)


class Sync(VenueRecord):
    """That an attribute and a pool are kept alike, from when until when. One that is not `two_way` is of an event pool: the
    attribute follows it (D48)."""

    attribute_id = fields.UUIDField()
    pool_id = fields.UUIDField()
    two_way = fields.BooleanField()
    reconcile = fields.TextField()
    started_at = fields.DatetimeField(auto_now_add=True)
    started_by = fields.TextField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.TextField(null=True)

    class Meta:
        table = "syncs"


@dataclass(frozen=True)
class SyncFilter:
    """Which synchronisations; all that is given holds together, and a list means any of these."""

    attributes: Annotated[list[UUID] | None, Of("Attribute"), among("attribute_id"), Doc("Only those of these attributes.")] = (
        None
    )
    pools: Annotated[list[UUID] | None, Of("Pool"), among("pool_id"), Doc("Only those of these pools.")] = None
    include_ended: Annotated[bool, Where("({value} or t.ended_at is null)"), Doc("Those that were switched off, too.")] = False


SYNCS = Listing(Sync, {"STARTED": Sort("By when it was switched on.", {"t.started_at": "timestamptz"})}, SyncFilter)


async def compared(syncs: list[UUID]) -> dict[UUID, Any]:
    """Both sides of those of these that are on, as they are now: `pool_count` and `attribute_count`; when one last came or went,
    `pool_changed_at` and `attribute_changed_at`; how many are `only_in_pool` and `only_in_attribute`, and of these `astray`: on
    one side only though they should be on both. That is always 0: whoever was on one side only at a start with NONE may stay so,
    and who has the attribute beside an event pool may have it."""
    rows = await tenancy.fetch(
        sql(
            """
            select s.id, p.many as pool_count, p.changed_at as pool_changed_at, a.many as attribute_count,
              a.changed_at as attribute_changed_at, op.many as only_in_pool, oa.many as only_in_attribute,
              op.astray + case when s.two_way then oa.astray else 0 end as astray
            from syncs s cross join lateral ({pool}) p cross join lateral ({attribute}) a
            cross join lateral ({only_in_pool}) op cross join lateral ({only_in_attribute}) oa
            where s.tenant_id = {venue} and s.id = any({ids}::uuid[]) and s.ended_at is null
            """,
            ids=syncs,
            pool=_size("pool_id"),
            attribute=_size("attribute_id"),
            only_in_pool=_only("pool_id", "attribute_id"),
            only_in_attribute=_only("attribute_id", "pool_id"),
        )
    )
    return {row.id: row for row in rows}


def _size(side: str) -> Sql:
    return sql(
        "select count(*) filter (where m.ended_at is null) as many, max(greatest(m.assigned_at, m.ended_at)) as changed_at "
        "from assignments m where m.tenant_id = {venue} and m.group_id = s.{side}",
        side=name(side),
    )


def _only(side: str, other: str) -> Sql:
    theirs = (
        "(select from assignments o where o.tenant_id = {venue} and o.group_id = s.{other} and o.customer_id = m.customer_id"
        " and {which})"
    )
    return sql(
        """
        select count(*) as many,
          count(*) filter (where s.reconcile <> 'NONE' or m.assigned_at > s.started_at or exists {left}) as astray
        from assignments m
        where m.tenant_id = {venue} and m.group_id = s.{side} and m.ended_at is null and not exists {stands}
        """,
        side=name(side),
        left=sql(theirs, other=name(other), which=sql("o.ended_at > s.started_at")),
        stands=sql(theirs, other=name(other), which=sql("o.ended_at is null")),
    )


async def end(which: Sql) -> None:
    """Switch off those `t` that are on. Behind facts.alone()."""
    await tenancy.execute(
        sql(
            "update syncs t set ended_at = clock_timestamp(), ended_by = {by} "
            "where t.tenant_id = {venue} and t.ended_at is null and {which}",
            by=audit.actor(),
            which=which,
        )
    )


async def following(attribute_id: UUID, customers: Collection[UUID]) -> set[UUID]:
    """Those of the customers who have the attribute because it follows an event pool that they are in."""
    rows = await tenancy.fetch(
        sql(
            """
            select a.customer_id from syncs s
            join assignments a on a.tenant_id = {venue} and a.group_id = s.pool_id and a.ended_at is null
            where s.tenant_id = {venue} and s.attribute_id = {attribute} and s.ended_at is null and not s.two_way
              and a.customer_id = any({customers}::uuid[])
            """,
            attribute=attribute_id,
            customers=list(customers),
        )
    )
    return {row.customer_id for row in rows}
