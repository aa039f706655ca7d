"""Every mutation of the contract leaves one entry in the audit log, whether it is done or refused, and none holds a secret."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tenants import keys, people, resets, sessions, tenancy
from tenants.audit_entries import AuditEntry
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_code, make_key, make_token, make_venue
from tests.filled import Filled, fill
from tests.gateway.clients import ask, client, codes
from tests.groups import two_sides
from tests.probes.callers import who_may
from tests.probes.calls import CONTRACTS, PATHS, Call, plain_call, roots
from tests.recording import recorded

MUTATIONS = [(contract, root) for contract, _, root in roots(CONTRACTS, "mutation")]
OF_THE_PLATFORM = {"venueCreate", "supportAccessRequest"}
TOLD_TO_THE_VENUE = {"supportAccessRequest"}  # when it is done
BY_CODE = {"customerCodeSend", "customerCodeRedeem"}
NEVER_REFUSED = {"passwordResetRequest"}  # it is only ever throttled, and that is told once in five minutes
ENDS = {
    "customerCodeRedeem",
    "signIn",
    "signOut",
    "passwordReset",
    "passwordChange",
    "tokenRefresh",
    "sessionRevoke",
}  # tokens, or begins one
NOT_BY_STAFF = {("graphql", "customerTokenCreate")} | {each for each in MUTATIONS if each[0] == "storefront"}
PASSWORD = "hemmelig-Canary-91"
ENTRIES = """{ auditEntries { totalCount nodes {
  id createdAt actorKind actor actorName action objects outcome code traceId network
  changes { object field before after } counts { outcome rows } } } }"""


async def logged(venue: Any) -> list[Any]:
    """What mutations have left at a venue, the oldest first; without the row that fill() has made."""
    async with tenancy.scope(venue.id):
        rows = await AuditEntry.rows(sql("t.trace_id !~ 'AuditEntry'"), tail=sql("order by t.created_at, t.id"))
    return [(row.action, row.outcome, row.code) for row in rows]


async def above_all_venues(trace: str) -> list[Any]:
    async with tenancy.platform(readonly=True):
        rows = await tenancy.fetch(sql("select * from platform_audit_entries where trace_id = {trace}", trace=trace))
    return [(row.action, row.outcome, row.code) for row in rows]


@pytest.fixture(scope="module")
async def ours() -> Filled:
    return await fill(await make_venue(), "ours")


async def sent(made: Call, *, headers: dict[str, str], token: str | None = None) -> Any:
    if token:
        headers = headers | {"Authorization": f"Bearer {token}"}
    async with client() as asking:
        return await asking.post(PATHS[made.contract], json={"query": made.query, "variables": made.variables}, headers=headers)


async def a_reset_for(email: str) -> str:
    """The secret that is mailed."""
    await resets.request(email, "203.0.113.7")
    async with tenancy.platform():
        latest = "select r.id from password_resets r join persons p on p.id = r.person_id where p.email = {email}"
        prepared = await resets.prepare(await tenancy.fetch_value(sql(latest, email=email)))
    assert prepared
    return prepared[1]


async def another_session(email: str) -> Any:
    """A second session of the person: its id and its tokens."""
    async with tenancy.platform():
        person = await tenancy.fetch_value(sql("select id from persons where email = {email}", email=email))
        pair = await sessions.start(person)
        newest = "select id from sessions where person_id = {person} order by created_at desc, id desc limit 1"
        return await tenancy.fetch_value(sql(newest, person=person)), pair


@pytest.mark.parametrize(("contract", "root"), MUTATIONS, ids=[root for _, root in MUTATIONS])
async def test_a_mutation_leaves_one_entry_when_it_is_done_and_one_when_it_is_refused(contract: str, root: str):
    ours = await fill(await make_venue(), "ours")
    email, trace = f"{uuid4().hex}@example.org", uuid4().hex
    token = await make_token(ours.venue, email=email, password=PASSWORD, platform_admin=root in OF_THE_PLATFORM)
    made = plain_call(contract, "mutation", root, ours)
    if root == "signIn":
        made.variables |= {"email": email, "password": PASSWORD}
    if root == "passwordChange":
        made.variables |= {"oldPassword": PASSWORD, "newPassword": f"{PASSWORD}-new"}
    if root == "passwordReset":
        made.variables |= {"token": await a_reset_for(email), "password": f"{PASSWORD}-new"}
        token = None
    if root in ("tokenRefresh", "sessionRevoke"):
        session, pair = await another_session(email)
        made.variables |= {"refreshToken": pair.refresh} if root == "tokenRefresh" else {"id": f"Session_{session.hex}"}
        token = None if root == "tokenRefresh" else token
    if root == "customerCodeRedeem":
        made.variables |= {"email": email, "code": await make_code(ours.venue, email), "customerId": None}
    if root == "syncStart":
        made.variables |= await two_sides(ours.venue)
    if (contract, root) in NOT_BY_STAFF:
        token = (await who_may(contract, "mutation", root, ours.venue, ours.rows["Customer"].id)).secret
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}

    done = await sent(made, token=token, headers=headers)
    assert codes(done) == [] and done.json()["data"][root]["userErrors"] == [], done.text
    platform, here = root in OF_THE_PLATFORM, [] if root in OF_THE_PLATFORM - TOLD_TO_THE_VENUE else [(root, "DONE", None)]
    assert await logged(ours.venue) == here
    assert await above_all_venues(trace) == ([] if here else [(root, "DONE", None)])

    if root in NEVER_REFUSED:
        return
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    if root in ("passwordReset", "tokenRefresh"):
        refused, code = await sent(made, token=await make_key(ours.venue), headers=headers), "INVALID_TOKEN"
    elif root in BY_CODE:
        made.variables |= {"email": "nobody"}
        code = "INVALID_VALUE" if root == "customerCodeSend" else "INVALID_TOKEN"
        refused = await sent(made, token=token, headers=headers)
    elif root == "signIn":
        made.variables["password"] = "wrong"
        refused, code = await sent(made, headers=headers), "WRONG_CREDENTIALS"
    else:
        refused, code = await sent(made, token=await make_key(ours.venue), headers=headers), "FORBIDDEN"
    assert code in refused.text
    assert await logged(ours.venue) == (here if platform else [*here, (root, "REFUSED", code)])
    assert await above_all_venues(trace) == ([(root, "REFUSED", code)] if platform else [])


async def test_no_entry_holds_a_secret():
    ours = await fill(await make_venue(), "ours")
    email = f"{uuid4().hex}@example.org"
    token = await make_token(ours.venue, email=email, password=PASSWORD)
    canaries = [PASSWORD, token, "wrong-Canary-17", "canary_comment", "canary@example.org", "198.51.100.77"]
    sign_in = "mutation S($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }"
    async with client(address="198.51.100.77") as asking:  # from where nobody else signs in too often
        answer = await ask(asking, sign_in, e=email, p=PASSWORD)
        canaries.append(answer.json()["data"]["signIn"]["token"])
        await ask(asking, sign_in, e=email, p="wrong-Canary-17")
        await ask(asking, sign_in, e="canary@example.org", p="wrong-Canary-17")
        made = await ask(asking, 'mutation { keyCreate(name: "Partner") { secret } } # canary_comment', token=token)
        canaries.append(made.json()["data"]["keyCreate"]["secret"])
        for contract, root in MUTATIONS:
            if root not in (*ENDS, *OF_THE_PLATFORM):
                call = plain_call(contract, "mutation", root, ours)
                who = (await who_may(contract, "mutation", root, ours.venue, ours.rows["Customer"].id)).secret
                secret = who if (contract, root) in NOT_BY_STAFF else token
                answer = await ask(asking, call.query, token=secret, path=PATHS[contract], **call.variables)
                shown = {"customerTokenCreate": "token", "keyRotate": "secret"}.get(root)
                canaries += [answer.json()["data"][root][shown]] if shown else []

    async with tenancy.scope(ours.venue.id):
        kept = [r.t for r in await tenancy.fetch(sql("select t::text as t from audit_entries t where t.tenant_id = {venue}"))]
    async with tenancy.platform():
        kept += [r.t for r in await tenancy.fetch(sql("select t::text as t from platform_audit_entries t"))]
    assert len(kept) > len(MUTATIONS) - len(ENDS) - len(OF_THE_PLATFORM)
    assert [c for c in canaries for text in kept if c in text] == []
    assert [text for text in kept if "probe@example.org" in text and "contact_email" not in text] == []


async def test_the_venue_reads_what_was_done_and_by_whom():
    venue = await make_venue(name="Storhuset")
    token = await make_token(venue)
    async with client() as asking:
        answer = await ask(
            asking, 'mutation { venueUpdate(input: { name: "Nyhuset", currency: "NOK" }) { venue { id } } }', token=token
        )
        trace, venue_id = answer.headers["X-Trace-Id"], answer.json()["data"]["venueUpdate"]["venue"]["id"]
        made = (
            await ask(
                asking, 'mutation { keyCreate(name: "Partner", scopes: ["audit:read"]) { key { id } secret } }', token=token
            )
        ).json()
        key = made["data"]["keyCreate"]["key"]["id"]
        secret = made["data"]["keyCreate"]["secret"]
        rows = 'rows: [{ externalId: "a", name: "A" }, { externalId: "b" }]'
        await ask(asking, f"mutation {{ seasonsUpsert({rows}) {{ created }} }}", token=token)
        await ask(asking, f'mutation {{ keyRevoke(id: "Key_{uuid4().hex}") {{ key {{ id }} }} }}', token=token)
        log = (await ask(asking, ENTRIES, token=secret)).json()["data"]["auditEntries"]
        by_object = await ask(
            asking, "query Q($o: String) { auditEntries(where: { object: $o }) { nodes { action } } }", o=key, token=secret
        )
        by_action = await ask(
            asking,
            'query Q($a: String) { auditEntries(where: { actor: $a, action: "keyRevoke", outcome: REFUSED,'
            ' createdFrom: "2020-01-01T00:00:00Z", createdBefore: "2999-01-01T00:00:00Z" }) { nodes { action } } }',
            a=log["nodes"][0]["actor"],
            token=secret,
        )
        later = await ask(asking, '{ auditEntries(where: { createdFrom: "2999-01-01T00:00:00Z" }) { totalCount } }', token=secret)

    first, second, third, fourth = log["nodes"]
    actor, at = first.pop("actor"), first.pop("createdAt")
    assert actor.startswith("Person_") and at.endswith("Z") and first.pop("id").startswith("AuditEntry_")
    assert first == {
        "actorKind": "PERSON", "actorName": "Kari Nordmann", "action": "venueUpdate", "objects": [venue_id], "outcome": "DONE",
        "code": None, "traceId": trace, "network": "203.0.113.0/24", "counts": [],
        "changes": [{"object": venue_id, "field": "name", "before": "Storhuset", "after": "Nyhuset"}],
    }  # fmt: skip
    assert (second["objects"], {c["field"] for c in second["changes"]}) == (
        [key],
        {"name", "kind", "prefix", "scopes", "organisationIds"},
    )
    assert third["counts"] == [{"outcome": "created", "rows": 1}, {"outcome": "rejected", "rows": 1}]
    assert (fourth["action"], fourth["outcome"], fourth["code"], len(fourth["objects"])) == (
        "keyRevoke",
        "REFUSED",
        "NOT_FOUND",
        1,
    )
    assert by_object.json()["data"]["auditEntries"]["nodes"] == [{"action": "keyCreate"}]
    assert by_action.json()["data"]["auditEntries"]["nodes"] == [{"action": "keyRevoke"}]
    assert later.json()["data"]["auditEntries"]["totalCount"] == 0


async def test_staff_of_an_organisation_read_what_reaches_no_further_than_they_do():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        mine, other = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
    readers = {
        "house": await make_token(venue),
        "theatre": await make_token(venue, organisation_ids=[mine.id]),
        "cinema": await make_token(venue, organisation_ids=[other.id]),
        "both": await make_token(venue, organisation_ids=[mine.id, other.id]),
    }
    async with client() as asking:
        for name, token in readers.items():
            await ask(
                asking, f'mutation {{ seasonsUpsert(rows: [{{ externalId: "{name}", name: "S" }}]) {{ created }} }}', token=token
            )
        seen = {
            name: (await ask(asking, "{ auditEntries { totalCount } }", token=token)).json()["data"]["auditEntries"]["totalCount"]
            for name, token in readers.items()
        }
        box_office = await ask(asking, ENTRIES, token=await make_token(venue, "BOX_OFFICE"))

    assert seen == {"house": 4, "theatre": 1, "cinema": 1, "both": 3}
    assert codes(box_office) == ["FORBIDDEN"]


async def test_a_sign_in_is_told_to_every_venue_of_the_person_and_of_a_stranger_to_none():
    here, there, elsewhere = [await make_venue() for _ in range(3)]
    email, trace = f"{uuid4().hex}@example.org", uuid4().hex
    await make_token(here, email=email, password=PASSWORD)
    async with tenancy.platform():
        person = await tenancy.fetch_value(sql("select id from persons where email = {email}", email=email))
        await people.grant(person, there.id, "BOX_OFFICE")
    sign_in = "mutation S($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }"
    async with client(address="198.51.100.78") as asking:
        await ask(asking, sign_in, e=email, p="wrong")
        await ask(asking, sign_in, e=email, p=PASSWORD)
        await ask(
            asking, sign_in, e=f"{uuid4().hex}@example.org", p="x", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        )

    both = [("signIn", "REFUSED", "WRONG_CREDENTIALS"), ("signIn", "DONE", None)]
    assert [await logged(venue) for venue in (here, there, elsewhere)] == [both, both, []]
    assert await above_all_venues(trace) == [("signIn", "REFUSED", "WRONG_CREDENTIALS")]


async def test_the_entries_of_a_request_cost_one_statement():
    venue = await make_venue()
    token = await make_token(venue)
    async with client() as asking:
        await ask(asking, "{ me { name } }", token=token)
        with recorded() as statements:
            await ask(
                asking, "mutation { a: seasonsUpsert(rows: []) { created } b: seasonsUpsert(rows: []) { created } }", token=token
            )

    assert [s.query.count("insert into audit_entries") for s in statements if "audit_entries" in s.query] == [2]


async def test_what_breaks_is_logged_too_and_siblings_stand(monkeypatch: pytest.MonkeyPatch):
    async def broken(*given: Any, **more: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(keys, "create_key", broken)
    venue = await make_venue()
    token = await make_token(venue)
    both = 'mutation { venueUpdate(input: { name: "Nyhuset" }) { venue { name } } keyCreate(name: "x") { secret } }'
    async with client() as asking:
        answer = await ask(asking, both, token=token)

    assert codes(answer) == ["INTERNAL_SERVER_ERROR"]
    assert json.loads(answer.text)["data"]["venueUpdate"]["venue"]["name"] == "Nyhuset"
    assert await logged(venue) == [("venueUpdate", "DONE", None), ("keyCreate", "FAILED", None)]
