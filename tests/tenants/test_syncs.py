"""An attribute and a pool that are kept alike stay so: under random changes one after the other, held to a model in plain sets,
and under random changes at once from many sides, with switching on and off in between."""

import asyncio
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants import attributes, pools, reconciling, syncs, tenancy
from tenants.assignments import Assignment, Cause, give, take
from tenants.attributes import Attribute
from tenants.errors import Refusal
from tenants.pools import Pool
from tenants.sql import sql
from tenants.syncs import RECONCILES, Sync
from tests.builders import make_customer, make_order, make_performance, make_venue

CUSTOMERS = 5
SOME = st.sets(st.integers(0, CUSTOMERS - 1), min_size=1)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["add", "remove", "assign", "unassign"]), SOME),
    st.tuples(st.just("start"), st.sampled_from(list(RECONCILES))),
    st.tuples(st.sampled_from(["stop", "holders"]), st.none()),
)


class Model:
    """Both sides as sets of customers, and how they are kept alike, if they are."""

    def __init__(self, holders: set[int], *, event: bool) -> None:
        self.pool: set[int] = set()
        self.attribute: set[int] = set()
        self.holders, self.event, self.on = holders, event, False

    def step(self, what: str, given: Any) -> None:
        if what == "start" and not self.on and not (self.event and given == "ATTRIBUTE_WINS"):
            self.start(given)
        elif what == "stop":
            self.on = False
        elif what in ("add", "holders"):
            fresh = (self.holders if what == "holders" else given) - self.pool
            self.pool |= fresh
            self.attribute |= fresh if self.on else set()
        elif what == "remove":
            gone = given & self.pool
            self.pool -= gone
            self.attribute -= gone if self.on else set()
        elif what == "assign":
            fresh = given - self.attribute
            self.attribute |= fresh
            self.pool |= fresh if self.on and not self.event else set()
        elif what == "unassign":
            gone = given & self.attribute - (self.pool if self.on and self.event else set())
            self.attribute -= gone
            self.pool -= gone if self.on and not self.event else set()

    def start(self, reconcile: str) -> None:
        both = self.pool | self.attribute
        self.on = True
        if reconcile == "UNION":
            self.attribute = set(both)
            self.pool = self.pool if self.event else both
        elif reconcile == "POOL_WINS":
            self.attribute = set(self.pool)
        elif reconcile == "ATTRIBUTE_WINS":
            self.pool = set(self.attribute)


class House:
    """A venue with an attribute, a pool, some customers, and a performance to which some of them hold tickets."""

    venue: Any
    pool: UUID
    attribute: UUID
    performance: UUID
    customers: list[UUID]

    @classmethod
    async def make(cls, holders: set[int], *, event: bool = False) -> "House":
        house = cls()
        house.venue = await make_venue()
        async with tenancy.scope(house.venue.id):
            performance = await make_performance()
            people = [await make_customer(f"No. {n}") for n in range(CUSTOMERS)]
            for holder in holders:
                await make_order(people[holder], performance)
            given = {"kind": "EVENT", "performance_id": performance.id} if event else {}
            house.pool = (await Pool.create(name="Members", number=1, **given)).id
            house.attribute = (await Attribute.create(name="Member")).id
        house.performance, house.customers = performance.id, [one.id for one in people]
        return house

    async def step(self, what: str, given: Any, *, event: bool = False) -> None:
        """One change, as one request makes it. What is refused is refused for a reason that the model knows."""
        some = [self.customers[n] for n in given] if isinstance(given, set) else []
        async with tenancy.scope(self.venue.id):
            try:
                await self._steps(event)[what](some if some else given)
            except Refusal as refusal:
                assert refusal.code in ("IN_USE", "INVALID_VALUE") and what == "start"

    def _steps(self, event: bool) -> dict[str, Callable[[Any], Any]]:
        """An event pool changes as orders are written, not by hand."""
        return {
            "add": lambda who: give("pool", self.pool, who, Cause("EVENT")) if event else pools.add(self.pool, who),
            "remove": lambda who: take("pool", self.pool, who, "REFUNDED") if event else pools.remove(self.pool, who),
            "assign": lambda who: attributes.assign(self.attribute, who),
            "unassign": lambda who: take("attribute", self.attribute, who, "REMOVED"),
            "holders": lambda _: pools.add_holders(self.pool, self.performance),
            "start": lambda reconcile: reconciling.start(self.attribute, self.pool, reconcile),
            "stop": lambda _: self._stop(),
        }

    async def _stop(self) -> None:
        for sync in await Sync.rows(sql("t.ended_at is null")):
            await reconciling.stop(sync.id)

    async def sides(self) -> tuple[list[int], list[int]]:
        """Who is in the pool, and who has the attribute: whoever is there twice is told twice."""
        async with tenancy.scope(self.venue.id):
            rows = await Assignment.rows(sql("t.ended_at is null"))
        pool = sorted(self.customers.index(row.customer_id) for row in rows if row.pool_id)
        return pool, sorted(self.customers.index(row.customer_id) for row in rows if row.attribute_id)

    async def astray(self) -> list[Any]:
        """Of what is on: how it was switched on, and the difference as the view tells it."""
        async with tenancy.scope(self.venue.id):
            rows = await Sync.rows(sql("t.ended_at is null"))
            told = await syncs.compared([row.id for row in rows])
        return [(row.reconcile, told[row.id]) for row in rows]


@pytest.mark.parametrize("event", [False, True], ids=["by hand", "event pool"])
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=14), holders=SOME)
async def test_after_any_changes_both_sides_are_as_plain_sets_say(steps, holders, event):
    house, model = await House.make(holders, event=event), Model(holders, event=event)
    for what, given_ in steps:
        if event and what == "holders":
            continue
        await house.step(what, given_, event=event)
        model.step(what, given_)
        assert await house.sides() == (sorted(model.pool), sorted(model.attribute)), (what, given_)
        for _, told in await house.astray():
            assert (told.pool_count, told.attribute_count) == (len(model.pool), len(model.attribute))
            assert (told.only_in_pool, told.only_in_attribute) == (
                len(model.pool - model.attribute), len(model.attribute - model.pool),
            )  # fmt: skip
            assert told.astray == 0


@pytest.mark.parametrize("seed", range(6))
async def test_many_writers_on_both_sides_and_at_the_switch_leave_no_difference(seed):
    """Each writer is a request after the other; a deadlock or a second assignment of one customer would be raised."""
    chance = random.Random(seed)
    house, writers, each = await House.make({0, 1, 2}), 12, 5
    reconciles = list(RECONCILES) if seed % 2 else ["UNION", "POOL_WINS", "ATTRIBUTE_WINS"]

    def step() -> tuple[str, Any]:
        what = chance.choices(["add", "remove", "assign", "unassign", "holders", "start", "stop"], [5, 4, 5, 4, 1, 3, 1])[0]
        if what == "start":
            return what, chance.choice(reconciles)
        return what, set(chance.sample(range(CUSTOMERS), chance.randint(1, CUSTOMERS)))

    async def write(steps: list[tuple[str, Any]]) -> None:
        for what, given_ in steps:
            await house.step(what, given_)

    await asyncio.gather(*(write([step() for _ in range(each)]) for _ in range(writers)))

    for reconcile, told in await house.astray():
        assert told.astray == 0
        if reconcile != "NONE":
            assert (told.only_in_pool, told.only_in_attribute) == (0, 0)
    await house.step("stop", None)
    await house.step("start", "UNION")
    pool, attribute = await house.sides()
    assert pool == attribute == sorted(set(pool))
    async with tenancy.scope(house.venue.id):
        rows = await Assignment.rows(sql("true"))
    # No loops: a change of one customer writes one row on each side at most.
    assert len(rows) <= (writers * each + 1) * CUSTOMERS * 2
    ends = {(row.customer_id, row.group_id): 0 for row in rows}
    for row in rows:
        ends[row.customer_id, row.group_id] += row.ended_at is None
    assert max(ends.values()) <= 1
