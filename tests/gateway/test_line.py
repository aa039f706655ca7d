"""Who wants the same tickets stands in line, and others are served meanwhile."""

import asyncio
from uuid import UUID

import pytest

from gateway.line import Line
from tenants import database
from tenants.errors import Unavailable
from tenants.ids import new_id
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
    line, venue = Line(1), new_id()
    async with line.place(venue):
        with pytest.raises(Unavailable):
            async with line.place(venue):
                pass
    async with line.place(venue):
        pass


class Visitor:
    """Somebody who wants in, stays until they are let go, and tells when."""

    def __init__(self, line: Line, venue: UUID, came: list[UUID]) -> None:
        self.go, self.inside = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._visit(line, venue, came))

    async def _visit(self, line: Line, venue: UUID, came: list[UUID]) -> None:
        async with line.place(venue):
            came.append(venue)
            self.inside.set()
            await self.go.wait()

    async def leaves(self) -> None:
        self.go.set()
        await self.task


async def test_the_sale_of_one_venue_holds_up_nobody_elses():
    """Five places. A hundred want in at one house; whoever comes to another is in at once, and these are let in in turns."""
    line, came, rush, quiet, third = Line(5), [], new_id(), new_id(), new_id()
    crowd = [Visitor(line, rush, came) for _ in range(100)]
    await crowd[3].inside.wait()
    assert came == [rush] * 4

    others = [Visitor(line, quiet, came) for _ in range(3)]
    await others[0].inside.wait()
    last = Visitor(line, third, came)
    for visitor in crowd[:2]:
        await visitor.leaves()
    await others[1].inside.wait()
    assert came[4:] == [quiet, third, quiet]
    await others[0].leaves()
    await others[2].inside.wait()
    await last.leaves()
    await crowd[4].inside.wait()
    assert came[7:] == [quiet, rush]
    for visitor in [*crowd[2:], *others[1:]]:
        await visitor.leaves()
    assert came[9:] == [rush] * 95


async def test_who_goes_away_takes_no_place_with_them():
    """While they wait, while they are in, and in the very moment their turn comes."""
    line, came, venue = Line(1), [], new_id()
    async with line.place(venue):
        waits, enters, last = (Visitor(line, venue, came) for _ in range(3))
        await asyncio.sleep(0)
        waits.task.cancel()
    await enters.inside.wait()
    enters.task.cancel()
    await last.inside.wait()
    await last.leaves()
    assert came == [venue] * 2

    async with line.place(venue):
        called_off, last = Visitor(line, venue, came), Visitor(line, venue, came)
        await asyncio.sleep(0)
    called_off.task.cancel()  # its turn has come, and it does not know yet
    await last.inside.wait()
    await last.leaves()
    assert came == [venue] * 3
    assert (line._free, line._inside, line._waiting) == (1, {}, {})
