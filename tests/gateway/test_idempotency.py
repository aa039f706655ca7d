"""One key, one effect: whoever sends it how often, and whatever dies in between."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from resolvers import contracts
from resolvers.fields import rules_of
from tenants import tenancy
from tenants.files import File
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.gateway.test_storm import Server
from tests.recording import recorded

MAPPING = "{fields: [], empty: []}"
IMPORT = (
    f"mutation ($file: ID!) {{ importCreate(fileId: $file, kind: SEASONS, mapping: {MAPPING})"
    " { import { id } userErrors { code field } } }"
)
KEYED = IMPORT.replace("$file: ID!", "$file: ID!, $key: String!").replace("})", "}) @idempotent(key: $key)")
BOTH = pytest.mark.parametrize("form", ["header", "directive"])


async def make_file(venue: Any) -> str:
    """A file that every import of it is a new effect of."""
    async with tenancy.scope(venue.id):
        return gid(await File.create(name="seasons.csv", complete=True))


async def send(asking: httpx.AsyncClient, form: str, key: str, token: str | None, **given: Any) -> httpx.Response:
    """The import, with its key in one of the two forms."""
    if form == "header":
        return await ask(asking, IMPORT, token=token, headers={"Idempotency-Key": key}, **given)
    return await ask(asking, KEYED, token=token, key=key, **given)


async def count(venue: Any, table: str = "imports") -> int:
    async with tenancy.scope(venue.id):
        return await tenancy.fetch_value(sql(f"select count(*) from {table} where tenant_id = {{venue}}"))


@BOTH
async def test_a_hundred_sends_of_one_key_are_one_effect_and_a_hundred_equal_answers(form: str):
    venue = await make_venue()
    token, file = await make_token(venue), await make_file(venue)
    async with client() as asking:
        answers = await asyncio.gather(*(send(asking, form, "one", token, file=file) for _ in range(100)))

    assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
    assert answers[0].json()["data"]["importCreate"]["userErrors"] == []
    assert (await count(venue), await count(venue, "jobs")) == (1, 1)


@BOTH
async def test_a_server_killed_in_the_middle_and_the_same_key_again_are_one_effect(form: str, tmp_path: Path):
    venue = await make_venue()
    token, file = await make_token(venue), await make_file(venue)
    with_header = form == "header"
    asked = (IMPORT, {"file": file}) if with_header else (KEYED, {"file": file, "key": "one"})
    body = json.dumps({"query": asked[0], "variables": asked[1]})
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": "one"} if with_header else {})}
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with suppress(ProcessLookupError):  # when its time to stop comes, the first one is gone
        async with Server(tmp_path / "first") as first, tenancy.scope(venue.id):
            # Nobody can refer to the file now: the import waits after its key was taken and before its row is written.
            await tenancy.fetch(sql("select id from files where tenant_id = {venue} for update"))
            cut_off = asyncio.create_task(first.send("POST", "/graphql", headers, body))
            async with asyncio.timeout(10):
                while not await somebody_waits():
                    await asyncio.sleep(0.02)
            first.process.kill()
            await asyncio.gather(cut_off, first.process.wait(), return_exceptions=True)
    assert await count(venue) == 0
    async with Server(tmp_path / "second") as second:
        again = await second.send("POST", "/graphql", headers, body)
        once_more = await second.send("POST", "/graphql", headers, body)

    assert again[0] == 200 and again == once_more
    assert json.loads(again[1])["data"]["importCreate"]["userErrors"] == []
    assert (await count(venue), await count(venue, "jobs")) == (1, 1)


async def somebody_waits() -> bool:
    waiting = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
    return bool(await tenancy.fetch_value(sql(waiting)))


@BOTH
async def test_a_key_with_another_body_is_refused_and_does_nothing(form: str):
    venue = await make_venue()
    token, file, other = await make_token(venue), await make_file(venue), await make_file(venue)
    async with client() as asking:
        first = await send(asking, form, "one", token, file=file)
        changed = await send(asking, form, "one", token, file=other)
        again = await send(asking, form, "one", token, file=file)

    assert (changed.status_code, codes(changed)) == (422, ["IDEMPOTENCY_KEY_REUSED"])
    assert again.text == first.text
    assert await count(venue) == 1


@BOTH
async def test_a_key_is_its_senders_at_one_venue(form: str):
    ours, theirs = await make_venue(), await make_venue()
    email = f"{uuid4().hex}@example.org"
    here, there = await make_file(ours), await make_file(theirs)
    token, colleague, program = await make_token(ours), await make_token(ours), await make_key(ours, "imports:write")
    async with client() as asking:
        answers = [await send(asking, form, "one", who, file=here) for who in (token, colleague, program)]
        elsewhere = await send(asking, form, "one", await make_token(theirs, email=email), file=there)

    made = {a.json()["data"]["importCreate"]["import"]["id"] for a in (*answers, elsewhere)}
    assert len(made) == 4
    assert (await count(ours), await count(theirs)) == (3, 1)


@BOTH
async def test_what_a_rule_has_refused_is_refused_again_without_asking_the_rule(form: str):
    venue = await make_venue()
    token, missing = await make_token(venue), uuid4()
    async with client() as asking:
        first = await send(asking, form, "one", token, file=f"File_{missing.hex}")
        async with tenancy.scope(venue.id):
            await File.create(id=missing, name="late.csv", complete=True)
        again = await send(asking, form, "one", token, file=f"File_{missing.hex}")
        new_key = await send(asking, form, "two", token, file=f"File_{missing.hex}")

    assert [e["code"] for e in first.json()["data"]["importCreate"]["userErrors"]] == ["NOT_FOUND"]
    assert again.text == first.text
    assert new_key.json()["data"]["importCreate"]["userErrors"] == []
    assert await count(venue) == 1


@BOTH
async def test_what_failed_as_a_whole_frees_its_key(form: str):
    venue = await make_venue()
    reader, file = await make_key(venue, "customers:read"), await make_file(venue)
    async with client() as asking:
        answer = await send(asking, form, "one", reader, file=file)
        wrong_value = await send(asking, form, "two", await make_token(venue), file=None)

    assert codes(answer) == ["FORBIDDEN"]
    assert codes(wrong_value) == ["BAD_USER_INPUT"]
    assert (await count(venue), await count(venue, "idempotency_keys")) == (0, 0)


async def test_of_an_operation_under_one_key_only_what_failed_is_done_again():
    venue, query = await make_venue(), "mutation ($file: ID!, $rows: [SeasonUpsertRow!]!) { "
    query += "importCreate(fileId: $file, kind: SEASONS, mapping: {fields: [], empty: []}) { import { id } }"
    query += " seasonsUpsert(rows: $rows) { created } }"
    program, file = await make_key(venue, "imports:write"), await make_file(venue)
    rows = [{"externalId": "26", "name": "2026/27"}]
    given = {"token": program, "headers": {"Idempotency-Key": "one"}, "file": file, "rows": rows}
    async with client() as asking:
        first = await ask(asking, query, **given)
        async with tenancy.platform():
            allow = "update keys set scopes = array['imports:write', 'catalogue:write'] where tenant_id = {id}"
            await tenancy.execute(sql(allow, id=venue.id))
        second, third = await ask(asking, query, **given), await ask(asking, query, **given)

    assert (codes(first), first.json()["data"]["seasonsUpsert"]) == (["FORBIDDEN"], None)
    made = first.json()["data"]["importCreate"]
    assert second.json() == third.json() == {"data": {"importCreate": made, "seasonsUpsert": {"created": 1}}}
    assert await count(venue) == 1


async def test_whoever_may_no_longer_do_it_is_not_answered_from_before():
    venue = await make_venue()
    program, file = await make_key(venue, "imports:write"), await make_file(venue)
    async with client() as asking:
        await send(asking, "header", "one", program, file=file)
        async with tenancy.platform():
            await tenancy.execute(sql("update keys set scopes = '{{}}' where tenant_id = {id}", id=venue.id))
        answer = await send(asking, "header", "one", program, file=file)

    assert (codes(answer), answer.json()["data"]) == (["FORBIDDEN"], {"importCreate": None})


async def test_an_error_inside_an_answer_is_told_again():
    """The mutation was done, a part of its answer was not for this caller."""
    venue = await make_venue()
    program = await make_key(venue, "sales:write")
    row = {"externalId": "1", "channel": "ONLINE", "orderedAt": "2026-10-01T12:00:00Z", "lines": []}
    query = (
        'mutation ($rows: [OrderUpsertRow!]!) { done: ordersUpsert(rows: $rows) @idempotent(key: "one")'
        " { created results { errors { code message } object { ... on Order { customer { id } } } } } }"
    )
    async with client() as asking:
        first = await ask(asking, query, token=program, rows=[row])
        again = await ask(asking, query, token=program, rows=[row])
        renamed = await ask(asking, query.replace("done:", "again:"), token=program, rows=[row])

    assert codes(first) == ["FORBIDDEN"]
    assert again.text == first.text
    assert renamed.json()["data"]["again"] == first.json()["data"]["done"]
    assert [e["path"][0] for e in renamed.json()["errors"]] == ["again"]


async def test_fields_with_keys_of_their_own_are_done_or_answered_each_for_itself():
    venue = await make_venue()
    token, file, other = await make_token(venue), await make_file(venue), await make_file(venue)

    def asked(*parts: tuple[str, str, str]) -> str:
        create = "{}: importCreate(fileId: {}, kind: SEASONS, mapping: {}) @idempotent(key: {}) {{ import {{ id }} }}"
        written = [create.format(name, json.dumps(file), MAPPING, json.dumps(key)) for name, file, key in parts]
        return f"mutation {{ {' '.join(written)} }}"

    async with client() as asking:
        first = await ask(asking, asked(("a", file, "z")), token=token)
        second = await ask(asking, asked(("b", other, "y"), ("c", file, "z")), token=token)
        shared = await ask(asking, asked(("a", file, "x"), ("b", file, "x")), token=token)

    assert second.json()["data"]["c"] == first.json()["data"]["a"] != second.json()["data"]["b"]
    assert codes(shared) == ["IDEMPOTENCY_KEY_REUSED"]
    assert await count(venue) == 2


async def test_a_key_is_refused_where_it_would_promise_too_much():
    venue = await make_venue()
    token, admin, header = await make_token(venue), await make_token(platform_admin=True), {"Idempotency-Key": "one"}
    sign_in = 'mutation { signIn(email: "a@b.example", password: "x") { token } }'
    key_create = 'mutation { keyCreate(name: "n") { secret } }'
    venue_create = (
        'mutation { venueCreate(slug: "x", name: "x", timeZone: "UTC", currency: "NOK", languages: []) { venue { id } } }'
    )
    in_both = 'mutation { venueUpdate(input: {}) @idempotent(key: "two") { venue { id } } }'
    in_query = '{ venue @idempotent(key: "one") { name } }'
    in_depth = 'mutation { venueUpdate(input: {}) { venue @idempotent(key: "one") { id } } }'
    async with client() as asking:
        queries = [("{ venue { id } }", token), ("{ __typename }", token)]
        for query, who in [*queries, (sign_in, None), (key_create, token), (venue_create, admin), (in_both, token)]:
            answer = await ask(asking, query, token=who, headers=header)
            assert (answer.status_code, codes(answer)) == (400, ["IDEMPOTENCY_KEY_REFUSED"]), query
        in_directive = [
            await ask(asking, query.replace(") {", ') @idempotent(key: "one") {', 1), token=who)
            for query, who in [(sign_in, None), (key_create, token)]
        ]
        misplaced = [await ask(asking, query, token=token) for query in (in_query, in_depth)]
        shop = await ask(asking, in_query, token=await make_key(venue, kind="PUBLISHABLE"), path="/storefront/graphql")
        shop_header = await ask(
            asking,
            "{ venue { name } }",
            token=await make_key(venue, kind="PUBLISHABLE"),
            path="/storefront/graphql",
            headers=header,
        )
        empty = await ask(asking, "mutation { __typename }", token=token, headers=header)

    assert empty.json() == {"data": {"__typename": "Mutation"}}
    assert [codes(a) for a in in_directive] == [["IDEMPOTENCY_KEY_REFUSED"]] * 2
    assert [codes(a) for a in (*misplaced, shop)] == [["GRAPHQL_VALIDATION_FAILED"]] * 3
    assert codes(shop_header) == ["IDEMPOTENCY_KEY_REFUSED"]
    assert await count(venue, "idempotency_keys") == 0


@pytest.mark.parametrize("key", ["", "k" * 256, "naïve", "tab\there"])
async def test_a_key_is_of_printable_characters(key: str):
    venue = await make_venue()
    token, file = await make_token(venue), await make_file(venue)
    async with client() as asking:
        answer = await send(asking, "directive", key, token, file=file)
        longest = await send(asking, "header", "k" * 255, token, file=file)

    assert codes(answer) == ["BAD_USER_INPUT"]
    assert "errors" not in longest.json()
    assert await count(venue) == 1


def test_no_mutation_that_answers_a_secret_keeps_its_answer():
    rules = {name: rule for (_, name), rule in rules_of(contracts.graphql._schema).items()}

    assert {"keyCreate", "signIn"} <= {name for name, rule in rules.items() if rule.secret}
    assert not rules["keyRevoke"].secret


async def test_a_request_without_a_key_sends_no_statement_more():
    venue = await make_venue()
    token, file = await make_token(venue), await make_file(venue)
    async with client() as asking:
        with recorded() as plain:
            await ask(asking, IMPORT, token=token, file=file)
        with recorded() as keyed:
            await send(asking, "header", "one", token, file=file)

    assert not any("idempotency" in s.query or "lock_timeout" in s.query for s in plain)
    # The time a request may wait, the key, the time again, and the answer; the token's use is noted once a minute.
    assert len([s for s in keyed if "idempotency" in s.query or "lock_timeout" in s.query]) == 4
