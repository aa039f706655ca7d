"""Following a job over server-sent events, through real gateways and a real worker."""

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import redis.asyncio

from gateway import bell
from tenants import tenancy
from tenants.organisations import Organisation
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_job, make_key, make_token, make_venue
from tests.gateway.clients import ask, codes
from tests.gateway.following import PROGRESS, events, gateway, job_id, move, server, stream
from tests.jobs.programs import running, until

CREATE = """mutation ($file: ID!, $mapping: ImportMapping!) {
  importCreate(fileId: $file, kind: HALLS, mapping: $mapping) { import { id } userErrors { code message } }
}"""
MAPPING = {"fields": [{"field": "externalId", "column": "No"}, {"field": "name", "template": "Sal {No}"}], "empty": []}
APPLY = "mutation ($id: ID!) { importApply(id: $id) { import { job { id } } userErrors { code } } }"


@pytest.fixture(scope="module")
async def gateways():
    """Two of them."""
    async with server() as one, server() as other:
        yield one, other


async def test_an_import_is_followed_to_its_end_through_another_process(gateways, tmp_path: Path):
    venue = await make_venue()
    token = await make_token(venue)
    lines = "No\n" + "".join(f"{number}\n" for number in range(3000))
    with running("worker", tmp_path / "log"), running("scheduler", tmp_path / "log"):
        async with gateway() as other, httpx.AsyncClient(base_url=gateways[0], timeout=30) as asking:
            headers = {"Authorization": f"Bearer {token}"}
            file = (await asking.post("/files?name=halls.csv", content=lines, headers=headers)).json()["id"]
            made = (await ask(asking, CREATE, token=token, file=file, mapping=MAPPING)).json()
            assert "errors" not in made, made
            made = made["data"]["importCreate"]
            assert made["userErrors"] == []

            async def planned():
                query = "query ($id: ID!) { import(id: $id) { state } }"
                found = await ask(asking, query, token=token, id=made["import"]["id"])
                return found.json()["data"]["import"]["state"] == "PLANNED"

            await until(planned)
            applied = (await ask(asking, APPLY, token=token, id=made["import"]["id"])).json()["data"]["importApply"]
            async with stream(other.url, token, applied["import"]["job"]["id"]) as answer:
                assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
                told = [event async for event in events(answer)]

    states = [(data["data"]["jobProgress"]["state"], data["data"]["jobProgress"]["progress"]) for _, _, data in told[:-1]]
    assert [name for name, _, _ in told] == ["next"] * len(states) + ["complete"]
    assert states[-1] == ("DONE", {"done": 3000, "total": 3000})
    assert [p["done"] for _, p in states] == sorted(p["done"] for _, p in states)


async def test_two_processes_tell_the_same_and_a_lost_ring_costs_two_seconds(gateways):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)

    async def follow(url):
        async with stream(url, token, job_id(job)) as answer:
            told = []
            async for name, _, data in events(answer):
                told.append((name, data and data["data"]["jobProgress"]["state"]))
                if told[-1] == ("next", "QUEUED"):
                    begun.release()
            return told

    begun = asyncio.Semaphore(0)
    following = [asyncio.create_task(follow(url)) for url in gateways]
    for _ in following:
        await begun.acquire()
    for state, rung in (("RUNNING", True), ("DONE", False)):
        await move(job, state, rings=rung)
    told = await asyncio.wait_for(asyncio.gather(*following), 10)

    assert told[0][0] == ("next", "QUEUED") and told[0][-2:] == [("next", "DONE"), ("complete", None)]
    assert told[1][0] == ("next", "QUEUED") and told[1][-2:] == [("next", "DONE"), ("complete", None)]


async def test_valkey_may_forget_and_go(gateways):
    """Cut off from it in the middle, a follower sees what happened meanwhile."""
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    valkey = redis.asyncio.from_url(os.environ["FOYER_REDIS_URL"])
    async with stream(gateways[0], token, job_id(job)) as answer:
        coming = events(answer)
        await anext(coming)
        for done in (1, 2, 3):
            await valkey.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await valkey.flushdb()
            await move(job, done=done)
            seen = await asyncio.wait_for(anext(coming), 5)
            assert seen[2]["data"]["jobProgress"]["progress"]["done"] == done
    await valkey.aclose()


async def test_without_valkey_a_job_is_followed_all_the_same(monkeypatch):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    nowhere = settings().model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    monkeypatch.setattr(bell, "settings", lambda: nowhere)
    async with server() as alone, stream(alone, token, job_id(job)) as answer:
        coming = events(answer)
        await anext(coming)
        await move(job, "DONE", 10, rings=True)
        rest = [event async for event in coming]

    assert [name for name, _, _ in rest] == ["next", "complete"]
    assert rest[0][2]["data"]["jobProgress"]["state"] == "DONE"


REVOKE = {
    "session": "update sessions set revoked_at = now() where person_id in (select person_id from grants where tenant_id = {at})",
    "grant": "update grants set revoked_at = now() where tenant_id = {at}",
    "key": "update keys set revoked_at = now() where tenant_id = {at}",
}


@pytest.mark.parametrize(("rings", "within"), [(True, 1.5), (False, 6.0)])
@pytest.mark.parametrize("what", ["session", "grant", "key"])
async def test_what_is_revoked_in_the_middle_ends_the_stream(what, rings, within, gateways):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    key = await make_key(venue, "jobs:read")
    async with stream(gateways[0], key if what == "key" else token, job_id(job)) as answer:
        coming = events(answer)
        assert (await anext(coming))[2]["data"]["jobProgress"]["state"] == "QUEUED"
        async with tenancy.platform():
            await tenancy.execute(sql(REVOKE[what], at=venue.id))
        began = asyncio.get_running_loop().time()
        if rings:
            await move(job, done=5, rings=True)
        rest = [event async for event in coming]
        took = asyncio.get_running_loop().time() - began

    assert [name for name, _, _ in rest][-2:] == ["next", "complete"]
    assert len(rest) <= 3  # one look may have been on its way
    (error,) = rest[-2][2]["errors"]
    assert "data" not in rest[-2][2]
    assert error["extensions"]["code"] == ("VENUE_REQUIRED" if what == "grant" else "UNAUTHENTICATED")
    assert took < within


async def test_what_another_may_not_see_is_over_at_once_like_what_is_not_there(gateways):
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.scope(ours.id):
        mine, other = [(await Organisation.create(name=name)).id for name in "AB"]
    async with tenancy.scope(ours.id, organisations=frozenset([other])):
        of_others = tenancy.later("some.job")
    jobs = {"another venue's": await make_job(theirs.id), "another organisation's": of_others, "nobody's": uuid4()}
    token = await make_token(ours, organisation_ids=[mine])
    told = {}
    for whose, job in jobs.items():
        async with stream(gateways[0], token, job_id(job)) as answer:
            told[whose] = (answer.status_code, [(name, data) async for name, _, data in events(answer)])

    nothing = (200, [("next", {"data": {"jobProgress": None}}), ("complete", None)])
    assert told == dict.fromkeys(jobs, nothing)


async def test_who_comes_again_is_told_only_what_is_new(gateways):
    venue = await make_venue()
    token, job = await make_token(venue), await make_job(venue.id)
    async with stream(gateways[0], token, job_id(job)) as answer:
        coming = events(answer)
        _, first, _ = await anext(coming)
    async with stream(gateways[1], token, job_id(job), **{"Last-Event-ID": first}) as answer:
        coming = events(answer)
        await move(job, "DONE", 10, rings=True)
        name, last, data = await anext(coming)
        assert (name, data["data"]["jobProgress"]["state"]) == ("next", "DONE")
    async with stream(gateways[1], token, job_id(job), **{"Last-Event-ID": last}) as answer:
        assert [name async for name, _, _ in events(answer)] == ["complete"]


async def test_credentials_are_refused_by_status_and_documents_in_the_stream(gateways):
    venue = await make_venue()
    token, url = await make_token(venue), gateways[0]
    told = {}
    for who, secret, query in [
        ("a stranger", None, PROGRESS),
        ("a wrong token", "fst_nonsense", PROGRESS),
        ("a promoter", await make_token(venue, "PROMOTER"), PROGRESS),
        ("a wrong document", token, "subscription { nothing }"),
        ("a wrong id", token, PROGRESS.replace("id: $id)", 'id: "x")').replace("($id: ID!)", "")),
        ("a query", token, "query ($id: ID!) { job(id: $id) { id } }"),
        ("a mutation", token, 'mutation { importApply(id: "Import_0") { userErrors { code } } }'),
    ]:
        async with stream(url, secret, job_id(uuid4()), query) as answer:
            if answer.status_code != 200:
                await answer.aread()
                told[who] = (answer.status_code, codes(answer))
            else:
                said = [data async for _, _, data in events(answer)]
                told[who] = said[0].get("data"), [e["extensions"]["code"] for e in said[0].get("errors", [])], said[1:]

    assert told == {
        "a stranger": (401, ["UNAUTHENTICATED"]),
        "a wrong token": (401, ["UNAUTHENTICATED"]),
        "a promoter": ({"jobProgress": None}, ["FORBIDDEN"], [None]),
        "a wrong document": (None, ["GRAPHQL_VALIDATION_FAILED"], [None]),
        "a wrong id": ({"jobProgress": None}, ["BAD_USER_INPUT"], [None]),
        "a query": ({"job": None}, [], [None]),
        "a mutation": ({"importApply": {"userErrors": [{"code": "BAD_USER_INPUT"}]}}, [], [None]),
    }
