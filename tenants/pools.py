"""Pools of customers (Requirements PO1-PO3, PO7). What a pool gives is tenants.pool_terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import assignments, audit, counters, event_pools, facts, forms, holders, members, references, syncs
from tenants.assignments import Cause
from tenants.catalogue import CatalogueFilter
from tenants.errors import Refusal
from tenants.flags import INCLUDE_ARCHIVED, LIVE, GroupRecord
from tenants.organisations import visible
from tenants.pages import CREATED, Listing, Sort
from tenants.performances import Performance
from tenants.record import not_found
from tenants.shape import MISSING, Choice, Doc, Longest, Needed, Of, Where, among
from tenants.sql import Sql, sql

KINDS = {
    "CUSTOMER": "Customers that were put together: members, employees, holders of season tickets.",
    "COMPANY": "The people of a company or school.",
    "EVENT": "Whoever holds a ticket to one performance, kept up to date by itself.",
}
KIND = Choice("PoolKind", KINDS, "What a pool bundles (Requirement PO3).")


class Pool(GroupRecord):
    """A pool. `number` is short and per venue: staff name it by that (D44). An EVENT pool is of one performance (D39)."""

    number = fields.BigIntField()
    kind = fields.TextField(default="CUSTOMER")
    performance_id = fields.UUIDField(null=True)

    class Meta:
        table = "pools"


def _at_performances(performances: list[UUID]) -> Sql:
    return sql(
        "t.performance_id = any({performances}::uuid[]) or exists (select from pool_terms p where p.tenant_id = {venue} "
        "and p.pool_id = t.id and p.performance_id = any({performances}::uuid[]) and {seen})",
        performances=performances,
        seen=visible("pool_terms", "p"),
    )


@dataclass(frozen=True)
class PoolFilter(CatalogueFilter):
    """Which pools; all that is given holds together, and a list means any of these."""

    number: Annotated[int | None, Where("t.number = {value}"), Doc("Only the one with this number.")] = None
    kinds: Annotated[list[str] | None, KIND, among("kind", "text"), Doc("Only those of these kinds.")] = None
    performances: Annotated[
        list[UUID] | None,
        Of("Performance"),
        Where(_at_performances),
        Doc("Only those of whoever holds a ticket to one of these, or with terms for one of them."),
    ] = None
    include_archived: Annotated[bool, LIVE, INCLUDE_ARCHIVED] = False


POOLS = Listing(
    Pool,
    {"NAME": Sort("By name.", {"t.name": "text"}), "NUMBER": Sort("By number.", {"t.number": "bigint"}), "CREATED": CREATED},
    PoolFilter,
)


@dataclass(frozen=True)
class PoolInput:
    """A pool; what is left out of a change stays as it is."""

    name: Annotated[str, Doc("Its name, as staff see it."), Longest(100), Needed()] = MISSING
    kind: Annotated[
        str,
        KIND,
        Doc("What it bundles; CUSTOMER when new and not given. A pool never becomes an EVENT pool, nor ceases to be one."),
    ] = MISSING
    performance_id: Annotated[
        UUID | None, Of("Performance"), Doc("Of an EVENT pool: the performance whose customers it holds. It stays.")
    ] = MISSING
    organisation_ids: Annotated[list[UUID], Of("Organisation"), Doc("Whose staff see and fill it; none: the whole venue's.")] = (
        MISSING
    )
    external_id: Annotated[str | None, Doc("The id by which another system knows it; unique in the venue."), Longest(200)] = (
        MISSING
    )


async def create(wanted: PoolInput) -> Any:
    """A new pool with the venue's next number; one of a performance has its customers at once. Raises REQUIRED, TOO_LONG,
    INVALID_VALUE, NOT_UNIQUE (a performance has one pool), UNKNOWN_REFERENCE."""
    columns = await forms.columns_of(wanted, new=True)
    performance = columns.get("performance_id")
    if (columns.get("kind") == "EVENT") != (performance is not None):
        raise Refusal("INVALID_VALUE", "An EVENT pool, and no other, is of a performance: give both.", field=["performanceId"])
    if performance is None:
        return await forms.create(Pool, columns | {"number": await counters.count("pools")})
    await facts.alone()  # or tickets that are being sold now would be missed
    await references.one(Performance, performance, "performanceId")
    pool = await forms.create(Pool, columns | {"number": await counters.count("pools")})
    await event_pools.fill(performance)
    return pool


async def update(pool_id: UUID, wanted: PoolInput) -> Any:
    """Change a pool. Raises NOT_FOUND, FORBIDDEN, INVALID_VALUE for a change into or out of an EVENT pool, and what create()
    raises."""
    columns = await forms.columns_of(wanted)
    was = await forms.held(Pool, pool_id)
    if columns.get("performance_id", was.performance_id) != was.performance_id:
        raise Refusal("INVALID_VALUE", "A pool stays with its performance: make another one.", field=["performanceId"])
    if "EVENT" in (kinds := {was.kind, columns.get("kind", was.kind)}) and len(kinds) > 1:
        raise Refusal("INVALID_VALUE", "A pool never becomes an EVENT pool, nor ceases to be one.", field=["kind"])
    return await forms.update(Pool, pool_id, columns)


async def archive(pool_id: UUID) -> Any:
    """Take a pool out of use: nobody is in it any more; an attribute that was kept alike with it stays as it is. Raises
    NOT_FOUND, FORBIDDEN."""
    await facts.alone()
    now = await forms.archive(Pool, pool_id)
    await syncs.end(sql("t.pool_id = {id}", id=pool_id))
    await assignments.close("pool", pool_id)
    return now


async def numbered(number: int) -> UUID:
    """The id of the pool with this number that the caller sees. Raises NOT_FOUND."""
    found = await Pool.rows(sql("t.number = {number} and {seen}", number=number, seen=visible("pools", "t").wrapped()))
    if not found:
        raise not_found(Pool)
    return found[0].id  # type: ignore[no-any-return]


async def add(pool_id: UUID, customers: Sequence[UUID]) -> members.Changed:
    """Put customers in a pool by hand. Raises what members.assign() raises, and WRONG_STATE for an EVENT pool."""
    await _by_hand(pool_id)
    return await members.assign(Pool, pool_id, customers)


async def remove(pool_id: UUID, customers: Sequence[UUID]) -> members.Changed:
    """Take customers out of a pool by hand. Raises what members.remove() raises, and WRONG_STATE for an EVENT pool."""
    await _by_hand(pool_id)
    return await members.remove(Pool, pool_id, customers)


async def add_holders(pool_id: UUID, performance: UUID) -> tuple[Any, int]:
    """Put in a pool everybody who holds a ticket to a performance now (PO7, Y2); answers the pool, and how many were not in it.
    Raises as add() does, and UNKNOWN_REFERENCE."""
    await _by_hand(pool_id)
    await references.one(Performance, performance, "performanceId")
    customers = await holders.of(performance)
    pool = await members.opened(Pool, pool_id, customers)
    fresh = await assignments.give("pool", pool_id, customers, Cause("MANUAL"))
    audit.counted(changed=len(fresh))
    return pool, len(fresh)


async def _by_hand(pool_id: UUID) -> None:
    found = await Pool.rows(sql("t.id = {id} and {seen}", id=pool_id, seen=visible("pools", "t").wrapped()))
    if not found:
        raise not_found(Pool)
    if found[0].kind == "EVENT":
        sentence = "This pool holds whoever has a ticket to its performance, and keeps so by itself: use a pool of another kind."
        raise Refusal("WRONG_STATE", sentence, field=["poolId"])
