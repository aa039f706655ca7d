import asyncio
import json
import logging
import re
from uuid import uuid4

import pytest

from gateway.app import create_app
from gateway.metrics import Metrics
from gateway.visits import Visits
from tenants import database, tenancy
from tenants.catalogue import Season
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_partners_trace_id_is_answered_logged_and_in_every_error(caplog):
    caplog.set_level(logging.INFO, "foyer.gateway")
    async with client() as asking:
        traced = await ask(asking, "{ nobody }", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        others = [
            await ask(asking, "{ nobody }", headers={"traceparent": wrong})
            for wrong in ("", "x", f"ff-{TRACE}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", "00-1\r\n2-3-4")
        ]

    assert traced.headers["x-trace-id"] == TRACE
    assert [e["extensions"]["traceId"] for e in traced.json()["errors"]] == [TRACE]
    assert TRACE in caplog.records[0].message
    ids = {answer.headers["x-trace-id"] for answer in others}
    assert len(ids) == 5 and all(re.fullmatch("[0-9a-f]{32}", i) for i in ids)


async def test_a_request_leaves_one_line_without_what_it_asked_or_who_asked(caplog):
    venue = await make_venue()
    email = f"canary-{uuid4().hex}@example.org"
    token = await make_token(venue, email=email)
    caplog.set_level(logging.INFO)
    query = "query Programme($s: String) { seasons(where: {search: $s}) { totalCount } }"
    async with client() as asking:
        answer = await ask(asking, query, token=token, s="canary-in-a-variable")
        await ask(asking, 'mutation { signIn(email: "canary@mail", password: "canary-password") { token } }')
        await asking.get(
            "/graphql", params={"query": '{ __type(name: "canary") { name } }'}, headers={"Authorization": "Bearer canary"}
        )
        await asking.get("/canary%0Ainjected?canary=1")

    lines = [record.getMessage() for record in caplog.records if record.name == "foyer.gateway"]
    assert len(lines) == 4
    assert re.fullmatch(
        rf"POST /graphql 200 \d+\.\d ms query Programme [0-9a-f]{{16}} venue {venue.slug} trace {answer.headers['x-trace-id']}",
        lines[0],
    )
    assert re.match(r"GET \(elsewhere\) 404 ", lines[3])
    assert not any(
        "canary" in r.getMessage() + str(r.exc_text) for r in caplog.records if r.name != "httpx"
    )  # that is the client


async def test_our_own_faults_are_masked_and_logged_without_their_words(caplog):
    venue = await make_venue()
    token = await make_token(venue)
    async with client() as asking:
        broken = handler_of(asking._transport.app).schema.query_type.fields["me"]
        resolve, broken.resolve = broken.resolve, lambda *_: 1 / 0
        try:
            answer = await ask(asking, "{ me { name } }", token=token)
        finally:
            broken.resolve = resolve
    assert answer.status_code == 200
    error = answer.json()["errors"][0]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "traceId": answer.headers["x-trace-id"]}
    assert error["message"] == "Something broke on our side; quote the trace id."
    logged = next(r for r in caplog.records if r.levelno == logging.ERROR).getMessage()
    assert "ZeroDivisionError at me trace" in logged and "test_requests.py" in logged
    assert "division by zero" not in logged


def handler_of(app):
    return next(route.endpoint.handler for route in app.routes if route.path == "/graphql")


@pytest.fixture
async def slow(monkeypatch):
    """`me` waits for a query of half a minute, in a venue's scope, and says when it has begun."""
    begun = asyncio.Event()
    app = create_app()
    handler = handler_of(app)
    venue = await make_venue()
    token = await make_token(venue)

    async def wait(*_, **__):
        await tenancy.execute(sql("select 1"))
        begun.set()
        await tenancy.execute(sql("select pg_sleep({seconds})", seconds=app.state.seconds))

    fields = [handler.schema.query_type.fields["venue"], handler.schema.mutation_type.fields["venueUpdate"]]
    for field in fields:
        monkeypatch.setattr(field, "resolve", wait)
    app.state.seconds = 30.0
    return app, token, venue, begun


async def connect(app, body: bytes, token: str, gone: asyncio.Event) -> list[dict]:
    """One request over raw ASGI; the client hangs up when `gone` is set."""
    sent: list[dict] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if waiting:
            return waiting.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers, "client": ("::1", 1)}
    await app({**scope, "server": ("foyer", 80), "scheme": "http", "root_path": "", "http_version": "1.1"}, receive, send)
    return sent


@pytest.mark.parametrize("before", [False, True])
async def test_a_query_whose_client_hangs_up_is_cancelled(slow, before):
    app, token, _, begun = slow
    gone = asyncio.Event()

    request = asyncio.create_task(connect(app, b'{"query":"{ venue { name } }"}', token, gone))
    await (asyncio.sleep(0) if before else begun.wait())
    gone.set()

    assert (await asyncio.wait_for(request, 5))[0]["status"] == 499
    assert database.usage()[0] == 0
    async with tenancy.platform():
        running = sql(
            "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%' and usename = user"
        )
        async with asyncio.timeout(5):
            while await tenancy.fetch_value(running):
                await asyncio.sleep(0.02)


async def test_a_mutation_whose_client_hangs_up_is_finished(slow):
    app, token, _, begun = slow
    app.state.seconds = 0.3
    gone = asyncio.Event()

    request = asyncio.create_task(
        connect(app, b'{"query":"mutation { venueUpdate(input: {}) { venue { name } } }"}', token, gone)
    )
    await begun.wait()
    gone.set()

    sent = await asyncio.wait_for(request, 5)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["data"]) == (200, {"venueUpdate": None})


async def test_a_statement_that_takes_too_long_may_be_tried_again(slow, monkeypatch):
    app, token, _, _ = slow
    original = tenancy.scope

    monkeypatch.setattr(tenancy, "scope", lambda venue, **given: original(venue, **given, seconds=0.1))
    async with client(app) as asking:
        answer = await ask(asking, "{ venue { name } }", token=token)

    assert codes(answer) == ["SERVICE_UNAVAILABLE"]
    assert answer.json()["errors"][0]["extensions"]["retryAfter"] == 1
    assert answer.json()["data"] == {"venue": None}


async def test_without_a_free_connection_the_request_is_answered_in_time(monkeypatch):
    token = await make_token(await make_venue())

    async def busy():
        async with tenancy.platform():
            await asyncio.sleep(60)

    holders = [asyncio.create_task(busy()) for _ in range(database.usage()[1])]
    async with asyncio.timeout(10):
        while database.usage()[0] < len(holders):
            await asyncio.sleep(0.01)
    quick = tenancy.settings().model_copy(update={"database_timeout": 0.2})
    monkeypatch.setattr(tenancy, "settings", lambda: quick)
    try:
        async with client() as asking:
            answer = await ask(asking, "{ seasons { totalCount } }", token=token)
            ready, live = await asking.get("/ready"), await asking.get("/live")
    finally:
        for holder in holders:
            holder.cancel()
        await asyncio.gather(*holders, return_exceptions=True)

    assert (answer.status_code, codes(answer), answer.headers["retry-after"]) == (503, ["SERVICE_UNAVAILABLE"], "1")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "missing": ["database"]})
    assert live.status_code == 200


async def test_a_commit_that_fails_answers_no_data(slow, monkeypatch):
    app, token, venue, _ = slow

    async def write(*_, **__):
        await Season.create(name="2026/27")
        # The connection dies between the last statement and the commit.
        pid = await tenancy.fetch_value(sql("select pg_backend_pid()"))
        await killed(pid)

    monkeypatch.setattr(handler_of(app).schema.mutation_type.fields["venueUpdate"], "resolve", write)
    async with client(app) as asking:
        answer = await ask(asking, "mutation { venueUpdate(input: {}) { venue { name } } }", token=token)

    assert (answer.status_code, codes(answer)) == (503, ["SERVICE_UNAVAILABLE"])
    assert "data" not in answer.json()
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from seasons where tenant_id = {venue}")) == 0


async def killed(pid: int) -> None:
    """End a backend, as an administrator would."""
    import os

    import asyncpg

    connection = await asyncpg.connect(os.environ["FOYER_TEST_ADMIN_URL"])
    try:
        await connection.execute("select pg_terminate_backend($1)", pid)
        async with asyncio.timeout(5):
            while await connection.fetchval("select true from pg_stat_activity where pid = $1", pid):
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_text_that_cannot_be_stored_is_the_askers_fault():
    token = await make_token(await make_venue())
    async with client() as asking:
        answer = await ask(asking, "query ($n: Int!) { seasons(first: $n) { totalCount } }", token=token, n=2**31 - 1)
    assert codes(answer) == ["BAD_USER_INPUT"]


async def test_what_nobody_caught_is_a_json_error_with_the_trace_id():
    async def broken(scope, receive, send):
        raise RuntimeError("canary")

    async with client(Visits(broken, Metrics())) as asking:
        answer = await asking.get("/anything")

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "traceId": answer.headers["x-trace-id"]}
    assert "canary" not in answer.text


async def test_figures_are_kept_for_prometheus():
    venue = await make_venue()
    token, shop = await make_token(venue), await make_key(venue, kind="PUBLISHABLE")
    async with client() as asking:
        for _ in range(3):
            await ask(asking, "{ me { name } }", token=token)
        await ask(asking, "mutation { signOut { signedOut } }", token=token)
        await ask(asking, "{ me { name } }", token=token)
        await ask(asking, "{ nobody }")
        await ask(asking, "{ seasons(first: -1) { nodes { id } } }", token=await make_token(venue))
        await ask(asking, "{ venue { name } }", token=shop, path="/storefront/graphql")
        figures = (await asking.get("/metrics")).text

    for line in (
        'foyer_requests_total{contract="graphql",operation="query",outcome="answered"} 3.0',
        'foyer_requests_total{contract="graphql",operation="mutation",outcome="answered"} 1.0',
        'foyer_requests_total{contract="graphql",operation="none",outcome="refused"} 2.0',
        'foyer_requests_total{contract="graphql",operation="query",outcome="errors"} 1.0',
        'foyer_requests_total{contract="storefront",operation="query",outcome="answered"} 1.0',
        'foyer_request_seconds_count{contract="graphql",operation="query"} 4.0',
        'foyer_document_cache_total{contract="graphql",outcome="hit"} 2.0',
        'foyer_document_cache_total{contract="graphql",outcome="miss"} 4.0',
        "foyer_database_connections_in_use 0.0",
    ):
        assert line in figures.splitlines()


async def test_live_ready_and_metrics_leave_no_line(caplog):
    caplog.set_level(logging.INFO)
    async with client() as asking:
        answers = [await asking.get(path) for path in ("/live", "/ready", "/metrics")]

    assert [a.status_code for a in answers] == [200, 200, 200]
    assert answers[1].json() == {"ready": True, "missing": []}
    assert [r for r in caplog.records if r.name == "foyer.gateway"] == []
