"""Customers put in a flag, pool or attribute and taken out by those who serve them (Requirements F11, F12, O2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants import assignments, audit, facts, tenancy
from tenants.assignments import Assignment, Cause, Kind
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import Sql, sql

MOST = 1000  # in one call


@dataclass(frozen=True)
class Changed:
    """The customers for whom it was a change, and the assignments of all who were named that stand, or those that ended."""

    customers: list[UUID]
    assignments: list[Any]


async def assign(record: Any, group: UUID, customers: Sequence[UUID]) -> Changed:
    """Give customers a flag or an attribute, or put them in a pool. Raises NOT_FOUND, WRONG_STATE (it is out of use),
    UNKNOWN_REFERENCE, TOO_MANY_ROWS."""
    _few(customers)
    await opened(record, group, customers)
    known = await tenancy.fetch(
        sql("select id from customers where tenant_id = {venue} and id = any({ids}::uuid[])", ids=list(customers))
    )
    if strangers := set(customers) - {row.id for row in known}:
        place = min(place for place, customer in enumerate(customers) if customer in strangers)
        raise Refusal("UNKNOWN_REFERENCE", "There is no such customer in this venue.", field=["customerIds", str(place)])
    fresh = await assignments.give(_kind(record), group, customers, Cause("MANUAL"))
    return await _changed(group, customers, fresh, sql("t.ended_at is null"))


async def remove(record: Any, group: UUID, customers: Sequence[UUID]) -> Changed:
    """Take customers out; who was not in it stays so. Raises NOT_FOUND, TOO_MANY_ROWS."""
    _few(customers)
    await _ready(record, group, customers)
    gone = await assignments.take(_kind(record), group, customers, "REMOVED")
    return await _changed(group, list(gone), gone, sql("t.ended_at >= now()"))


async def opened(record: Any, group: UUID, customers: Sequence[UUID]) -> Any:
    """The group, into which these customers may be put now: nobody else writes to theirs. Raises NOT_FOUND, WRONG_STATE."""
    row, kind = await _ready(record, group, customers), _kind(record)
    if not (await assignments.terms_of(kind, group)).open:
        why = "was archived" if row.archived_at else "is over: its last day has passed"
        raise Refusal("WRONG_STATE", f"This {kind} {why}.", field=[f"{kind}Id"])
    return row


def _few(customers: Sequence[UUID]) -> None:
    if len(customers) > MOST:
        raise Refusal("TOO_MANY_ROWS", f"Name at most {MOST} customers in one call.", field=["customerIds"])


async def _ready(record: Any, group: UUID, customers: Sequence[UUID]) -> Any:
    """The group as it stands once nobody else writes to these customers' groups, or to what groups there are."""
    await facts.one_at_a_time(sorted(set(customers)))
    found = await record.rows(sql("t.id = {id} and {seen}", id=group, seen=visible(record.table(), "t").wrapped()))
    if not found:
        raise not_found(record)
    return found[0]


async def _changed(group: UUID, customers: Sequence[UUID], changed: set[UUID], which: Sql) -> Changed:
    audit.counted(changed=len(changed))
    if len(customers) == 1:
        audit.named("Customer", customers[0])
    its = sql("t.group_id = {group} and t.customer_id = any({ids}::uuid[]) and {which}", group=group, ids=customers, which=which)
    return Changed(sorted(changed), await Assignment.rows(its, tail=sql("order by t.id")))


def _kind(record: Any) -> Kind:
    return record.__name__.lower()  # type: ignore[no-any-return]
