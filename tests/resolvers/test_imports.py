"""A file through the API: handed in, planned by a worker, looked at, applied; its job is followed."""

import time
from contextlib import ExitStack

import pytest

from tenants import keys, tenancy
from tenants.sql import sql
from tests.builders import make_venue
from tests.gateway.clients import ask, client, codes
from tests.jobs.programs import running

PLAN = """mutation ($file: ID!, $mapping: ImportMapping!) {
  importCreate(fileId: $file, kind: HALLS, mapping: $mapping) { import { id state } userErrors { code field } }
}"""
LOOK = """query ($id: ID!) { import(id: $id) {
  kind state rowsTotal error planned { creates updates unchanged conflicts invalid } applied { creates invalid }
  file { name size } job { name state progress { done total } } problems { row field code message }
} }"""
MAPPING = {"fields": [{"field": "externalId", "column": "No"}, {"field": "name", "template": "Sal {No}"}], "empty": []}


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def hand_in(asking, key, text, name="halls.csv"):
    answer = await asking.post(f"/files?name={name}", content=text.encode(), headers={"Authorization": f"Bearer {key}"})
    return answer


async def state(asking, key, import_id, *wanted):
    deadline = time.monotonic() + 60  # the worker does first what earlier tests have left
    while time.monotonic() < deadline:
        seen = (await ask(asking, LOOK, token=key, id=import_id)).json()["data"]["import"]
        if seen["state"] in wanted:
            return seen
    raise AssertionError(f"still {seen}")


async def test_a_file_is_planned_then_applied_by_a_worker(asking, tmp_path):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        _, key = await keys.create_key("partner", "SECRET", ["imports:write", "jobs:read"])
    file = (await hand_in(asking, key, "No,Places\n1,600\n2,100\n,5\n")).json()["id"]

    with ExitStack() as stack:
        for program in ("worker", "scheduler"):
            stack.enter_context(running(program, tmp_path / program))
        begun = (await ask(asking, PLAN, token=key, file=file, mapping=MAPPING)).json()["data"]["importCreate"]
        assert (begun["userErrors"], begun["import"]["state"]) == ([], "PLANNING")
        import_id = begun["import"]["id"]

        planned = await state(asking, key, import_id, "PLANNED", "FAILED")
        assert planned["planned"] == {"creates": 2, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 1}
        assert [(p["row"], p["field"], p["code"]) for p in planned["problems"]] == [(4, "externalId", "REQUIRED")]
        assert planned["file"] == {"name": "halls.csv", "size": 25}

        go = "mutation ($id: ID!) { importApply(id: $id) { import { state } userErrors { code } } }"
        assert (await ask(asking, go, token=key, id=import_id)).json()["data"]["importApply"]["userErrors"] == []
        applied = await state(asking, key, import_id, "APPLIED")
        assert (applied["applied"], applied["kind"]) == ({"creates": 2, "invalid": 1}, "HALLS")
        assert applied["job"]["name"] == "imports.apply"

        twice = (await ask(asking, go, token=key, id=import_id)).json()["data"]["importApply"]
        assert twice == {"import": None, "userErrors": [{"code": "WRONG_STATE"}]}
    async with tenancy.scope(venue.id):
        halls = await tenancy.fetch(sql("select external_id, name from halls where tenant_id = {venue} order by 1"))
    assert [tuple(h) for h in halls] == [("1", "Sal 1"), ("2", "Sal 2")]


async def test_files_are_for_those_who_may_import_and_for_their_own_house(asking):
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.scope(ours.id):
        _, key = await keys.create_key("partner", "SECRET", ["imports:write"])
        _, reader = await keys.create_key("reader", "SECRET", ["catalogue:read"])
    async with tenancy.scope(theirs.id):
        _, foreign = await keys.create_key("partner", "SECRET", ["imports:write"])

    refused = await hand_in(asking, reader, "No\n")
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    nobody = await asking.post("/files?name=x", content=b"x")
    assert (nobody.status_code, codes(nobody)) == (401, ["UNAUTHENTICATED"])

    file = (await hand_in(asking, key, "No\n1\n")).json()["id"]
    told = (await ask(asking, PLAN, token=foreign, file=file, mapping=MAPPING)).json()["data"]["importCreate"]
    assert told["userErrors"] == [{"code": "NOT_FOUND", "field": []}]
    async with tenancy.scope(theirs.id):
        assert await tenancy.fetch_value(sql("select count(*) from imports where tenant_id = {venue}")) == 0
