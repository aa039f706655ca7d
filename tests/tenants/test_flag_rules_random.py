"""Flags by rule, held to a plain Python reading of all orders after whatever happens, by day and by night, one after the other
and at once."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from jobs.flags import evaluate_rule, evaluate_venue
from tenants import assignments, orders, tenancy
from tenants.assignments import TODAY, Cause, give, take
from tenants.errors import Refusal, Unavailable
from tenants.flag_rules.records import MEASURES, FlagRule
from tenants.flags import Flag
from tenants.performances import Performance
from tenants.pools import Pool
from tenants.sql import sql
from tests.builders import make_venue
from tests.tenants.flag_oracle import LINES, Oracle, counts, today
from tests.tenants.test_upserts import write

STEPS = 30
STATES = ["VALID", "VALID", "VALID", "VALID", "COMPLIMENTARY", "REFUNDED", "CANCELLED", "RESERVED"]
MOVED = {
    "orders": "ordered_at = ordered_at - {by}",
    "ticket_lines": "created_at = created_at - {by}",
    "assignments": "assigned_at = assigned_at - {by}, ended_at = ended_at - {by}, expires_on = expires_on - {days}",
    "assignment_causes": "caused_at = caused_at - {by}, expires_on = expires_on - {days}",
    "flags": "expires_on = expires_on - {days}",
    "flag_rules": "from_on = from_on - {days}, until_on = until_on - {days}",
    "products": "ends_on = ends_on - {days}",
}


class World:
    """A small house in which anything may happen."""

    def __init__(self, venue: Any, seed: int) -> None:
        self.venue, self.chance, self.oracle, self.sold = venue, random.Random(seed), Oracle(), 0

    async def begin(self) -> None:
        """Performances, products, customers; flags of each kind, with some rules."""
        day = datetime.now(UTC).date()
        await write(self.venue, "performances", *(
            {"external_id": f"p{n}", "production": f"x{n % 2}"} for n in range(4)), create_missing=True)  # fmt: skip
        await write(self.venue, "products",
            {"external_id": "friend", "name": "Friend", "kind": "MEMBERSHIP", "months": 1},
            {"external_id": "series", "name": "Series", "kind": "SUBSCRIPTION", "ends_on": day + timedelta(days=25)})  # fmt: skip
        await write(self.venue, "customers", *({"external_id": f"c{n}"} for n in range(4)))
        async with tenancy.scope(self.venue.id):
            self.customers = await self._ids("customers")
            self.things = {table: await self._ids(table) for table in ("performances", "productions", "products")}
            (first, *_) = await Performance.rows(sql("t.external_id = 'p0'"))
            self.pool = await Pool.create(name="Premiere", number=1, kind="EVENT", performance_id=first.id)
            for ends in ({}, {"expires_after_days": 12}, {"expires_on": day + timedelta(days=30)}):
                flag = await Flag.create(name="Flag", abbreviation="F", **ends)
                for _ in range(self.chance.randint(2, 3)):
                    await FlagRule.create(flag_id=flag.id, **self.terms())

    def terms(self) -> dict[str, Any]:
        """What a rule might ask for."""
        chance, day = self.chance, datetime.now(UTC).date()
        measure = chance.choice(list(MEASURES))
        period = chance.choice([
            {}, {}, {"last_days": chance.randint(1, 40)},
            {"from_on": day - timedelta(days=chance.randint(5, 60)), "until_on": day + timedelta(days=chance.randint(-4, 9))},
        ])  # fmt: skip
        some = {table: chance.sample(ids, chance.randint(1, 2)) for table, ids in self.things.items()}
        named = chance.choice([[], ["performances"], ["productions"], ["products"], ["performances", "products"]])
        return {
            "measure": measure,
            "minimum": chance.choice([45_000, 120_000] if measure == "AMOUNT" else [1, 2, 3]),
            "revoke_on_refund": chance.random() < 0.7,
            **dict.fromkeys(["from_on", "until_on", "last_days"]),
            **period,
            **{f"{table[:-1]}_ids": some[table] if table in named else [] for table in self.things},
        }

    async def step(self) -> None:
        """Something happens, and the oracle is told."""
        doings = [self.sell, self.refund, self.again, self.delete, self.hand, self.days, self.rule]
        (do,) = self.chance.choices(doings, [8, 3, 3, 1, 3, 3, 1])
        changed = await do()
        now, flags, rules, lines = await self.state()
        self.oracle.look(flags, rules, lines, now, changed)

    async def sell(self, **given: Any) -> None:
        chance = self.chance
        self.sold += 1
        product = chance.random() < 0.35
        row = {
            "external_id": f"l{self.sold}", "order": f"o{self.sold if chance.random() < 0.7 else chance.randint(1, self.sold)}",
            "customer": f"c{chance.randrange(4)}", "channel": "ONLINE", "price": Decimal(chance.choice([450, 450, 100])),
            "ordered_at": datetime.now(UTC) - timedelta(days=chance.randrange(30)), "quantity": chance.choice([1, 1, 2, 3]),
            "performance": None if product else f"p{chance.randrange(4)}",
            "product": chance.choice(["friend", "series"]) if product else None,
            "order_state": chance.choice(["CONFIRMED"] * 5 + ["RESERVED"]), "line_state": chance.choice(STATES),
        }  # fmt: skip
        await write(self.venue, "sales", row | given)

    async def refund(self) -> None:
        await self.sell(quantity=-self.chance.choice([1, 1, 2]), line_state="VALID", price=Decimal(450))

    async def again(self) -> None:
        """A line once more: another customer, another state, other tickets."""
        if self.sold:
            number, sold = self.chance.randint(1, self.sold), self.sold
            self.sold = number - 1
            await self.sell()
            self.sold = sold

    async def delete(self) -> None:
        async with tenancy.scope(self.venue.id):
            if found := await orders.Order.rows(sql("true"), tail=sql("order by t.id")):
                try:
                    await orders.delete(self.chance.choice(found).id)
                except Refusal as refusal:  # somebody else was faster
                    assert refusal.code == "NOT_FOUND"

    async def hand(self) -> None:
        """Staff give or take a flag."""
        async with tenancy.scope(self.venue.id):
            flag = self.chance.choice(await Flag.rows(sql("true"), tail=sql("order by t.id")))
            customer, gives = self.chance.choice(self.customers), self.chance.random() < 0.3
            if gives:
                await give("flag", flag.id, [customer], Cause("MANUAL"))
            else:
                await take("flag", flag.id, [customer], "REMOVED")
        now, *_ = await self.state()
        (self.oracle.give if gives else self.oracle.take)(flag, customer, now)

    async def days(self) -> None:
        """Some days pass: all that was written lies further back."""
        days = self.chance.randint(1, 12)
        async with tenancy.scope(self.venue.id):
            for table, columns in MOVED.items():
                moved = columns.format(by=f"{days} * interval '1 day'", days=days)
                await tenancy.execute(sql(f"update {table} set {moved} where tenant_id = {{venue}}"))
        self.oracle.days_pass(days)
        await evaluate_venue(self.venue.id)

    async def rule(self) -> Any:
        """A rule asks for something else, or is ended."""
        async with tenancy.scope(self.venue.id):
            rule = self.chance.choice(await FlagRule.rows(sql("true"), tail=sql("order by t.id")))
            terms = {"archived_at": datetime.now(UTC)} if self.chance.random() < 0.3 else self.terms()
            await FlagRule.filter(id=rule.id).update(**terms)
        await evaluate_rule(self.venue.id, rule.id)
        return rule.id

    async def state(self) -> tuple[datetime, list[Any], list[Any], list[Any]]:
        """What the oracle reads."""
        async with tenancy.scope(self.venue.id):
            now = await tenancy.fetch_value(sql("select clock_timestamp()"))
            flags, rules = [await record.rows(sql("true"), tail=sql("order by t.id")) for record in (Flag, FlagRule)]
            return now, flags, rules, await tenancy.fetch(sql(LINES))

    async def found(self) -> tuple[dict[Any, Any], set[Any]]:
        """Who has what by our own books: the lines of each rule, and the last day; and who is in the pool."""
        asked = sql(
            """
            select a.flag_id, a.pool_id, a.customer_id, a.expires_on, c.rule_id, c.line_ids from assignments a
            left join assignment_causes c on c.tenant_id = {venue} and c.assignment_id = a.id and c.ended_at is null
            where a.tenant_id = {venue} and {standing}
            """,
            standing=assignments.standing("a", TODAY),
        )
        flags, members = {}, set()
        async with tenancy.scope(self.venue.id):
            for row in await tenancy.fetch(asked):
                if row.pool_id:
                    members.add(row.customer_id)
                    continue
                lines, _ = flags.setdefault((row.flag_id, row.customer_id), ({}, row.expires_on))
                if row.rule_id:
                    lines[row.rule_id] = frozenset(row.line_ids)
        return flags, members

    async def holders(self) -> set[Any]:
        """Who holds tickets to the pool's performance."""
        *_, lines = await self.state()
        theirs = [line for line in lines if counts(line) and line.performance_id == self.pool.performance_id]
        return {c for c in self.customers if sum(line.quantity for line in theirs if line.customer_id == c) > 0}

    async def _ids(self, table: str) -> list[Any]:
        found = await tenancy.fetch(sql(f"select id from {table} where tenant_id = {{venue}} order by external_id"))
        return [row.id for row in found]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_oracle_agrees_on_who_has_a_flag_and_by_which_lines(seed):
    world = World(await make_venue(), seed)
    await world.begin()
    began, given = today(datetime.now(UTC)), 0
    for number in range(STEPS):
        await world.step()
        if today(datetime.now(UTC)) != began:
            return  # midnight: what happened before it was counted on another day
        assert await world.found() == (world.oracle.standing(), await world.holders()), f"after step {number}"
        if number % 5 == 4:
            await evaluate_venue(world.venue.id)
            assert await world.found() == (world.oracle.standing(), await world.holders()), f"in the night after step {number}"
        given = max(given, len(world.oracle.standing()))
    assert given


@pytest.mark.parametrize("seed", range(3))
async def test_many_writers_at_once_lose_no_flag_and_give_none_twice(seed):
    world = World(await make_venue(), seed)
    await world.begin()
    await world.sell()

    async def write_much(own: int) -> None:
        mine = World(world.venue, seed * 10 + own)
        mine.customers, mine.things, mine.pool, mine.sold = world.customers, world.things, world.pool, own * 1000
        mine.state, mine.oracle = _nothing, _Deaf()  # type: ignore[method-assign, assignment]
        for _ in range(12):
            do = mine.chance.choice([mine.sell, mine.sell, mine.refund, mine.delete, mine.hand])
            while True:
                try:
                    await do()
                    break
                except (asyncpg.DeadlockDetectedError, Unavailable):
                    continue  # the API answers SERVICE_UNAVAILABLE, and the client asks again

    async with asyncio.TaskGroup() as group:
        for own in range(1, 5):
            group.create_task(write_much(own))
        group.create_task(evaluate_venue(world.venue.id))

    before = await world.found()
    assert before[1] == await world.holders()
    await evaluate_venue(world.venue.id)
    assert await world.found() == before
    assert before[0]


async def _nothing() -> Any:
    return None, [], [], []


class _Deaf:
    def give(self, *_: Any) -> None:
        """Nobody listens."""

    take = give
