"""Benefits as a customer holds them: what of each is used, what is left, by which purchases, and where it works (B2, B3, D42)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.assignments import day_of, standing
from tenants.eligibility.statement import LAPSED
from tenants.eligibility.world import TicketTypeShown
from tenants.organisations import shared_with, visible
from tenants.sql import Sql, sql


@dataclass(frozen=True)
class Use:
    """Tickets of one line bought by a benefit; `given_back` of them were paid back since, and count no longer."""

    line_id: UUID
    order_id: UUID
    performance_id: UUID | None
    product_id: UUID | None
    ordered_at: datetime
    quantity: int
    given_back: int

    @property
    def place(self) -> UUID | None:
        """The performance or product."""
        return self.performance_id or self.product_id


@dataclass(frozen=True)
class WalletBenefit:
    """A benefit under one assignment of its flag. `uses` are the oldest first."""

    benefit_id: UUID
    flag_id: UUID
    assignment_id: UUID
    ticket_type: TicketTypeShown
    expires_on: date | None
    standing: bool
    most_performances: int | None
    most_tickets: int
    tickets_per: str
    uses: tuple[Use, ...]

    @property
    def tickets_used(self) -> int:
        """Of all performances and products together."""
        return sum(use.quantity - use.given_back for use in self.uses)

    @property
    def performances_used(self) -> int:
        """On how many performances or products it was used (D24)."""
        return len([place for place in {use.place for use in self.uses} if self._used_at(place) > 0])

    @property
    def performances_left(self) -> int | None:
        """On how many more it can be used; None: on any number."""
        return None if self.most_performances is None else max(0, self.most_performances - self.performances_used)

    @property
    def tickets_left(self) -> int:
        """How many tickets more in all, or, when they are counted per performance, for one where it was not used yet."""
        if self.tickets_per == "TOTAL":
            return max(0, self.most_tickets - self.tickets_used)
        return self.most_tickets if self.performances_left != 0 else 0

    def left_at(self, place: UUID) -> int:
        """How many tickets more to one performance or product."""
        here = self._used_at(place)
        if here <= 0 and self.performances_left == 0:
            return 0
        return max(0, self.most_tickets - (self.tickets_used if self.tickets_per == "TOTAL" else here))

    def _used_at(self, place: UUID | None) -> int:
        return sum(use.quantity - use.given_back for use in self.uses if use.place == place)


_HELD = """
select b.id as benefit_id, b.flag_id, a.id as assignment_id, y.id as ticket_type_id, y.name, y.texts, y.position, a.expires_on,
  b.most_performances, b.most_tickets, b.tickets_per, ({standing} and f.archived_at is null and b.archived_at is null) as standing
from assignments a join flags f on f.tenant_id = {venue} and f.id = a.flag_id
join benefits b on b.tenant_id = {venue} and b.flag_id = a.flag_id
join ticket_types y on y.tenant_id = {venue} and y.id = b.ticket_type_id
where a.tenant_id = {venue} and a.customer_id = {customer} and ({seen})
order by a.expires_on nulls last, a.id, b.id
"""
_USES = """
select l.assignment_id, l.benefit_id, l.id as line_id, l.order_id, l.performance_id, l.product_id, o.ordered_at, l.quantity,
  l.given_back
from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
where l.tenant_id = {venue} and l.assignment_id = any({assignments}::uuid[]) and l.order_stands and l.refund_of is null
  and l.state in ('RESERVED', 'VALID', 'COMPLIMENTARY') and o.id not in ({lapsed})
order by o.ordered_at, l.id
"""
# Where a benefit works: its flag is coupled, its ticket type priced, the place seen and not over.
_PLACES = """
select b.id as benefit_id, p.id from benefits b
join couplings c on c.tenant_id = {venue} and c.flag_id = b.flag_id and c.performance_id is not null
join performances p on p.tenant_id = {venue} and p.id = c.performance_id
where b.tenant_id = {venue} and b.id = any({benefits}::uuid[]) and ({performance_seen})
  and p.status in ('ANNOUNCED', 'ON_SALE', 'PAUSED') and coalesce(p.sale_ends_at > {moment}, true)
  and coalesce(p.starts_at + case when p.time_known then interval '0' else interval '1 day' end > {moment}, true)
  and exists (select from prices i where i.tenant_id = {venue} and i.performance_id = p.id
              and i.ticket_type_id = b.ticket_type_id)
union all
select b.id, p.id from benefits b
join couplings c on c.tenant_id = {venue} and c.flag_id = b.flag_id and c.product_id is not null
join products p on p.tenant_id = {venue} and p.id = c.product_id
where b.tenant_id = {venue} and b.id = any({benefits}::uuid[]) and ({product_seen})
  and p.status in ('ANNOUNCED', 'ON_SALE', 'PAUSED') and coalesce(p.sale_ends_at > {moment}, true)
  and exists (select from product_prices i where i.tenant_id = {venue} and i.product_id = p.id
              and i.ticket_type_id = b.ticket_type_id)
"""


async def wallet(
    customer: UUID, *, ended: bool = False, of_staff: bool = True, at: datetime | None = None
) -> list[WalletBenefit]:
    """The customer's benefits, those that expire soonest first; with `ended` also those under assignments that stand no more. For
    staff those of flags they see; a customer (not `of_staff`) has those that the shop's organisations give, though they see no
    flag (D43)."""
    held = await tenancy.fetch(
        sql(
            _HELD,
            customer=customer,
            standing=standing("a", day_of(_moment(at))),
            seen=visible("flags", "f") if of_staff else shared_with("f"),
        )
    )
    held = [row for row in held if ended or row.standing]
    uses: dict[tuple[UUID, UUID], list[Use]] = {}
    asked = sql(_USES, lapsed=sql(LAPSED), assignments=list({row.assignment_id for row in held}))
    for row in await tenancy.fetch(asked) if held else []:
        uses.setdefault((row.assignment_id, row.benefit_id), []).append(Use(**dict(list(row.items())[2:])))
    return [_benefit(row, uses.get((row.assignment_id, row.benefit_id), [])) for row in held]


def _benefit(row: Any, uses: list[Use]) -> WalletBenefit:
    plain = {name: row[name] for name in WalletBenefit.__dataclass_fields__ if name not in ("ticket_type", "uses")}
    return WalletBenefit(
        **plain, ticket_type=TicketTypeShown(row.ticket_type_id, row.name, row.texts, row.position), uses=tuple(uses)
    )


async def places(benefits: Iterable[WalletBenefit], *, at: datetime | None = None) -> dict[tuple[UUID, UUID], list[UUID]]:
    """The performances and products where each of these works and something is left of it; by assignment and benefit."""
    asked = list(benefits)
    rows: list[Any] = await tenancy.fetch(
        sql(
            _PLACES,
            benefits=[each.benefit_id for each in asked],
            performance_seen=visible("performances", "p"),
            product_seen=visible("products", "p"),
            moment=_moment(at),
        )
    )
    return {
        (each.assignment_id, each.benefit_id): [
            row.id for row in rows if row.benefit_id == each.benefit_id and each.left_at(row.id) > 0
        ]
        for each in asked
    }


def _moment(at: datetime | None) -> Sql:
    return sql("coalesce({at}::timestamptz, now())", at=at)
