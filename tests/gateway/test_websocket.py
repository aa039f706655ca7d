"""graphql-transport-ws, spoken by hand to a real server. What the npm client makes of it is in test_clients.py."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway import websocket
from tenants import tenancy
from tenants.sql import sql
from tests.builders import make_job, make_key, make_token, make_venue
from tests.gateway.following import PROGRESS, gateway, job_id, move, server
from tests.jobs.programs import until


@pytest.fixture(scope="module")
async def url():
    async with server() as one:
        yield one


@asynccontextmanager
async def socket(url: str, token: str | None = None, *, init: Any = None, **given: Any):
    """An open socket; with a token, acknowledged."""
    address = url.replace("http", "ws") + "/graphql"
    async with connect(address, **{"subprotocols": ["graphql-transport-ws"], **given}) as made:
        if token:
            await say(made, type="connection_init", payload=init or {"Authorization": f"Bearer {token}"})
            assert await hear(made) == {"type": "connection_ack"}
        yield made


async def say(made: Any, **message: Any) -> None:
    await made.send(json.dumps(message))


async def hear(made: Any) -> Any:
    return json.loads(await asyncio.wait_for(made.recv(), 20))


def question(job: Any) -> dict[str, Any]:
    return {"query": PROGRESS, "variables": {"id": job_id(job)}}


async def closed(made: Any) -> tuple[int, str]:
    """How the server closes the socket."""
    with pytest.raises(ConnectionClosed) as end:
        while True:
            await asyncio.wait_for(made.recv(), 20)
    return end.value.rcvd.code, end.value.rcvd.reason


async def test_two_jobs_are_followed_over_one_socket(url):
    venue = await make_venue()
    token, jobs = await make_token(venue), {name: await make_job(venue.id) for name in ("a", "b")}
    told: dict[str, list[Any]] = {"a": [], "b": []}
    async with socket(url, token) as made:
        for name, job in jobs.items():
            await say(made, type="subscribe", id=name, payload=question(job))
            message = await hear(made)
            assert (message["id"], message["payload"]["data"]["jobProgress"]["state"]) == (name, "QUEUED")
        await say(made, type="ping", payload={"x": 1})
        assert await hear(made) == {"type": "pong"}
        await say(made, type="pong")
        for name, job in jobs.items():
            await move(job, "DONE", 10, rings=True)
            while not told[name] or told[name][-1] != "complete":
                message = await hear(made)
                assert message["id"] == name
                told[name].append(message["payload"]["data"]["jobProgress"]["state"] if "payload" in message else message["type"])
        await say(made, type="subscribe", id="a", payload=question(uuid4()))
        assert await hear(made) == {"type": "next", "id": "a", "payload": {"data": {"jobProgress": None}}}
        assert await hear(made) == {"type": "complete", "id": "a"}
    assert told == {"a": ["DONE", "complete"], "b": ["DONE", "complete"]}


async def test_what_is_no_subscription_or_does_not_fit_is_an_error_of_its_own(url):
    venue = await make_venue()
    token = await make_token(venue)
    asked = {
        "{ venue { name } }": "BAD_REQUEST",
        "mutation { signOut { signedOut } }": "BAD_REQUEST",
        "subscription { nothing }": "GRAPHQL_VALIDATION_FAILED",
        "subscription": "GRAPHQL_PARSE_FAILED",
        "subscription {" + " a {" * 20 + " a " + "}" * 21: "QUERY_TOO_COMPLEX",
    }
    told = {}
    async with socket(url, token) as made:
        for query in asked:
            await say(made, type="subscribe", id="1", payload={"query": query})
            message = await hear(made)
            assert (message["type"], message["id"]) == ("error", "1")
            told[query] = message["payload"][0]["extensions"]["code"]
            assert len(message["payload"][0]["extensions"]["traceId"]) == 32
    assert told == asked


HOSTILE = {
    "not JSON": ("{", 4400),
    "a list": ("[]", 4400),
    "no type": ("{}", 4400),
    "an unknown type": ('{"type": "start"}', 4400),
    "bytes": (b'{"type": "ping"}', 4400),
    "a subscription without an id": ('{"type": "subscribe", "payload": {"query": "{a}"}}', 4400),
    "a subscription without a payload": ('{"type": "subscribe", "id": "1"}', 4400),
    "a payload that is a text": ('{"type": "subscribe", "id": "1", "payload": "{a}"}', 4400),
    "a query that is a number": ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
    "variables that are a list": ('{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}', 4400),
    "an id that is a number": ('{"type": "complete", "id": 1}', 4400),
    "nested 100,000 deep": ("[" * 100_000 + "]" * 100_000, 4400),
    "a second connection_init": ('{"type": "connection_init"}', 4429),
    "300 KiB": (" " * 300 * 1024, 1009),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_hostile_messages_close_the_socket_with_a_code(what, url):
    token = await make_token(await make_venue())
    message, code = HOSTILE[what]
    async with socket(url, token) as made:
        await made.send(message)
        assert (await closed(made))[0] == code


async def test_who_may_not_come_in_is_told_by_the_code(url, monkeypatch):
    venue = await make_venue()
    token = await make_token(venue)
    first = {
        "a subscription before init": ({"type": "subscribe", "id": "1", "payload": {"query": "{a}"}}, 4401),
        "nobody": ({"type": "connection_init"}, 4401),
        "a wrong token": ({"type": "connection_init", "payload": {"Authorization": "Bearer fst_nonsense"}}, 4401),
        "a header that is none": ({"type": "connection_init", "payload": {"authorization": "Bearer \r\nX: ø"}}, 4401),
        "another venue": (
            {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}", "X-Venue": "nobodys-house"}},
            4403,
        ),
        "a shop": (
            {"type": "connection_init", "payload": {"Authorization": f"Bearer {await make_key(venue, kind='PUBLISHABLE')}"}},
            4403,
        ),
        "a payload that is a list": ({"type": "connection_init", "payload": []}, 4400),
    }
    told = {}
    for who, (message, _) in first.items():
        async with socket(url) as made:
            await say(made, **message)
            told[who] = (await closed(made))[0]
    assert told == {who: code for who, (_, code) in first.items()}

    async with socket(url, subprotocols=["graphql-ws"]) as old:
        assert (await closed(old))[0] == 4406
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.1)
    async with socket(url) as silent:
        assert (await closed(silent))[0] == 4408


async def test_pages_of_another_origin_may_not_open_a_socket_and_headers_do_as_well(url):
    venue = await make_venue()
    token = await make_token(venue)
    with pytest.raises(InvalidStatus) as refused:
        async with socket(url, token, origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with socket(url, origin=url, additional_headers={"Authorization": f"Bearer {token}"}) as made:
        await say(made, type="connection_init")
        assert await hear(made) == {"type": "connection_ack"}


async def test_a_session_that_ends_closes_the_socket(url):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    async with socket(url, token) as made:
        await say(made, type="subscribe", id="1", payload=question(job))
        assert (await hear(made))["type"] == "next"
        async with tenancy.platform():
            ending = (
                "update sessions set revoked_at = now() where person_id in (select person_id from grants where tenant_id = {at})"
            )
            await tenancy.execute(sql(ending, at=venue.id))
        await move(job, done=1, rings=True)
        message = await hear(made)
        while message["type"] == "next":
            message = await hear(made)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        assert await closed(made) == (4401, "Unauthorized")


async def test_so_many_at_a_time_and_none_twice(url, monkeypatch):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 2)
    async with socket(url, token) as made:
        for name in ("1", "2", "3"):
            await say(made, type="subscribe", id=name, payload=question(job))
            message = await hear(made)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "THROTTLED")
        await say(made, type="complete", id="1")
        await say(made, type="subscribe", id="3", payload=question(job))
        assert (await hear(made))["type"] == "next"
        await say(made, type="subscribe", id="3", payload=question(job))
        assert await closed(made) == (4409, "Subscriber for 3 already exists")


async def test_sockets_that_hang_up_leave_nothing_behind(url):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)

    async def hang_up() -> None:
        async with socket(url, token) as made:
            await say(made, type="subscribe", id="1", payload=question(job))
            await hear(made)
            made.transport.abort()

    await asyncio.gather(*(hang_up() for _ in range(40)))
    async with httpx.AsyncClient() as asking:

        async def nobody_left():
            text = (await asking.get(f"{url}/metrics")).text
            return "foyer_subscriptions 0.0" in text

        await until(nobody_left)


async def test_a_gateway_that_stops_makes_sockets_come_again():
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    async with gateway() as stopping, socket(stopping.url, token) as made:
        await say(made, type="subscribe", id="1", payload=question(job))
        assert (await hear(made))["type"] == "next"
        log = await stopping.stop()
        assert (await closed(made))[0] == 1012
    assert "Traceback" not in log
    assert "WS /graphql 101" in log and "subscription" in log
