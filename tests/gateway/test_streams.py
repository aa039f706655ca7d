"""Many streams, streams that are left, cut and stopped: nothing of them stays."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from gateway import sse
from gateway.app import create_app
from gateway.streams import Places
from tenants import database
from tenants.errors import Throttled
from tenants.permissions import Caller
from tests.builders import make_job, make_token, make_venue
from tests.gateway.clients import client
from tests.gateway.following import PROGRESS, events, gateway, job_id, move, server, stream
from tests.jobs.programs import until


@pytest.fixture(scope="module")
async def gateways():
    """Two of them."""
    async with server() as one, server() as other:
        yield one, other


async def test_200_that_hang_up_leave_nothing_behind(gateways):
    venue = await make_venue()
    tokens, job = [await make_token(venue) for _ in range(4)], await make_job(venue.id)
    url = gateways[1]

    async def hang_up_after_a_word(token):
        async with stream(url, token, job_id(job)) as answer:
            coming = events(answer)
            await anext(coming)
            await open_all.wait()

    open_all = asyncio.Barrier(201)
    hanging = [asyncio.create_task(hang_up_after_a_word(tokens[i % 4])) for i in range(200)]
    async with httpx.AsyncClient(timeout=10) as asking:

        async def figure(name):
            text = (await asking.get(f"{url}/metrics")).text
            return float(next(line for line in text.splitlines() if line.startswith(name)).split()[1])

        async def all_there():
            return await figure("foyer_subscriptions ") == 200

        await until(all_there, 60)
        await asyncio.wait_for(asyncio.gather(open_all.wait(), *hanging), 60)

        async def nobody_left():
            return await figure("foyer_subscriptions ") == 0 and await figure("foyer_database_connections_in_use") == 0

        await until(nobody_left, 60)


async def test_a_waiting_stream_holds_no_connection(gateways):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    async with stream(gateways[0], token, job_id(job)) as one, stream(gateways[0], token, job_id(job)) as other:
        coming = events(one), events(other)
        await asyncio.gather(*map(anext, coming))

        async def none_in_use():
            return database.usage()[0] == 0

        await until(none_in_use)


async def test_a_gateway_that_stops_lets_streams_go_to_be_taken_up_elsewhere(gateways):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    async with gateway() as stopping, stream(stopping.url, token, job_id(job)) as answer:
        coming = events(answer)
        _, known, _ = await anext(coming)
        began = asyncio.get_running_loop().time()
        log = await stopping.stop()
        assert [event async for event in coming] == []
        assert asyncio.get_running_loop().time() - began < 5
    assert "Traceback" not in log and "subscription" in log

    await move(job, "DONE", 10)
    async with stream(gateways[0], token, job_id(job), **{"Last-Event-ID": known}) as answer:
        assert [name async for name, _, _ in events(answer)] == ["next", "complete"]


async def test_a_client_that_does_not_read_is_cut(monkeypatch):
    monkeypatch.setattr(sse, "SLOWEST", 0.05)
    monkeypatch.setattr(sse, "BREATH", 0.01)
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    sent = []

    async def send(message):
        sent.append(message["type"])
        if len(sent) > 4:
            await asyncio.Event().wait()

    async def receive():
        if not sent:
            sent.append("asked")
            return {"type": "http.request", "body": request.content, "more_body": False}
        await asyncio.Event().wait()

    async with client(create_app()) as asking:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        body = {"query": PROGRESS, "variables": {"id": job_id(job)}}
        request = asking.build_request("POST", "/graphql", json=body, headers=headers)
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "http_version": "1.1",
            "root_path": "",
        }
        about = {"client": ("::1", 1), "server": ("foyer", 80), "scheme": "http"}
        raw = [(name.lower(), value) for name, value in request.headers.raw]
        await asyncio.wait_for(asking._transport.app({**scope, **about, "headers": raw}, receive, send), 5)

        assert sent.count("http.response.start") == 1 and len(sent) > 4
        figures = (await asking.get("/metrics")).text
    assert "foyer_subscriptions 0.0" in figures


def test_there_is_room_for_so_many_and_for_so_many_of_one():
    places, one, other = Places(3, 2, "subscriptions"), Caller(id=uuid4()), Caller(id=uuid4())
    places.take(one)
    places.take(one)
    with pytest.raises(Throttled, match="You have 2 subscriptions open"):
        places.take(one)
    places.take(other)
    with pytest.raises(Throttled, match="no room for more"):
        places.take(other)
    places.leave(one)
    places.take(other)
    assert places.taken == {one.id: 1, other.id: 2}
