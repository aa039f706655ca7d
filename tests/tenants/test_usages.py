"""What the database itself keeps: how much is taken of what many share, and that nothing reserved here goes beyond it."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from tenants import assignments, tenancy
from tenants.assignments import Assignment, Cause
from tenants.campaign_links import CampaignLink
from tenants.ids import new_id
from tenants.orders import Order, TicketLine
from tenants.personal_links import PersonalLink
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.sql import name, sql
from tenants.upserts.calls import upsert_orders
from tenants.upserts.shapes import OrderRow, TicketLineRow
from tests.builders import make_order, make_performance
from tests.buying import broken, rows, sold
from tests.premiere import a_house

NOW = datetime.now(UTC)


async def hold(house: Any, quantity: int, customer: Any = None, **right: Any) -> None:
    """What reserving writes, without asking anybody whether it may."""
    order = await Order.create(
        customer_id=customer and customer.id,
        channel="ONLINE",
        currency="NOK",
        ordered_at=NOW,
        state="RESERVED",
        expires_at=NOW + timedelta(minutes=10),
    )
    given = {"performance_id": house.premiere.id, "ticket_type_id": house.adult.id, "price": 1, "amount": quantity, **right}
    await TicketLine.create(order_id=order.id, quantity=quantity, state="RESERVED", **given)


async def rights(house: Any) -> dict[str, dict[str, Any]]:
    """Five of everything, as lines name it: seats, an allotment, a campaign, it for a customer and by a link, a benefit."""
    pool = await Pool.create(name="Members", number=1)
    await PoolTerms.create(pool_id=pool.id, allotment=5)
    link = await CampaignLink.create(name="All", access="ANYONE", most=5, performance_ids=[house.premiere.id])
    each = await CampaignLink.create(name="Each", access="ANYONE", most_per_customer=5, performance_ids=[house.premiere.id])
    own = await PersonalLink.create(campaign_link_id=each.id, customer_id=house.kari.id, most=5)
    held = (await Assignment.filter(customer_id=house.kari.id)).pop()
    house.benefit.most_tickets, house.benefit.tickets_per = 5, "TOTAL"
    await house.benefit.save()
    return {
        "sold_out": {},
        "allotment_used_up": {"performance_id": (await make_performance()).id, "pool_id": pool.id},
        "campaign_used_up": {"performance_id": (await make_performance()).id, "campaign_link_id": link.id},
        "by customer": {"performance_id": (await make_performance()).id, "campaign_link_id": each.id},
        "by link": {
            "performance_id": (await make_performance()).id,
            "campaign_link_id": each.id,
            "personal_link_id": own.id,
        },
        "benefit_used_up": {
            "performance_id": (await make_performance()).id,
            "benefit_id": house.benefit.id,
            "assignment_id": held.id,
        },
    }


WHAT = ["sold_out", "allotment_used_up", "campaign_used_up", "by customer", "by link", "benefit_used_up"]


@pytest.mark.parametrize("what", WHAT)
async def test_nothing_held_goes_beyond_a_limit_whoever_writes_it(what: str):
    house = await a_house(capacity=5)
    async with tenancy.scope(house.venue.id):
        right = (await rights(house))[what]
        await hold(house, 3, house.kari, **right)
    before = await sold(house.venue)
    code = what if what in ("sold_out", "allotment_used_up", "benefit_used_up") else "campaign_used_up"

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with tenancy.scope(house.venue.id):
            await _held_by_hand(house, 3, **right)
    assert refused.value.constraint_name == code
    assert await sold(house.venue) == before
    async with tenancy.scope(house.venue.id):
        await hold(house, 2, house.kari, **right)
    assert await broken(house.venue) == {}


async def _held_by_hand(house: Any, quantity: int, **right: Any) -> None:
    order, line = new_id(), new_id()
    given = {"performance_id": house.premiere.id, **right}
    columns = sql(", ".join(given))
    values = sql(", ".join(f"'{value}'::uuid" for value in given.values()))
    await tenancy.execute(
        sql(
            "insert into orders (tenant_id, id, customer_id, channel, currency, ordered_at, state, expires_at) "
            "values ({venue}, {order}, {kari}, 'ONLINE', 'NOK', now(), 'RESERVED', now() + interval '1 hour')",
            order=order,
            kari=house.kari.id,
        )
    )
    await tenancy.execute(
        sql(
            "insert into ticket_lines (tenant_id, id, order_id, quantity, price, amount, state, {columns}) "
            "values ({venue}, {line}, {order}, {quantity}, 1, 1, 'RESERVED', {values})",
            order=order,
            line=line,
            quantity=quantity,
            columns=columns,
            values=values,
        )
    )


@pytest.mark.parametrize("what", WHAT)
async def test_many_at_once_take_exactly_what_there_is(what: str):
    """Twelve of the same customer, each wanting one of five, with no question asked before."""
    house = await a_house(capacity=5)
    async with tenancy.scope(house.venue.id):
        right = (await rights(house))[what]

    async def one() -> bool:
        try:
            async with tenancy.scope(house.venue.id):
                await _held_by_hand(house, 1, **right)
        except asyncpg.CheckViolationError:
            return False
        return True

    assert sorted(await asyncio.gather(*(one() for _ in range(12)))) == [False] * 7 + [True] * 5
    assert await broken(house.venue) == {}


async def test_what_another_system_sold_is_kept_counted_and_told():
    house = await a_house(capacity=2, external_id="premiere")
    async with tenancy.scope(house.venue.id):
        house.benefit.external_id, house.benefit.most_tickets = "friends", 1
        await house.benefit.save()
        for customer, known_as in ((house.kari, "kari"), (house.ola, "ola")):
            customer.external_id = known_as
            await customer.save()
        lines = [("kari", "a", 1), ("kari", "b", 2), ("ola", "c", 1)]
        given = [
            OrderRow(
                external_id=number,
                customer=customer,
                channel="PARTNER",
                ordered_at=NOW,
                lines=[
                    TicketLineRow(
                        external_id=number, performance="premiere", quantity=quantity, price=Decimal(10), benefit="friends"
                    )
                ],
            )
            for customer, number, quantity in lines
        ]
        results = [(await upsert_orders([one], "REJECT_EVERYTHING"))[0] for one in given]
    assert [(r.status, [(path, p.code) for path, p in r.warnings]) for r in results] == [
        ("CREATED", []),
        ("CREATED", [(["lines", "0", "benefit"], "OVERSOLD"), (["lines", "0", "performance"], "OVERSOLD")]),
        ("CREATED", [(["lines", "0", "benefit"], "OVERSOLD"), (["lines", "0", "performance"], "OVERSOLD")]),
    ]
    assert await sold(house.venue) == [(4, 2, 2)]

    with pytest.raises(IntegrityError, match="sold_out"):
        async with tenancy.scope(house.venue.id):
            await hold(house, 1)
    async with tenancy.scope(house.venue.id):
        await tenancy.execute(sql("update orders set state = 'CANCELLED' where tenant_id = {venue} and external_id <> 'a'"))
    assert await sold(house.venue) == [(1, 2, None)]
    async with tenancy.scope(house.venue.id):
        await hold(house, 1)
    assert await broken(house.venue) == {}


async def test_what_is_paid_back_of_a_purchase_that_nobody_knows_makes_no_room():
    house = await a_house(capacity=2, external_id="premiere")

    async def sold_elsewhere(number: str, quantity: int, at: datetime) -> str:
        line = TicketLineRow(external_id=number, performance="premiere", quantity=quantity, price=Decimal(10))
        order = OrderRow(external_id=number, channel="PARTNER", ordered_at=at, lines=[line])
        async with tenancy.scope(house.venue.id):
            return (await upsert_orders([order], "REJECT_EVERYTHING"))[0].status

    assert await sold_elsewhere("refund", -1, NOW) == "CREATED"
    with pytest.raises(IntegrityError, match="sold_out"):
        async with tenancy.scope(house.venue.id):
            await hold(house, 3)
    async with tenancy.scope(house.venue.id):
        await hold(house, 2)
    assert await sold(house.venue) == [(2, 2, None)]

    assert await sold_elsewhere("its purchase", 1, NOW - timedelta(days=1)) == "CREATED"  # paid back already: it takes nothing
    assert await sold(house.venue) == [(2, 2, None)]
    assert await broken(house.venue) == {}


async def test_a_limit_that_is_lowered_takes_nothing_back_and_lets_nobody_in():
    house = await a_house(capacity=5)
    async with tenancy.scope(house.venue.id):
        await hold(house, 4)
        house.premiere.capacity = 3
        await house.premiere.save()
    with pytest.raises(IntegrityError, match="sold_out"):
        async with tenancy.scope(house.venue.id):
            await hold(house, 1)
    async with tenancy.scope(house.venue.id):
        await tenancy.execute(sql("update ticket_lines set quantity = 3 where tenant_id = {venue}"))
    assert await sold(house.venue) == [(3, 3, None)]


@pytest.mark.parametrize("seed", range(6))
async def test_however_lines_are_written_the_counters_say_what_they_take(seed: int):
    """Random inserts, updates and deletes of many lines at once, refunds among them, orders that fall and stand up again."""
    random, house = Random(seed), await a_house(capacity=10)
    async with tenancy.scope(house.venue.id):
        ways = [*(await rights(house)).values()]
        orders = [await make_order(random.choice([None, house.kari])) for _ in range(4)]
    for _ in range(12):
        async with tenancy.scope(house.venue.id):
            lines = await TicketLine.all()
            if not lines or random.random() < 0.4:
                given = {"performance_id": house.premiere.id, **random.choice(ways)}
                line = {"quantity": random.choice([1, 2, 3, -1]), "price": 1, "amount": 1, **given}
                many = [TicketLine(id=new_id(), order_id=random.choice(orders).id, **line) for _ in range(random.randint(1, 4))]
                await TicketLine.bulk_create(many)
            elif random.random() < 0.3:
                order = random.choice(orders)
                state = random.choice(["CONFIRMED", "RESERVED", "CANCELLED", "REFUNDED"])
                await Order.filter(id=order.id).update(state=state)
            elif random.random() < 0.3:
                purchase = random.choice([each for each in lines if each.refund_of is None])
                back = {"performance_id": purchase.performance_id, "price": 1, "amount": -1, "refund_of": purchase.id}
                await TicketLine.create(order_id=random.choice(orders).id, quantity=-1, **back)
            elif random.random() < 0.2:
                await TicketLine.filter(id=random.choice(lines).id).delete()
            else:
                column, value = random.choice(
                    [
                        ("state", random.choice(["VALID", "RESERVED", "CANCELLED", "COMPLIMENTARY", "REFUNDED"])),
                        ("quantity", random.choice([1, 2, 5])),
                        ("order_id", random.choice(orders).id),
                        ("performance_id", (await make_performance()).id),
                        ("pool_id", None),
                        ("refund_of", None),
                    ]
                )
                some = [each.id for each in random.sample(lines, random.randint(1, len(lines)))]
                await tenancy.execute(
                    sql(
                        "update ticket_lines set {column} = {value} where tenant_id = {venue} and id = any({some}::uuid[])",
                        column=name(column),
                        value=value,
                        some=some,
                    )
                )
        assert await broken(house.venue) == {}, (seed, await rows(house.venue, "select * from usages where tenant_id = {venue}"))


async def test_an_order_that_is_deleted_takes_nothing_any_more():
    house = await a_house(capacity=5)
    async with tenancy.scope(house.venue.id):
        await hold(house, 4, house.kari)
        await assignments.give("flag", house.flag.id, [house.ola.id], Cause("MANUAL"))
        await tenancy.execute(sql("delete from orders where tenant_id = {venue}"))
    assert await sold(house.venue) == [(0, 5, None)]
