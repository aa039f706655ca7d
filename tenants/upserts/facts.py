"""What follows from rows that were written: refunds find their purchases, the facts of the customers are summed up whose
purchases the rows are, date or limit, and they are given what they have earned by them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tenants import earned, facts, tenancy
from tenants.catalogue import Season
from tenants.orders import Order, TicketLine
from tenants.performances import Performance
from tenants.products import Product
from tenants.sql import join, name, sql
from tenants.upserts import overruns, refunds
from tenants.upserts.rows import Plan, Row, Stage

# What facts and rules of flags rest on, of rows that may be there already: a change of anything else in them changes neither.
_WATCHED: dict[Any, tuple[str, ...]] = {
    Order: ("customer_id",),
    TicketLine: ("order_id",),
    Performance: ("starts_at", "production_id", "organisation_ids"),
    Product: ("kind", "season_id", "ends_on", "months", "organisation_ids"),
    Season: ("ends_on",),
}
_WHOSE: dict[Any, Any] = {Performance: facts.visitors, Product: facts.holders, Season: facts.subscribers}


async def before(stages: Sequence[Stage], plans: Sequence[Plan]) -> dict[UUID, Any]:
    """What the facts rest on now, of the rows that are about to get it anew."""
    was: dict[UUID, Any] = {}
    for stage, plan in zip(stages, plans, strict=True):
        watched, given = _WATCHED.get(stage.record, ()), {stage.parent}
        coming = [row_id for row_id, columns in plan.updates.items() if not (columns.keys() | given).isdisjoint(watched)]
        was |= await _now(stage.record, coming)
    return was


async def settle(stage: Stage, was: Mapping[UUID, Any], rows: Sequence[Row], changed: frozenset[str]) -> None:
    """Do so for the rows, and for what they were before. `changed` are the states that say a row was written."""
    written = {row.stage_ids[0] for row in rows if changed.intersection(row.stage_status)}
    if stage.record is Order:
        earlier = {customer for i in written if i in was for customer in was[i] if customer}
        lines = {row.id for row in rows if row.id and row.status in changed}
        if written:
            orders = written | {order for i in lines if i in was for order in was[i]}
            overrun = await _settle(orders, lines, earlier)
            await overruns.warn([row for row in rows if row.id in lines], overrun=overrun)
    elif stage.record in _WHOSE:
        now = await _now(stage.record, [i for i in written if i in was])
        if moved := [i for i in now if now[i] != was[i]]:
            await facts.alone()
            theirs = await _WHOSE[stage.record](moved)
            await facts.refresh(theirs)
            await earned.refresh(theirs)


async def _settle(orders: Collection[UUID], lines: Collection[UUID], earlier: Collection[UUID]) -> bool:
    now = await facts.one_at_a_time(earlier, orders, also=join(", ", [refunds.REFUNDED, overruns.THERE]))
    await refunds.settle(lines, [subject for subject in refunds.SUBJECTS if now[subject]])
    if theirs := {*earlier, *now.buyers}:
        await earned.refresh(theirs, known=await facts.sum_up(theirs, also=earned.THERE))
    return bool(now.overrun)


async def _now(record: Any, ids: Iterable[UUID]) -> dict[UUID, tuple[Any, ...]]:
    if not (wanted := list(ids)):
        return {}
    asked = sql(
        "select id, {watched} from {table} where tenant_id = {venue} and id = any({ids}::uuid[]) order by id for no key update",
        watched=join(", ", [name(column) for column in _WATCHED[record]]),
        table=name(record.table()),
        ids=wanted,
    )
    return {row[0]: tuple(row)[1:] for row in await tenancy.fetch(asked)}
