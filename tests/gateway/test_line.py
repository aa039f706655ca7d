"""Who wants the same tickets stands in line, and others are served meanwhile."""

import asyncio

import pytest

from gateway.line import Line
from tenants import database
from tenants.errors import Unavailable
from tests.asking import gid
from tests.buying import Shop, broken, sold
from tests.gateway.clients import ask, client
from tests.premiere import a_house

NUMBER = "query ($id: ID) { offers(performanceId: $id) { maxQuantity } }"


async def test_those_who_wait_for_the_same_leave_connections_to_the_others():
    """Ten connections; somebody holds the counter for as long as twelve want tickets."""
    house = await a_house(capacity=20)
    async with client() as asking:
        shop = await Shop.of(asking, house)
        paid = (await shop.reserve_as(house.kari, shop.line(house.adult)))["order"]
        async with database.connection(5) as somebody:
            await somebody.execute(f"begin; set local app.tenant = '{house.venue.id}'")
            await somebody.execute("select used from usages where tenant_id = $1 for update", house.venue.id)
            waiting = [asyncio.create_task(shop.reserve(shop.line(house.adult))) for _ in range(12)]
            await asyncio.sleep(0.2)
            answer = await ask(
                asking, NUMBER, token=shop.tokens[house.kari.id], path="/storefront/graphql", id=gid(house.premiere)
            )
            assert answer.json()["data"]["offers"] == [{"maxQuantity": 19}]
            assert (await shop.commit(paid))["order"]["state"] == "CONFIRMED"
            assert not any(task.done() for task in waiting)
            await somebody.execute("rollback")
        done = await asyncio.gather(*waiting)
    assert [answer["userErrors"] for answer in done] == [[]] * 12
    assert await sold(house.venue) == [(13, 20, None)]
    assert await broken(house.venue) == {}


async def test_whose_turn_does_not_come_is_told_so(monkeypatch):
    monkeypatch.setattr("gateway.line.PATIENCE", 0.05)
    line = Line(1)
    async with line.place(wanted=True):
        async with line.place(wanted=False):
            pass
        with pytest.raises(Unavailable):
            async with line.place(wanted=True):
                pass
    async with line.place(wanted=True):
        pass
