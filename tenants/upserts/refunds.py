"""Refunds find what they take back: lines of fewer than no tickets, as files and tills write them, and earlier purchases.

A refund belongs to purchases of the same customer (or of nobody known) at the same performance or product, of the same ticket
type and price. Both stand as they were written, so sums are right whatever is matched; only where refunds and purchases cancel
out to the last ticket and the last cent do all of them become REFUNDED. It is found anew for everything that a write touches, so
neither the order of the rows nor a second import matters.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.sql import name, sql

SUBJECTS = ("performance_id", "product_id")  # what a line is for, one of them

# Columns that say for which of them the venue has refunds at all, in words that the index of refunds answers.
REFUNDED = sql(
    """
    exists (select from ticket_lines where tenant_id = {venue} and quantity < 0 and performance_id is not null) as performance_id,
    exists (select from ticket_lines where tenant_id = {venue} and quantity < 0 and performance_id is null) as product_id
    """
)


@dataclass
class Line:
    """A line of a group; `left` is what no refund has taken of it yet, `of` the first purchase a refund takes back."""

    id: UUID
    order: UUID
    number: str
    at: Any
    quantity: int
    amount: int
    left: int = 0
    of: UUID | None = None
    settled: bool = False


async def settle(written: Collection[UUID], subjects: Collection[str]) -> None:
    """Match the refunds and purchases that these ticket lines are among, of these SUBJECTS, and say so on both."""
    found = [row for subject in subjects for row in await _groups(written, subject)]
    groups: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for row in found:
        key = (row.customer_id, row.subject, row.ticket_type_id, row.price)
        groups[key].append(Line(row.id, row.order_id, row.number or "", row.ordered_at, row.quantity, row.amount))
    for lines in groups.values():
        match(lines)
    now = [line for lines in groups.values() for line in lines]
    was = {row.id: (row.refund_of, row.settled) for row in found}
    await _write([line for line in now if (line.of, line.settled) != was[line.id]])


def match(lines: Sequence[Line]) -> None:
    """Give each refund of a group purchases to take back, as long as there are enough, and settle what cancels out."""
    earlier = sorted((line for line in lines if line.quantity > 0), key=lambda line: (line.at, line.id))
    together: dict[UUID, list[Line]] = {line.id: [line] for line in lines}
    for line in earlier:
        line.left = line.quantity
    for refund in sorted((line for line in lines if line.quantity < 0), key=lambda line: (line.at, line.id)):
        wanted = -refund.quantity
        if sum(line.left for line in earlier) < wanted:
            continue
        taken = sorted((line for line in earlier if line.left), key=lambda line: _distance(refund, line))
        refund.of = taken[0].id
        for line in taken:
            part = min(wanted, line.left)
            line.left, wanted = line.left - part, wanted - part
            if together[line.id] is not together[refund.id]:
                joined = together[line.id] + together[refund.id]
                together.update(dict.fromkeys((each.id for each in joined), joined))
            if not wanted:
                break
    for line in lines:
        one = together[line.id]
        line.settled = len(one) > 1 and not sum(each.quantity for each in one) and not sum(each.amount for each in one)


def _distance(refund: Line, line: Line) -> tuple[Any, ...]:
    """Of its own order first, or of that which its order's number names (C536379); then as many, then the latest before it."""
    named = line.order == refund.order or (bool(line.number) and line.number == re.sub(r"^\D+", "", refund.number))
    gap = (refund.at - line.at).total_seconds()
    return not named, line.left + refund.quantity != 0, gap < 0, abs(gap), line.id


async def _groups(written: Collection[UUID], subject: str) -> list[Any]:
    """All lines of the groups that these lines are of, where a refund is among them. The groups of performances and of products
    are looked for apart, or no index would find them."""
    return await tenancy.fetch(
        sql(
            """
            with touched as materialized (
              select distinct o.customer_id, l.{subject}, l.ticket_type_id, l.price
              from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
              where l.tenant_id = {venue} and l.id = any({written}::uuid[]) and (l.settled or exists (
                select from ticket_lines n join orders r on r.tenant_id = {venue} and r.id = n.order_id
                where n.tenant_id = {venue} and n.{subject} = l.{subject} and n.price = l.price and n.quantity < 0
                  and r.customer_id is not distinct from o.customer_id)))
            select l.id, l.order_id, o.external_id as number, o.ordered_at, l.quantity, l.amount, l.refund_of, l.settled,
              o.customer_id, l.{subject} as subject, l.ticket_type_id, l.price
            from touched k join ticket_lines l on l.{subject} = k.{subject} and l.price = k.price
              and l.ticket_type_id is not distinct from k.ticket_type_id
            join orders o on o.tenant_id = {venue} and o.id = l.order_id and o.customer_id is not distinct from k.customer_id
            where l.tenant_id = {venue} and (l.state = 'VALID' or l.settled) order by l.id for no key update of l
            """,
            written=list(written),
            subject=name(subject),
        )
    )


async def _write(lines: Sequence[Line]) -> None:
    if not lines:
        return
    await tenancy.execute(
        sql(
            "update ticket_lines t set refund_of = n.refund_of, settled = n.settled, updated_at = now(), "
            "state = case when n.settled then 'REFUNDED' when t.settled then 'VALID' else t.state end "
            "from unnest({ids}::uuid[], {of}::uuid[], {settled}::bool[]) as n (id, refund_of, settled) "
            "where t.tenant_id = {venue} and t.id = n.id",
            ids=[line.id for line in lines],
            of=[line.of for line in lines],
            settled=[line.settled for line in lines],
        )
    )
    await tenancy.execute(
        sql(
            """
            update orders t set state = case when lines.standing then 'CONFIRMED' else 'REFUNDED' end, updated_at = now()
            from (select l.order_id, bool_or(l.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')) as standing
                  from ticket_lines l where l.tenant_id = {venue} and l.order_id = any({orders}::uuid[]) group by 1) lines
            where t.tenant_id = {venue} and t.id = lines.order_id
              and t.state = case when lines.standing then 'REFUNDED' else 'CONFIRMED' end
            """,
            orders=list({line.order for line in lines}),
        )
    )
