"""Facts of customers, held to a plain Python reading of all orders and lines, after whatever happened to those."""

import asyncio
import random
from calendar import monthrange
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median_low
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from jobs.facts import refresh_venue
from tenants import facts, orders, tenancy, venues
from tenants.errors import Refusal, Unavailable
from tenants.facts import COLUMNS, NOTHING
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.recording import recorded
from tests.tenants.test_upserts import write

LINES = """
select o.id, o.customer_id, o.channel, o.state as order_state, o.ordered_at, l.state, l.quantity, l.amount, l.performance_id,
  p.starts_at, l.product_id, d.kind, d.months, d.ends_on, s.ends_on as season_ends_on
from orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
left join performances p on p.tenant_id = {venue} and p.id = l.performance_id
left join products d on d.tenant_id = {venue} and d.id = l.product_id
left join seasons s on s.tenant_id = {venue} and s.id = d.season_id
where o.tenant_id = {venue} and o.customer_id is not null
"""
CHANNELS = {"online_orders": "ONLINE", "box_office_orders": "BOX_OFFICE", "phone_orders": "PHONE", "partner_orders": "PARTNER"}


def summed_up(lines, zone):
    """What facts mean, the slow and obvious way: by customer, in the order of COLUMNS."""
    counted = [r for r in lines if r.order_state == "CONFIRMED" and r.state in ("VALID", "COMPLIMENTARY")]
    found = {}
    for customer in {r.customer_id for r in counted}:
        by_order, by_performance, by_product = defaultdict(list), defaultdict(int), defaultdict(list)
        for line in (r for r in counted if r.customer_id == customer):
            by_order[line.id].append(line)
            if line.product_id:
                by_product[line.product_id].append(line)
            else:
                by_performance[line.performance_id] += line.quantity
        bought = {i: own for i, own in by_order.items() if sum(line.quantity for line in own) > 0}
        leads = []
        for own in bought.values():
            dates = [line.starts_at.astimezone(zone).date() for line in own if line.quantity > 0 and line.starts_at]
            if dates:
                leads.append(max((min(dates) - own[0].ordered_at.astimezone(zone).date()).days, 0))
        times = [own[0].ordered_at for own in bought.values()]
        sizes = [sum(line.quantity for line in own if not line.product_id) for own in by_order.values()]
        found[customer] = {
            "spent": sum(line.amount for own in by_order.values() for line in own),
            "order_count": len(bought),
            "ticket_count": sum(sizes),
            "performance_count": sum(tickets > 0 for tickets in by_performance.values()),
            **{name: sum(own[0].channel == channel for own in bought.values()) for name, channel in CHANNELS.items()},
            "most_tickets": max([0, *sizes]),
            "first_ordered_at": min(times, default=None),
            "last_ordered_at": max(times, default=None),
            "shortest_lead_days": min(leads, default=None),
            "median_lead_days": median_low(leads) if leads else None,
            "longest_lead_days": max(leads, default=None),
            **held("SUBSCRIPTION", "subscription_count", "subscribed_until", by_product, zone),
            **held("MEMBERSHIP", "membership_count", "member_until", by_product, zone),
        }
    return found


def held(kind, count, until, by_product, zone):
    """How many of a kind of product are left, and the last day of the one that lasts longest."""
    left = [own for own in by_product.values() if own[0].kind == kind and sum(line.quantity for line in own) > 0]
    ends = [last_day(line, zone) for own in left for line in own if line.quantity > 0]
    return {count: sum(line.quantity for own in left for line in own), until: max(ends, default=None)}


def last_day(line, zone):
    ends = [line.ends_on or date.max, line.season_ends_on or date.max]
    if line.months:
        ordered = line.ordered_at.astimezone(zone).date()
        year, month = divmod(ordered.year * 12 + ordered.month - 1 + line.months, 12)
        ends.append(ordered.replace(year=year, month=month + 1, day=min(ordered.day, monthrange(year, month + 1)[1])))
    return min(ends)


def told(row):
    return {column: getattr(row, column) for column in COLUMNS}


async def kept(venue):
    """The facts in the table, without customers of whom there is nothing to tell."""
    async with tenancy.scope(venue.id):
        rows = await tenancy.fetch(sql("select * from customer_facts where tenant_id = {venue}"))
    return {row.customer_id: told(row) for row in rows if told(row) != told(NOTHING)}


async def expected(venue, zone="Europe/Oslo"):
    async with tenancy.scope(venue.id):
        lines = await tenancy.fetch(sql(LINES))
    return {c: f for c, f in summed_up(lines, ZoneInfo(zone)).items() if f != told(NOTHING)}


class Writer:
    """One of several programs that write sales of the same few customers, orders and performances."""

    def __init__(self, venue, seed):
        self.venue, self.chance = venue, random.Random(seed)

    async def steps(self, number):
        for _ in range(number):
            step = self.chance.choices([self.sell, self.move, self.delete], [12, 1, 2])[0]
            while True:
                try:
                    await step()
                    break
                except (asyncpg.DeadlockDetectedError, Unavailable):
                    continue  # the API answers SERVICE_UNAVAILABLE, and the client asks again

    async def sell(self):
        chance, lines = self.chance, []
        for order in {chance.randrange(30) for _ in range(chance.randint(1, 3))}:
            head = {
                "order": f"o{order}",
                "channel": chance.choice(list(CHANNELS.values())),
                "ordered_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(9000)),
                "order_state": chance.choices(list(orders.ORDER_STATES), [1, 8, 1, 1])[0],
                **({"customer": f"c{chance.randrange(6)}" if chance.random() < 0.9 else None} if chance.random() < 0.7 else {}),
            }
            for line in {chance.randrange(3) for _ in range(chance.randint(1, 3))}:
                lines.append(
                    {
                        **head,
                        "external_id": f"o{order}-{line}",
                        **self.something(),
                        "quantity": chance.choice([1, 2, 4, -1, -2]),
                        "price": Decimal(chance.choice([0, 450, 99])),
                        "line_state": chance.choices(list(orders.LINE_STATES), [1, 8, 1, 1, 1])[0],
                    }
                )
        await write(self.venue, "sales", *lines)

    def something(self):
        if self.chance.random() < 0.7:
            return {"performance": f"p{self.chance.randrange(5)}", "product": None}
        return {"performance": None, "product": self.chance.choice(["series", "friend", "patron"])}

    async def move(self):
        start = None if self.chance.random() < 0.2 else datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
        if start:
            start += timedelta(hours=self.chance.randrange(9000))
        await write(self.venue, "performances", {"external_id": f"p{self.chance.randrange(5)}", "starts_at": start})

    async def delete(self):
        async with tenancy.scope(self.venue.id):
            found = await orders.Order.rows(sql("t.external_id = {id}", id=f"o{self.chance.randrange(30)}"))
            if found:
                try:
                    await orders.delete(found[0].id)
                except Refusal as refusal:  # somebody else was faster
                    assert refusal.code == "NOT_FOUND"


@pytest.mark.parametrize("seed", range(4))
async def test_facts_are_right_after_whatever_several_writers_do(seed):
    venue = await make_venue()
    await write(venue, "performances", *({"external_id": f"p{n}", "production": "x"} for n in range(5)), create_missing=True)
    await write(venue, "customers", *({"external_id": f"c{n}"} for n in range(6)))
    await write(
        venue,
        "products",
        {"external_id": "series", "name": "Series A", "kind": "SUBSCRIPTION", "ends_on": date(2026, 9, 1)},
        {"external_id": "friend", "name": "Friend", "kind": "MEMBERSHIP", "months": 12},
        {"external_id": "patron", "name": "Patron", "kind": "MEMBERSHIP"},
    )
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(Writer(venue, seed * 10 + number).steps(25))

    found = await kept(venue)
    assert len(found) >= 4
    assert found == await expected(venue)


async def test_a_plan_changes_no_fact_and_the_same_sales_again_cost_no_summing_up():
    venue = await make_venue()
    sale = {
        "external_id": "l1", "order": "o1", "customer": "c1", "performance": "p1", "price": Decimal(450), "quantity": 2,
        "channel": "ONLINE", "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }  # fmt: skip
    await write(venue, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
    await write(venue, "sales", sale, create_missing=True, dry=True)
    assert await kept(venue) == {}
    await write(venue, "sales", sale, create_missing=True)
    assert [f["spent"] for f in (await kept(venue)).values()] == [90_000]

    with recorded() as sent:
        await write(venue, "sales", sale)
        await write(venue, "performances", {"external_id": "p1", "name": "Premiere"})
    assert not [s.query for s in sent if "customer_facts" in s.query or "pg_advisory" in s.query]


async def test_an_order_that_changes_hands_changes_the_facts_of_both():
    venue = await make_venue()
    await write(venue, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
    await write(venue, "customers", {"external_id": "anna"}, {"external_id": "berit"})
    sale = {
        "external_id": "l1", "order": "o1", "customer": "anna", "performance": "p1", "price": Decimal(450),
        "channel": "ONLINE", "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }  # fmt: skip
    await write(venue, "sales", sale)
    await write(venue, "sales", {**sale, "customer": "berit"})
    found = await kept(venue)
    assert found == await expected(venue)
    assert [f["order_count"] for f in found.values()] == [1]


async def test_a_ticket_that_is_moved_to_another_order_changes_the_facts_of_both_customers():
    venue = await make_venue()
    await write(venue, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
    await write(venue, "customers", {"external_id": "anna"}, {"external_id": "berit"})
    sale = {
        "external_id": "l1", "order": "o1", "customer": "anna", "performance": "p1", "price": Decimal(450),
        "channel": "ONLINE", "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }  # fmt: skip
    await write(venue, "sales", sale)
    assert await write(venue, "sales", {**sale, "order": "o2", "customer": "berit"}) == [("UPDATED", [])]
    found = await kept(venue)
    assert found == await expected(venue)
    assert [f["order_count"] for f in found.values()] == [1]


async def test_staff_of_an_organisation_are_told_of_their_own_sales_only():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=n) for n in ("Theatre", "Cinema")]
        play = await make_performance(organisation_ids=[theatre.id])
        film = await make_performance(organisation_ids=[cinema.id])
        anna, berit = await make_customer(), await make_customer()
        order = await make_order(anna)
        await make_line(order, play, quantity=2, amount=90_000)
        await make_line(order, film, quantity=1, amount=15_000)
        await facts.refresh([anna.id, berit.id])
        whole = await facts.of([anna.id, berit.id])
    async with tenancy.scope(venue.id, organisations=frozenset([cinema.id])):
        theirs = await facts.of([anna.id, berit.id])

    assert [(f.spent, f.ticket_count, f.performance_count) for f in (whole[anna.id], theirs[anna.id])] == [
        (105_000, 3, 2),
        (15_000, 1, 1),
    ]
    assert told(whole[berit.id]) == told(theirs[berit.id]) == told(NOTHING)


async def test_facts_that_were_lost_are_there_again_after_the_nightly_walk(monkeypatch, caplog):
    monkeypatch.setattr(facts, "AT_ONCE", 2)
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
        for _ in range(5):
            await make_line(await make_order(await make_customer()), performance)
    assert await kept(venue) == {}

    await refresh_venue(venue.id)
    assert await kept(venue) == await expected(venue)
    assert [r.getMessage() for r in caplog.records] == [f"facts of 5 customers of venue {venue.id} were not up to date"]
    caplog.clear()
    await refresh_venue(venue.id)
    assert caplog.records == []


async def test_another_clock_means_other_days_between_order_and_performance():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        late = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
        customer = await make_customer()
        order = await make_order(customer, ordered_at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
        await make_line(order, await make_performance(starts_at=late))
        await facts.refresh([customer.id])
    before = (await kept(venue))[customer.id]["shortest_lead_days"]
    async with tenancy.scope(venue.id) as here:
        await venues.update(venues.VenueUpdate(time_zone="Pacific/Auckland"))
        assert [note.job for note in here.notes] == ["facts.refresh_venue"]
    await refresh_venue(venue.id)

    assert (before, (await kept(venue))[customer.id]["shortest_lead_days"]) == (1, 0)
    assert await kept(venue) == await expected(venue, "Pacific/Auckland")
