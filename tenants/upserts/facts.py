"""What follows from rows that were written: refunds find their purchases, and the facts of the customers are summed up whose
purchases the rows are or date."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tenants import facts, tenancy
from tenants.orders import Order
from tenants.performances import Performance
from tenants.sql import name, sql
from tenants.upserts import refunds
from tenants.upserts.rows import Columns, Row, Stage

# What facts rest on, of rows that may be there already: a change of anything else in them changes no fact.
_WATCHED = {Order: "customer_id", Performance: "starts_at"}


async def before(stage: Stage, coming: Mapping[UUID, Columns]) -> dict[UUID, Any]:
    """What the facts rest on now, of the rows that are about to get it anew."""
    watched = _WATCHED.get(stage.record)
    ids = [row_id for row_id, columns in coming.items() if watched in columns]
    if watched is None or not ids:
        return {}
    asked = sql(
        "select id, {watched} as value from {table} where tenant_id = {venue} and id = any({ids}::uuid[])",
        watched=name(watched),
        table=name(stage.record.table()),
        ids=ids,
    )
    return {row.id: row.value for row in await tenancy.fetch(asked)}


async def settle(stage: Stage, was: Mapping[UUID, Any], rows: Sequence[Row], changed: frozenset[str]) -> None:
    """Do so for the rows, and for what they were before. `changed` are the states that say a row was written."""
    written = {row.stage_ids[0] for row in rows if changed.intersection(row.stage_status)}
    if stage.record is Order:
        theirs = {was[i] for i in written if was.get(i)} | await facts.buyers(written)
        await refunds.settle({row.id for row in rows if row.id and row.status in changed}, theirs)
        await facts.refresh(theirs)
    elif stage.record is Performance:
        now = await before(stage, {i: {"starts_at": None} for i in written if i in was})
        await facts.refresh(await facts.visitors([i for i in now if now[i] != was[i]]))
