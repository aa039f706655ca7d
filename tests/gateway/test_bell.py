"""What got on while Valkey was not heard yet is not missed: it is looked for once it is."""

import asyncio

from gateway import bell
from gateway.bell import Bell
from tests.builders import make_job, make_venue
from tests.gateway.following import move


async def test_what_was_rung_before_valkey_was_heard_is_found_once_it_is(monkeypatch):
    job = await make_job((await make_venue()).id)
    asked, may_be_heard = asyncio.Event(), asyncio.Event()

    class Late(bell.Redis):
        async def __aenter__(self):
            asked.set()
            await may_be_heard.wait()
            return await super().__aenter__()

    monkeypatch.setattr(bell, "Redis", Late)
    monkeypatch.setattr(bell, "LOOK", 60.0)
    async with asyncio.timeout(10):
        with Bell().following([job]) as rung:
            await rung.wait()  # once soon after the start
            rung.clear()
            await asked.wait()
            await move(job, done=5, rings=True)
            assert not rung.is_set()

            may_be_heard.set()
            await rung.wait()
