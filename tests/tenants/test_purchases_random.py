"""Random purchases in random venues: what the oracle allows is sold, nothing else, and a basket is its lines one by one."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tenants import tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.orders import Order, TicketLine
from tenants.purchases import committing, giving_back, reserving
from tenants.purchases.choice import StaffPurchaseLine
from tenants.sql import sql
from tests.builders import make_venue
from tests.buying import broken
from tests.tenants.eligibility import worlds
from tests.tenants.eligibility.oracle import House

SEEDS, STEPS = 8, 40
# So that much is sold: nothing is archived or over, there is more of everything, and no order is limited by itself, for what is
# bought one by one is several orders.
GENEROUS = [
    *(
        f"update {each} set archived_at = null where tenant_id = {{venue}}"
        for each in "flags benefits pools campaign_links".split()
    ),
    "update assignments set expires_on = null, ended_at = null, end_reason = null where tenant_id = {venue}",
    "update ticket_types set restricted = false where tenant_id = {venue} and position = 0 and name < 'Type 4'",
    """update campaign_links set ends_at = null, most = most * 4, most_per_customer = most_per_customer * 3
       where tenant_id = {venue}""",
    """update pool_terms set most = most + 4, most_per = 'CUSTOMER', allotment = least(allotment, 2) + 2, sale_starts_at = null
       where tenant_id = {venue}""",
    """update performances set status = 'ON_SALE', sale_ends_at = null, starts_at = now() + interval '9 days',
       capacity = capacity + 12, max_per_customer = least(max_per_customer, 3), sale_starts_at = null, max_per_order = null
       where tenant_id = {venue}""",
    "delete from orders where tenant_id = {venue}",
]
LOWERED = [
    "update benefits set most_tickets = {most} where tenant_id = {venue}",
    "update campaign_links set most = {most} where tenant_id = {venue}",
    "update pool_terms set allotment = {most} where tenant_id = {venue} and allotment is not null",
    "update performances set capacity = {most} * 5 where tenant_id = {venue}",
]
BOUGHT = """
select performance_id, product_id, ticket_type_id, quantity, price, benefit_id, assignment_id, pool_id, campaign_link_id
from ticket_lines where tenant_id = {venue} and order_id = {order} order by id
"""


class Undone(Exception):
    """Nothing of it is kept."""


def said(refusal: Refusal) -> str:
    """Of which line, and why."""
    return " ".join([*refusal.field[1:2], refusal.code])


class Walk:
    """One venue and what was held and sold there so far."""

    def __init__(self, seed: int, venue: Any, made: worlds.Made) -> None:
        self.chance, self.venue, self.made = Random(seed), venue, made
        self.held: list[UUID] = []
        self.sold: list[UUID] = []
        self.seen: Counter[str] = Counter()

    async def step(self) -> None:
        async with tenancy.scope(self.venue.id, readonly=True):
            self.house = await House.read(self.venue.time_zone)
        self.customer, self.campaign = self.chance.choice(self.made.customers), self.chance.choice(self.made.campaigns)
        ways = [self.one, self.basket, self.commit, self.give_up, self.refund, self.sold_elsewhere, self.lower]
        way = self.chance.choices(ways, weights=[8, 8, 3, 2, 1, 1, 1])[0]
        await way()
        self.seen[way.__name__] += 1

    def line(self, *, named: bool) -> StaffPurchaseLine | None:
        kind, place = self.chance.choice(self.made.places)
        table, column = ("prices", "performance_id") if kind == "PERFORMANCE" else ("product_prices", "product_id")
        prices = [price for price in self.house.rows[table] if price[column] == place]
        sellable = [price for price in prices if self.told(place, price.ticket_type_id).sellable]
        if named and self.chance.random() < 0.9:
            prices = sellable
        if not prices:
            return None
        price, right = self.chance.choice(prices), {}
        if named and self.chance.random() < 0.3:
            table, name = self.chance.choice(
                [("pools", "pool_id"), ("campaign_links", "campaign_link_id"), ("benefits", "benefit_id")]
            )
            right = {name: self.chance.choice(self.house.rows[table]).id} if self.house.rows[table] else {}
        quantity = self.chance.choice([1, 1, 2, 2, 3, 4])
        return StaffPurchaseLine(price.ticket_type_id, quantity, price_level=price.price_level, **{column: place}, **right)

    def told(self, place: UUID, ticket_type: UUID) -> Any:
        return self.house.tell(place, self.customer, datetime.now(UTC), self.campaign)[ticket_type]

    async def reserve(self, lines: list[StaffPurchaseLine]) -> tuple[UUID, list[Any]]:
        order = await reserving.reserve(lines, customer=self.customer, channel="ONLINE", currency="NOK", campaign=self.campaign)
        return order.id, [tuple(row) for row in await tenancy.fetch(sql(BOUGHT, order=order.id))]

    async def bought(self, lines: list[StaffPurchaseLine]) -> list[Any] | str:
        """What was bought, or why it was not."""
        try:
            async with tenancy.scope(self.venue.id):
                order, bought = await self.reserve(lines)
        except Refusal as refusal:
            return said(refusal)
        self.held.append(order)
        self.seen["bought"] += 1
        return bought

    async def one(self) -> None:
        if line := self.line(named=False):
            told = self.told(line.place[1], line.ticket_type_id)
            (price,) = [price for price in told.prices if price[0] == line.price_level]
            may = told.sellable and (price[3] is None or line.quantity <= price[3])
            bought = await self.bought([line])
            assert (not isinstance(bought, str)) == may, (line, told, bought)
            assert isinstance(bought, str) or bought[0][4] == price[1], (line, told, bought)

    async def basket(self) -> None:
        lines = [line for _ in range(self.chance.choice([2, 2, 3, 4])) if (line := self.line(named=True))]
        if not lines or self.customer is None:  # orders of nobody known are nobody's together
            return
        alone: list[Any] | str = []
        number = -1
        try:
            async with tenancy.scope(self.venue.id):
                for line in lines:
                    number += 1
                    alone += (await self.reserve([line]))[1]
                raise Undone
        except Undone:
            self.seen["baskets bought"] += 1
        except Refusal as refusal:
            alone = f"{number} {refusal.code}"
        assert await self.bought(lines) == alone, lines

    async def commit(self) -> None:
        if self.held:
            async with tenancy.scope(self.venue.id):
                order = await committing.commit(self.held.pop(), "paid")
            assert order.state == "CONFIRMED"
            self.sold.append(order.id)

    async def give_up(self) -> None:
        """By its buyer, or by the clock."""
        if self.held:
            order, late = self.held.pop(), "update orders set expires_at = now() where tenant_id = {venue} and id = {order}"
            async with tenancy.scope(self.venue.id):
                if self.chance.random() < 0.5:
                    await giving_back.release(order)
                else:
                    await tenancy.execute(sql(late, order=order))

    async def refund(self) -> None:
        async with tenancy.scope(self.venue.id):
            lines = [line for line in await TicketLine.all() if line.order_id in self.sold and line.quantity > line.given_back]
            if lines:
                line = self.chance.choice(lines)
                where = {"performance_id": line.performance_id, "product_id": line.product_id}
                given = {"quantity": -1, "price": 100, "amount": -100, "refund_of": line.id}
                await TicketLine.create(id=new_id(), order_id=line.order_id, **where, **given)

    async def sold_elsewhere(self) -> None:
        kind, place = self.chance.choice(self.made.places)
        pools, links = ([row.id for row in self.house.rows[table]] for table in ("pools", "campaign_links"))
        right = self.chance.choice([{}, {"pool_id": self.chance.choice(pools)}, {"campaign_link_id": self.chance.choice(links)}])
        where = {"performance_id" if kind == "PERFORMANCE" else "product_id": place}
        async with tenancy.scope(self.venue.id):
            order = await Order.create(customer_id=self.customer, channel="PARTNER", currency="NOK", ordered_at=datetime.now(UTC))
            await TicketLine.create(order_id=order.id, price=100, amount=200, quantity=2, **where, **right)

    async def lower(self) -> None:
        async with tenancy.scope(self.venue.id):
            await tenancy.execute(sql(self.chance.choice(LOWERED), most=self.chance.choice([1, 3, 10])))


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_what_may_be_bought_is_sold_and_nothing_else(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worlds, "NOW", datetime.now(UTC))
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        made = await worlds.Maker(seed).world()
        for text in GENEROUS:
            await tenancy.execute(sql(text))
    walk = Walk(seed, venue, made)
    for _ in range(STEPS):
        await walk.step()
        assert await broken(venue) == {}, walk.seen
    print(f"\n{dict(walk.seen)}")
