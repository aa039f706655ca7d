"""Flags that customers get by buying: given and taken in the transaction of each order, and by night."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jobs.flags import evaluate_rule, evaluate_venue
from tenants import assignments, facts, orders, tenancy
from tenants.assignments import TODAY, Assignment, Cause, give, take
from tenants.attributes import Attribute
from tenants.flag_rules.records import FlagRule
from tenants.flags import Flag
from tenants.performances import Performance
from tenants.pools import Pool
from tenants.sql import sql
from tenants.syncs import Sync
from tests.builders import make_venue
from tests.tenants.test_upserts import write

NOW = datetime.now(UTC)


async def a_house(**flag: Any) -> Any:
    """A venue with two performances, two customers, and a flag for whoever buys anything; rules differ in each test."""
    venue = await make_venue()
    await write(venue, "performances", *({"external_id": f"p{n}", "production": f"x{n}"} for n in (1, 2)), create_missing=True)
    await write(venue, "customers", {"external_id": "kari"}, {"external_id": "ola"})
    async with tenancy.scope(venue.id):
        await Flag.create(name="VIP", abbreviation="VIP", **flag)
    return venue


async def rule(venue: Any, **given: Any) -> Any:
    async with tenancy.scope(venue.id):
        (flag,) = await Flag.rows(sql("true"))
        ids = {}
        for table, column in (("performances", "performance_ids"), ("products", "product_ids")):
            if wanted := given.pop(table, None):
                known = "select id from {t} where tenant_id = {venue} and external_id = any({e}::text[]) order by external_id"
                found = sql(known, t=sql(table), e=wanted)
                ids[column] = [row.id for row in await tenancy.fetch(found)]
        return await FlagRule.create(flag_id=flag.id, **{"revoke_on_refund": True, **ids, **given})


async def buy(venue: Any, line: str, customer: str = "kari", what: str = "p1", **given: Any) -> None:
    sale = {"external_id": line, "order": f"o-{line}", "customer": customer, "channel": "ONLINE", "ordered_at": NOW}
    await write(venue, "sales", {**sale, "performance": what, "price": Decimal(450), **given})


async def flagged(venue: Any) -> dict[str, Any]:
    """Who has the flag today, and by which lines."""
    found = sql(
        """
        select k.external_id as customer, array(select l.external_id from assignment_causes c
            join ticket_lines l on l.tenant_id = {venue} and l.id = any(c.line_ids)
            where c.tenant_id = {venue} and c.assignment_id = a.id and c.ended_at is null order by 1) as lines
        from assignments a join customers k on k.tenant_id = {venue} and k.id = a.customer_id
        where a.tenant_id = {venue} and {standing}
        """,
        standing=assignments.standing("a", TODAY),
    )
    async with tenancy.scope(venue.id):
        return {row.customer: row.lines for row in await tenancy.fetch(found)}


async def test_who_buys_gets_the_flag_and_who_is_paid_back_loses_it():
    venue = await a_house()
    await rule(venue, performances=["p1"], minimum=2)

    await buy(venue, "l1")
    await buy(venue, "l2", "ola", quantity=2)
    assert await flagged(venue) == {"ola": ["l2"]}
    await buy(venue, "l3")
    assert await flagged(venue) == {"kari": ["l1", "l3"], "ola": ["l2"]}
    await buy(venue, "l4", quantity=-1)
    await buy(venue, "l5", "ola", what="p2", quantity=-2)
    assert await flagged(venue) == {"ola": ["l2"]}
    async with tenancy.scope(venue.id):
        rows = await Assignment.rows(sql("true"), tail=sql("order by t.ended_at"))
    assert [(a.end_reason, a.source) for a in rows] == [("REFUNDED", "RULE"), (None, "RULE")]


async def test_an_order_that_changes_hands_or_is_deleted_takes_the_flag_along():
    venue = await a_house()
    await rule(venue)

    await buy(venue, "l1")
    await buy(venue, "l1", "ola")
    assert await flagged(venue) == {"ola": ["l1"]}
    async with tenancy.scope(venue.id):
        (order,) = await orders.Order.rows(sql("true"))
        await orders.delete(order.id)
    assert await flagged(venue) == {}


async def test_a_removal_by_hand_holds_until_something_is_bought_after_it():
    venue = await a_house()
    await rule(venue)
    await buy(venue, "l1")
    async with tenancy.scope(venue.id):
        (given,) = await Assignment.rows(sql("true"))
        await take("flag", given.flag_id, [given.customer_id], "REMOVED")

    await buy(venue, "l1", quantity=2)
    await evaluate_venue(venue.id)
    assert await flagged(venue) == {}
    await buy(venue, "l2")
    assert await flagged(venue) == {"kari": ["l1", "l2"]}


async def test_a_flag_that_was_given_by_hand_too_stays_when_the_tickets_are_paid_back():
    venue = await a_house()
    await rule(venue)
    await buy(venue, "l1")
    async with tenancy.scope(venue.id):
        (given,) = await Assignment.rows(sql("true"))
        await give("flag", given.flag_id, [given.customer_id], Cause("MANUAL"))
    await buy(venue, "l2", quantity=-1)

    assert await flagged(venue) == {"kari": []}


async def test_a_flag_of_a_membership_ends_with_the_membership_and_is_renewed_with_it():
    venue = await a_house()
    today = NOW.astimezone(ZoneInfo("Europe/Oslo")).date()
    friend = {"external_id": "friend", "name": "Friend", "kind": "MEMBERSHIP"}
    await write(venue, "products", {**friend, "ends_on": today + timedelta(days=9)})
    await rule(venue, products=["friend"])
    await rule(venue, performances=["p1"])

    async def until() -> list[Any]:
        async with tenancy.scope(venue.id):
            rows = await Assignment.rows(sql("true"), tail=sql("order by t.id"))
        return [(row.source, row.expires_on, row.end_reason) for row in rows]

    await buy(venue, "m1", what=None, product="friend")
    assert await until() == [("MEMBERSHIP", today + timedelta(days=9), None)]
    await write(venue, "products", {**friend, "ends_on": today + timedelta(days=5)})
    assert await until() == [("MEMBERSHIP", today + timedelta(days=5), None)]
    await buy(venue, "l1")
    assert await until() == [("MEMBERSHIP", None, None)]
    await buy(venue, "l2", quantity=-1)
    assert await until() == [("MEMBERSHIP", today + timedelta(days=5), None)]

    async with tenancy.scope(venue.id):
        await tenancy.execute(sql("update ticket_lines set created_at = now() - interval '3 days' where tenant_id = {venue}"))
    await write(venue, "products", {**friend, "ends_on": today - timedelta(days=1)})
    assert await flagged(venue) == {}
    await evaluate_venue(venue.id)
    assert await until() == [("MEMBERSHIP", today - timedelta(days=1), "EXPIRED")]
    await write(venue, "products", {**friend, "ends_on": today + timedelta(days=30)})
    await evaluate_venue(venue.id)
    assert await flagged(venue) == {}
    await buy(venue, "m2", what=None, product="friend")
    assert (await until())[1:] == [("MEMBERSHIP", today + timedelta(days=30), None)]


async def test_a_rule_that_is_written_is_asked_of_everybody_and_one_that_is_ended_gives_nothing_more(monkeypatch: Any):
    monkeypatch.setattr(facts, "AT_ONCE", 1)
    venue = await a_house()
    await buy(venue, "l1")
    await buy(venue, "l2", "ola", what="p2")
    made = await rule(venue, performances=["p1", "p2"], revoke_on_refund=False)
    assert await flagged(venue) == {}
    await evaluate_rule(venue.id, made.id)
    assert await flagged(venue) == {"kari": ["l1"], "ola": ["l2"]}

    async with tenancy.scope(venue.id):
        await FlagRule.filter(id=made.id).update(performance_ids=made.performance_ids[:1])
    await evaluate_venue(venue.id)
    assert await flagged(venue) == {"kari": ["l1"], "ola": ["l2"]}
    await evaluate_rule(venue.id, made.id)
    assert await flagged(venue) == {"kari": ["l1"]}
    async with tenancy.scope(venue.id):
        await FlagRule.filter(id=made.id).update(archived_at=NOW)
    await evaluate_rule(venue.id, made.id)
    assert await flagged(venue) == {}
    async with tenancy.scope(venue.id):
        assert {row.end_reason for row in await Assignment.rows(sql("true"))} == {"RULE"}


async def test_a_pool_of_a_performance_holds_whoever_has_tickets_and_its_attribute_follows():
    venue = await a_house()
    async with tenancy.scope(venue.id):
        (p1,) = await Performance.rows(sql("t.external_id = 'p1'"))
        pool = await Pool.create(name="Premiere", number=1, kind="EVENT", performance_id=p1.id)
        attribute = await Attribute.create(name="At the premiere")
        await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=False, reconcile="POOL_WINS")
    await buy(venue, "l1", quantity=2)
    await buy(venue, "l2", "ola", what="p2")

    async def members() -> list[Any]:
        standing = sql("t.ended_at is null")
        async with tenancy.scope(venue.id):
            return [(a.pool_id or a.attribute_id, a.source) for a in await Assignment.rows(standing, tail=sql("order by t.id"))]

    assert await members() == [(pool.id, "EVENT"), (attribute.id, "SYNC")]
    await buy(venue, "l3", quantity=-1)
    assert len(await members()) == 2
    await buy(venue, "l4", quantity=-1)
    assert await members() == []
