"""The slow, obvious reading of who may buy what: every row of the venue is looked at in Python, one question after the other.

It shares no code with tenants.eligibility, neither statement nor rule. It answers per ticket type what a customer cares for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tenants import tenancy
from tenants.sql import name, sql

TABLES = (
    "performances prices products product_prices ticket_types flags benefits couplings coupling_starts pools pool_terms "
    "discounts campaign_links personal_links assignments orders ticket_lines"
).split()
STANDS = ("RESERVED", "VALID", "COMPLIMENTARY")


@dataclass(frozen=True)
class Told:
    """What the oracle says of a ticket type: prices are (level, now, before, how many at this price)."""

    ticket_type: UUID
    right: bool
    sellable: bool
    starts_at: datetime | None
    most: int | None
    prices: tuple[tuple[str, int, int, int | None], ...]


@dataclass
class Way:
    """One of the customer's ways to a ticket type."""

    what: str
    row: Any
    starts_at: datetime | None
    ends_at: datetime | None
    left: int | None


class House:
    """All rows of a venue, as they were when it was read."""

    def __init__(self, rows: dict[str, list[Any]], zone: str) -> None:
        self.rows, self.zone = rows, ZoneInfo(zone)

    @classmethod
    async def read(cls, zone: str) -> "House":
        every = "select * from {table} where tenant_id = {venue}"
        return cls({table: await tenancy.fetch(sql(every, table=name(table))) for table in TABLES}, zone)

    def one(self, table: str, row_id: UUID) -> Any:
        return next(r for r in self.rows[table] if r.id == row_id)

    def tell(self, place: UUID, customer: UUID | None, at: datetime, campaign: UUID | None) -> dict[UUID, Told]:
        """What this customer may buy at this performance or product at this time, having come by a campaign link or none."""
        return _Question(self, place, customer, at, campaign).answer()

    def held(self, customer: UUID, at: datetime) -> dict[tuple[UUID, UUID], tuple[bool, int, int]]:
        """The customer's benefits by assignment: whether they stand, and how many tickets and performances were used."""
        found = {}
        for assignment in self.rows["assignments"]:
            for benefit in self.rows["benefits"]:
                if assignment.customer_id == customer and assignment.flag_id == benefit.flag_id:
                    retired = benefit.archived_at or self.one("flags", benefit.flag_id).archived_at
                    used = self._used(assignment.id, benefit.id)
                    stands = self.stands(assignment, at) and not retired
                    found[assignment.id, benefit.id] = stands, sum(used.values()), len([n for n in used.values() if n > 0])
        return found

    def left_at(self, assignment: UUID, benefit_id: UUID, place: UUID) -> int:
        """How many tickets more a customer may buy there by a benefit."""
        benefit, used = self.one("benefits", benefit_id), self._used(assignment, benefit_id)
        here, elsewhere = used.get(place, 0), [where for where, number in used.items() if number > 0]
        if benefit.most_performances is not None and here <= 0 and len(elsewhere) >= benefit.most_performances:
            return 0
        return int(max(0, benefit.most_tickets - (here if benefit.tickets_per == "PERFORMANCE" else sum(used.values()))))

    def works(self, benefit_id: UUID, place: Any, at: datetime) -> bool:
        """Whether a benefit may be used there now or once the sale starts, if anything is left of it."""
        benefit, dated = self.one("benefits", benefit_id), place.id in {p.id for p in self.rows["performances"]}
        column, prices = ("performance_id", "prices") if dated else ("product_id", "product_prices")
        coupled = any(c.flag_id == benefit.flag_id and c[column] == place.id for c in self.rows["couplings"])
        priced = any(p[column] == place.id and p.ticket_type_id == benefit.ticket_type_id for p in self.rows[prices])
        ends = [at for at in (place.sale_ends_at, place.starts_at if dated else None) if at is not None]
        return coupled and priced and all(at < end for end in ends)

    def stands(self, assignment: Any, at: datetime) -> bool:
        """Whether an assignment stands at a time."""
        if assignment.ended_at is not None:
            return False
        return assignment.expires_on is None or at.astimezone(self.zone).date() <= assignment.expires_on

    def _used(self, assignment: UUID, benefit: UUID) -> dict[UUID, int]:
        used: dict[UUID, int] = {}
        for line in self.lines(assignment_id=assignment, benefit_id=benefit):
            where = line.performance_id or line.product_id
            used[where] = used.get(where, 0) + self._left(line)
        return used

    def net(self, **conditions: Any) -> int:
        """How many tickets of such lines stand, less what was paid back of them."""
        return sum(self._left(line) for line in self.lines(**conditions))

    def lines(self, customer: UUID | None = None, **conditions: Any) -> list[Any]:
        """The lines that stand, in orders that stand."""
        found = []
        for line in self.rows["ticket_lines"]:
            order = self.one("orders", line.order_id)
            if line.state not in STANDS or order.state not in ("RESERVED", "CONFIRMED") or line.refund_of is not None:
                continue
            if order.state == "RESERVED" and order.expires_at is not None and order.expires_at <= datetime.now(UTC):
                continue
            if customer is not None and order.customer_id != customer:
                continue
            if all(line[column] == value for column, value in conditions.items()):
                found.append(line)
        return found

    def _left(self, line: Any) -> int:
        back = [r.quantity for r in self.rows["ticket_lines"] if r.refund_of == line.id and r.state in STANDS]
        return int(line.quantity + sum(back))


class _Question:
    def __init__(self, house: House, place: UUID, customer: UUID | None, at: datetime, campaign: UUID | None) -> None:
        self.house, self.customer, self.at, self.campaign = house, customer, at, campaign
        found = [r for r in house.rows["performances"] if r.id == place]
        self.dated = bool(found)
        self.place = found[0] if found else house.one("products", place)
        self.column = "performance_id" if found else "product_id"
        self.groups = [a for a in house.rows["assignments"] if a.customer_id == customer and house.stands(a, at)]

    def answer(self) -> dict[UUID, Told]:
        prices = [p for p in self.house.rows["prices" if self.dated else "product_prices"] if p[self.column] == self.place.id]
        return {
            each: self._told(each, [p for p in prices if p.ticket_type_id == each]) for each in {p.ticket_type_id for p in prices}
        }

    def _told(self, ticket_type: UUID, prices: list[Any]) -> Told:
        ways = self._ways(ticket_type)
        good = [w for w in ways if w.left != 0 and (w.ends_at is None or w.ends_at > self.at)]
        starts = [w.starts_at for w in good]
        earliest = None if None in starts or not starts else min(starts)
        open_now = [w for w in good if w.starts_at is None or w.starts_at <= self.at]
        by = open_now
        if not open_now and good:  # what it will be like when the sale starts
            by = [w for w in good if w.starts_at is not None and earliest is not None and w.starts_at <= earliest]
            by = [w for w in by if w.ends_at is None or w.ends_at > earliest]
        most = (
            0
            if not by
            else self._smaller(self._place_limit(), None if any(w.left is None for w in by) else max(w.left for w in by))
        )
        shown = tuple(sorted(self._price(p, by, most) for p in prices))
        sold_now = self._on_sale() and bool(open_now)
        return Told(ticket_type, bool(ways), sold_now and most != 0, earliest, most if sold_now else 0, shown)

    def _on_sale(self) -> bool:
        if self.place.status != "ON_SALE":
            return False
        if self.place.sale_ends_at is not None and self.at >= self.place.sale_ends_at:
            return False
        return not (self.dated and self.place.starts_at is not None and self.at >= self.place.starts_at)

    def _ways(self, ticket_type: UUID) -> list[Way]:
        house, place, ways = self.house, self.place, []
        if not house.one("ticket_types", ticket_type).restricted:
            ways.append(Way("everybody", None, place.sale_starts_at, None, None))
            for terms in self._terms():
                if terms.sale_starts_at is not None:
                    ways.append(Way("pool", terms, terms.sale_starts_at, None, self._allotment_left(terms)))
        for assignment in self.groups:
            if assignment.flag_id is None or house.one("flags", assignment.flag_id).archived_at is not None:
                continue
            couplings = [c for c in house.rows["couplings"] if c.flag_id == assignment.flag_id and c[self.column] == place.id]
            for benefit in house.rows["benefits"]:
                mine = benefit.flag_id == assignment.flag_id and benefit.ticket_type_id == ticket_type
                if mine and benefit.archived_at is None and couplings:
                    own = [
                        s.sale_starts_at
                        for s in house.rows["coupling_starts"]
                        if s.coupling_id == couplings[0].id and s.benefit_id == benefit.id
                    ]
                    start = own[0] if own else place.sale_starts_at
                    ways.append(Way("benefit", benefit, start, None, house.left_at(assignment.id, benefit.id, place.id)))
        for link in self._links():
            given = [d for d in house.rows["discounts"] if d.campaign_link_id == link.id and d.ticket_type_id == ticket_type]
            if given:
                ways.append(Way("campaign", link, link.starts_at or place.sale_starts_at, link.ends_at, self._link_left(link)))
        return ways

    def _terms(self) -> list[Any]:
        pools = [a.pool_id for a in self.groups if a.pool_id and self.house.one("pools", a.pool_id).archived_at is None]
        found = []
        for terms in self.house.rows["pool_terms"]:
            where = (terms.performance_id, terms.production_id, terms.product_id)
            fits = where == (None, None, None) or self.place.id in (terms.performance_id, terms.product_id)
            if self.dated and terms.production_id == self.place.production_id:
                fits = True
            if terms.pool_id in pools and fits:
                found.append(terms)
        return found

    def _allotment_left(self, terms: Any) -> int | None:
        if terms.allotment is None:
            return None
        return max(0, terms.allotment - self.house.net(pool_id=terms.pool_id, **{self.column: self.place.id}))

    def _links(self) -> list[Any]:
        flags = {a.flag_id for a in self.groups if a.flag_id}
        found = []
        for link in self.house.rows["campaign_links"]:
            if link.archived_at is not None:
                continue
            for_it = self.place.id in [*link.performance_ids, *link.product_ids]
            if self.dated and self.place.production_id in link.production_ids:
                for_it = True
            personal = self._personal(link) is not None
            flagged = bool(flags & set(link.flag_ids))
            let_in = {
                "PERSONAL": personal,
                "FLAGGED": flagged,
                "ANYONE": link.id == self.campaign or personal or flagged,
            }[link.access]
            if for_it and let_in:
                found.append(link)
        return found

    def _personal(self, link: Any) -> Any:
        for each in self.house.rows["personal_links"]:
            if each.campaign_link_id == link.id and each.customer_id == self.customer and each.revoked_at is None:
                return each
        return None

    def _link_left(self, link: Any) -> int | None:
        left = []
        if link.most is not None:
            left.append(link.most - self.house.net(campaign_link_id=link.id))
        if link.most_per_customer is not None:
            mine = self.house.net(campaign_link_id=link.id, customer=self.customer) if self.customer else 0
            left.append(link.most_per_customer - mine)
        personal = self._personal(link)
        if personal is not None and personal.most is not None:
            left.append(personal.most - self.house.net(personal_link_id=personal.id))
        return max(0, min(left)) if left else None

    def _place_limit(self) -> int | None:
        limit = None
        quotas = [t for t in self._terms() if t.most is not None and self._allotment_left(t) != 0]
        own = [t.most for t in quotas if t.most_per == "CUSTOMER"]
        mine = max(own) if own else (self.place.max_per_customer if self.dated else None)
        if mine is not None:
            bought = self.house.net(customer=self.customer, **{self.column: self.place.id}) if self.customer else 0
            limit = max(0, mine - bought)
        once = [t.most for t in quotas if t.most_per == "ORDER"]
        limit = self._smaller(limit, max(once) if once else (self.place.max_per_order if self.dated else None))
        if self.dated and self.place.capacity is not None:
            sold = self.house.net(performance_id=self.place.id)
            limit = self._smaller(limit, max(0, self.place.capacity - sold))
        return limit

    def _price(self, price: Any, by: list[Way], most: int | None) -> tuple[str, int, int, int | None]:
        found: list[tuple[int, int, int, int | None]] = [(price.amount, 0, 0, None)]
        for d in self.house.rows["discounts"]:
            if d.ticket_type_id not in (None, price.ticket_type_id):
                continue
            for terms in self._terms():
                left = self._allotment_left(terms)
                elsewhere = bool(by) and all(
                    w.what == "pool" and w.left is not None and w.row.pool_id != terms.pool_id for w in by
                )
                if d.pool_terms_id == terms.id and left != 0 and (left is None or not elsewhere):
                    found.append((self._less(price.amount, d), 1, terms.id.int, left))
            for way in by:
                if way.what == "campaign" and d.campaign_link_id == way.row.id and d.ticket_type_id == price.ticket_type_id:
                    found.append((self._less(price.amount, d), 2, way.row.id.int, way.left))
        best = min(found, key=lambda f: f[:3])
        return price.price_level, best[0], price.amount, self._smaller(most, best[3])

    @staticmethod
    def _less(amount: int, d: Any) -> int:
        if d.price is not None:
            return int(d.price)
        if d.amount is not None:
            return int(max(0, amount - d.amount))
        if d.basis_points is not None:
            return floor(Fraction(amount) * (1 - Fraction(d.basis_points, 10_000)) + Fraction(1, 2))
        return amount

    @staticmethod
    def _smaller(one: int | None, other: int | None) -> int | None:
        return other if one is None else one if other is None else min(one, other)
