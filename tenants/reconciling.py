"""Switching the synchronisation of an attribute and a pool on and off, with what becomes of those who are on one side only
(Y1-Y7, D18-D20). Whoever does so has everybody wait who changes what customers are in."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants import assignments, audit, facts, forms, syncs, tenancy
from tenants.assignments import Cause, Kind
from tenants.attributes import Attribute
from tenants.customers import Customer
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.pools import Pool
from tenants.record import not_found
from tenants.sql import Sql, name, sql
from tenants.syncs import Sync

SAMPLE = 10  # customers


@dataclass(frozen=True)
class Move:
    """What happens to those who are `alone` on one side: they come to a side or go from it, when it is switched on so."""

    side: Kind
    comes: bool
    alone: Kind
    reconciles: Collection[str]


MOVES = {
    "added_to_attribute": Move("attribute", True, "pool", {"UNION", "POOL_WINS"}),
    "removed_from_attribute": Move("attribute", False, "attribute", {"POOL_WINS"}),
    "added_to_pool": Move("pool", True, "attribute", {"UNION", "ATTRIBUTE_WINS"}),
    "removed_from_pool": Move("pool", False, "pool", {"ATTRIBUTE_WINS"}),
}


@dataclass(frozen=True)
class Planned:
    """How many customers would come or go, and some of them."""

    count: int
    sample: list[Any]


async def preview(attribute_id: UUID, pool_id: UUID, reconcile: str) -> dict[str, Planned]:
    """What switching it on would do now, by the names of MOVES. Raises as start() does, but for what the caller may change."""
    attribute, pool = await _seen(Attribute, attribute_id), await _seen(Pool, pool_id)
    await _check(attribute, pool, reconcile)
    moving = _moving(attribute, pool, reconcile)
    return {each: await _planned(moving[each]) if each in moving else Planned(0, []) for each in MOVES}


async def start(attribute_id: UUID, pool_id: UUID, reconcile: str) -> Any:
    """Switch it on. Raises NOT_FOUND, FORBIDDEN, WRONG_STATE (one is out of use), IN_USE (one is kept alike with another), and
    INVALID_VALUE (an event pool is told nothing)."""
    await facts.alone()
    attribute, pool = await _held(Attribute, attribute_id), await _held(Pool, pool_id)
    await _check(attribute, pool, reconcile)
    groups: dict[Kind, UUID] = {"attribute": attribute_id, "pool": pool_id}
    for each, alone in _moving(attribute, pool, reconcile).items():
        move, customers = MOVES[each], [row.customer_id for row in await tenancy.fetch(alone)]
        if move.comes:
            await assignments.give(move.side, groups[move.side], customers, Cause("SYNC"))
        else:
            await assignments.take(move.side, groups[move.side], customers, "SYNC")
        audit.counted(**{each: len(customers)})
    columns = {
        "attribute_id": attribute_id,
        "pool_id": pool_id,
        "two_way": pool.kind != "EVENT",
        "reconcile": reconcile,
        "started_at": await tenancy.fetch_value(sql("select clock_timestamp()")),  # not when the waiting began
        "started_by": audit.actor(),
    }
    return await forms.create(Sync, columns)


async def stop(sync_id: UUID) -> Any:
    """Switch it off; both sides stay as they are. Twice is once. Raises NOT_FOUND, FORBIDDEN."""
    await facts.alone()
    sync = await _seen(Sync, sync_id, "id")
    for record, row_id in ((Attribute, sync.attribute_id), (Pool, sync.pool_id)):
        await _held(record, row_id, "id")
    await syncs.end(sql("t.id = {id}", id=sync_id))
    return await _seen(Sync, sync_id, "id")


def _moving(attribute: Any, pool: Any, reconcile: str) -> dict[str, Sql]:
    """The customers of the moves that are due, by name."""
    due = {each: move for each, move in MOVES.items() if reconcile in move.reconciles}
    if pool.kind == "EVENT":
        due = {each: move for each, move in due.items() if move.side == "attribute"}
    only = {"attribute": _alone(attribute.id, pool.id), "pool": _alone(pool.id, attribute.id)}
    return {each: only[move.alone] for each, move in due.items()}


async def _planned(alone: Sql) -> Planned:
    those = sql(
        "t.id in ({some})", some=sql("select customer_id from ({alone}) a order by 1 limit {most}", alone=alone, most=SAMPLE)
    )
    count = await tenancy.fetch_value(sql("select count(*) from ({alone}) a", alone=alone))
    return Planned(count, await Customer.rows(those, tail=sql("order by t.id")))


def _alone(here: UUID, there: UUID) -> Sql:
    """Who is in one group and not in the other."""
    return sql(
        """
        select a.customer_id from assignments a
        where a.tenant_id = {venue} and a.group_id = {here} and a.ended_at is null and not exists (
          select from assignments b where b.tenant_id = {venue} and b.group_id = {there} and b.customer_id = a.customer_id
            and b.ended_at is null)
        """,
        here=here,
        there=there,
    )


async def _check(attribute: Any, pool: Any, reconcile: str) -> None:
    for group, argument in ((attribute, "attributeId"), (pool, "poolId")):
        if group.archived_at:
            raise Refusal("WRONG_STATE", f"This {group.record.__name__.lower()} was archived.", field=[argument])
    if pool.kind == "EVENT" and reconcile == "ATTRIBUTE_WINS":
        sentence = "This pool holds whoever has a ticket to its performance: the attribute follows it, and cannot win."
        raise Refusal("INVALID_VALUE", sentence, field=["reconcile"])
    for argument, column, row_id in (("attributeId", "attribute_id", attribute.id), ("poolId", "pool_id", pool.id)):
        on = sql("t.{column} = {id} and t.ended_at is null", column=name(column), id=row_id)
        if await Sync.rows(on):
            raise Refusal("IN_USE", "It is kept alike with another one already: switch that off first.", field=[argument])


async def _seen(record: Any, row_id: UUID, argument: str = "") -> Any:
    found = await record.rows(sql("t.id = {id} and {seen}", id=row_id, seen=visible(record.table(), "t").wrapped()))
    if not found:
        raise Refusal("NOT_FOUND", not_found(record).message, field=[argument or f"{record.__name__.lower()}Id"])
    return found[0]


async def _held(record: Any, row_id: UUID, argument: str = "") -> Any:
    try:
        return await forms.held(record, row_id)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=[argument or f"{record.__name__.lower()}Id"]) from None
