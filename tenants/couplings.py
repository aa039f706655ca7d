"""Where a flag's benefits work, and from when (Requirements P1-P4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import audit, tenancy
from tenants.benefits import Benefit
from tenants.errors import Refusal
from tenants.flags import Flag
from tenants.ids import new_id
from tenants.organisations import visible
from tenants.pages import Listing, Sort
from tenants.performances import Performance
from tenants.products import Product
from tenants.record import VenueRecord
from tenants.shape import Doc, Of
from tenants.sql import Sql, every, join, name, sql

MOST, MOST_STARTS = 1000, 100  # in one call


class Coupling(VenueRecord):
    """That a flag's benefits work for a performance or product (P1). When each starts there is in `coupling_starts` (P4)."""

    flag_id = fields.UUIDField()
    performance_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "couplings"


@dataclass(frozen=True)
class CouplingFilter:
    """Nothing to choose by: couplings are read of a flag."""


COUPLINGS = Listing(Coupling, {"MADE": Sort("In the order they were made.", {})}, CouplingFilter)


@dataclass(frozen=True)
class SaleStart:
    """From when a benefit can be used where its flag is coupled."""

    benefit_id: Annotated[UUID, Of("Benefit"), Doc("The benefit, of one of the flags that are coupled.")]
    starts_at: Annotated[
        datetime | None, Doc("From when, earlier or later than the general sale; null: from when the general sale starts.")
    ] = None


@dataclass(frozen=True)
class Pairs:
    """Flags, and the performances and products that they are coupled to."""

    flags: Sequence[UUID]
    performances: Sequence[UUID] = ()
    products: Sequence[UUID] = ()


async def couple(pairs: Pairs, starts: Sequence[SaleStart]) -> list[Any]:
    """Couple each flag to each performance and product; what is coupled stays so, with the starts that are given. Raises
    UNKNOWN_REFERENCE, WRONG_STATE, TOO_MANY_ROWS."""
    _within_limit(pairs, starts)
    flags = await _seen(Flag, "flagIds", pairs.flags)
    for place, flag in enumerate(pairs.flags):
        if flags[flag].archived_at:
            raise Refusal("WRONG_STATE", "This flag was archived.", field=["flagIds", str(place)])
    await _seen(Performance, "performanceIds", pairs.performances)
    await _seen(Product, "productIds", pairs.products)
    benefits = await _benefits(pairs, starts)
    couplings = [*await _made("performance_id", pairs, pairs.performances), *await _made("product_id", pairs, pairs.products)]
    for start in starts:
        await _set([c.id for c in couplings if c.flag_id == benefits[start.benefit_id].flag_id], start)
    _told(pairs, coupled=len(couplings))
    return couplings


async def uncouple(pairs: Pairs) -> list[UUID]:
    """End all of these couplings there are; answers their ids. Raises UNKNOWN_REFERENCE, TOO_MANY_ROWS."""
    _within_limit(pairs)
    await _seen(Flag, "flagIds", pairs.flags)
    await _seen(Performance, "performanceIds", pairs.performances)
    await _seen(Product, "productIds", pairs.products)
    rows = await tenancy.fetch(
        sql(
            """
            delete from couplings t where t.tenant_id = {venue} and t.flag_id = any({flags}::uuid[])
              and (t.performance_id = any({performances}::uuid[]) or t.product_id = any({products}::uuid[])) returning t.id
            """,
            flags=list(pairs.flags),
            performances=list(pairs.performances),
            products=list(pairs.products),
        )
    )
    _told(pairs, uncoupled=len(rows))
    return sorted(row.id for row in rows)


async def benefits_at(couplings: list[UUID]) -> dict[UUID, list[Any]]:
    """The benefits that work at each coupling: benefit_id, whether its type is `priced` there (P3), its own `sale_starts_at`."""
    rows = await tenancy.fetch(
        sql(
            """
            select c.id as coupling_id, b.id as benefit_id, s.sale_starts_at, (
              exists (select from prices p where p.tenant_id = {venue} and p.performance_id = c.performance_id
                      and p.ticket_type_id = b.ticket_type_id)
              or exists (select from product_prices q where q.tenant_id = {venue} and q.product_id = c.product_id
                         and q.ticket_type_id = b.ticket_type_id)) as priced
            from couplings c
            join benefits b on b.tenant_id = {venue} and b.flag_id = c.flag_id and b.archived_at is null
            left join coupling_starts s on s.tenant_id = {venue} and s.coupling_id = c.id and s.benefit_id = b.id
            where c.tenant_id = {venue} and c.id = any({ids}::uuid[]) order by b.id
            """,
            ids=couplings,
        )
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.coupling_id].append(row)
    return found


def _within_limit(pairs: Pairs, starts: Sequence[SaleStart] = ()) -> None:
    if (many := len(pairs.flags) * (len(pairs.performances) + len(pairs.products))) > MOST:
        sentence = f"A call takes at most {MOST} couplings, flags times performances and products; these are {many}."
        raise Refusal("TOO_MANY_ROWS", sentence, field=["performanceIds"])
    if len(starts) > MOST_STARTS:
        raise Refusal("TOO_MANY_ROWS", f"A call takes at most {MOST_STARTS} sale starts.", field=["saleStarts"])


async def _seen(record: Any, argument: str, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The rows of these ids, which the caller must see all. They are not locked but by what refers to them."""
    which = every([sql("t.id = any({ids}::uuid[])", ids=list(ids)), visible(record.table(), "t")])
    found = {row.id: row for row in await record.rows(which)} if ids else {}
    for place, each in enumerate(ids):
        if each not in found:
            sentence = f"There is no such {record.__name__.lower()} in this venue."
            raise Refusal("UNKNOWN_REFERENCE", sentence, field=[argument, str(place)])
    return found


async def _benefits(pairs: Pairs, starts: Sequence[SaleStart]) -> dict[UUID, Any]:
    which = sql(
        "t.id = any({ids}::uuid[]) and t.flag_id = any({flags}::uuid[]) and t.archived_at is null",
        ids=[start.benefit_id for start in starts],
        flags=list(pairs.flags),
    )
    found = {row.id: row for row in await Benefit.rows(which)} if starts else {}
    for place, start in enumerate(starts):
        if start.benefit_id not in found:
            field = ["saleStarts", str(place), "benefitId"]
            raise Refusal("UNKNOWN_REFERENCE", "None of these flags has such a benefit.", field=field)
    return found


async def _made(column: str, pairs: Pairs, ids: Sequence[UUID]) -> list[Any]:
    each = [(flag, other) for flag in dict.fromkeys(pairs.flags) for other in dict.fromkeys(ids)]
    if not each:
        return []
    values = [sql("({venue}, {id}, {flag}, {other})", id=new_id(), flag=flag, other=other) for flag, other in each]
    return await tenancy.fetch(
        sql(
            "insert into couplings (tenant_id, id, flag_id, {column}) values {values} "
            "on conflict (tenant_id, {column}, flag_id) where {column} is not null do update set updated_at = now() returning *",
            column=name(column),
            values=join(", ", values),
        ),
        Coupling,
    )


async def _set(couplings: Sequence[UUID], start: SaleStart) -> None:
    if not couplings:
        return
    its: Sql = sql("tenant_id = {venue} and benefit_id = {benefit}", benefit=start.benefit_id)
    if start.starts_at is None:
        taken = sql("delete from coupling_starts where {its} and coupling_id = any({ids}::uuid[])", its=its, ids=list(couplings))
        await tenancy.execute(taken)
        return
    row = "({venue}, {coupling}, {benefit}, {at})"
    values = [sql(row, coupling=each, benefit=start.benefit_id, at=start.starts_at) for each in couplings]
    await tenancy.execute(
        sql(
            "insert into coupling_starts (tenant_id, coupling_id, benefit_id, sale_starts_at) values {values} "
            "on conflict (tenant_id, coupling_id, benefit_id) do update set sale_starts_at = excluded.sale_starts_at",
            values=join(", ", values),
        )
    )


def _told(pairs: Pairs, **counts: int) -> None:
    """To the audit log."""
    for flag in pairs.flags:
        audit.named("Flag", flag)
    audit.counted(**counts)
