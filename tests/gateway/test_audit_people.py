"""What the audit log tells of grants and accounts, of throttled attempts, and of what is done on the command line."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tenants import tenancy
from tenants.settings import settings
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_customer, make_customer_token, make_token, make_venue
from tests.gateway.clients import ask, client
from tests.gateway.test_cli import foyer
from tests.resolvers.test_accounts import PERSON
from tests.resolvers.test_grants import CREATE, END, change, new_email, told
from tests.resolvers.test_people import PASSWORD, SIGN_IN, elsewhere

LOG = """query ($of: String) { auditEntries(where: { object: $of }) {
  nodes { action outcome code actorKind actorName objects changes { object field before after } } } }"""


async def log_of(asking: Any, token: str, of: str | None = None) -> Any:
    return (await ask(asking, LOG, token=token, of=of)).json()["data"]["auditEntries"]["nodes"]


def changes(entry: Any) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["before"], each["after"]) for each in entry["changes"]}


async def test_the_life_of_a_grant_and_of_a_login_is_told_before_and_after():
    venue, email, newer = await make_venue(), new_email(), new_email()
    admin = await make_token(venue)
    async with client() as asking:
        grant = (await told(asking, CREATE, admin, email=email))["grant"]
        await told(asking, change(role="MARKETING", endsAt='"2099-01-01T00:00:00Z"'), admin, id=grant["id"])
        await told(asking, END, admin, id=grant["id"])
        await told(asking, CREATE, admin, email=email)
        await told(asking, PERSON, admin, id=grant["personId"], email=newer)
        of_grant, of_person = await log_of(asking, admin, grant["id"]), await log_of(asking, admin, grant["personId"])

    assert [entry["action"] for entry in of_grant] == ["grantCreate", "grantUpdate", "grantEnd"]
    made, changed, ended = map(changes, of_grant)
    assert made == {"email": (None, email), "role": (None, "BOX_OFFICE"), "organisationIds": (None, [])}
    assert changed == {"role": ("BOX_OFFICE", "MARKETING"), "endsAt": (None, "2099-01-01 00:00:00+00:00")}
    assert list(ended) == ["revokedAt"] and ended["revokedAt"][1]
    assert [(entry["action"], changes(entry)) for entry in of_person] == [("personUpdate", {"email": (email, newer)})]


async def test_what_a_customer_does_is_told_of_a_customer():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer()
    change = 'mutation { customerUpdate(phone: "+47 22") { customer { phone } } }'
    query = "{ auditEntries(where: { actorRole: CUSTOMER }) { nodes { action actorRole supportReason } } }"
    async with client() as asking:
        await ask(asking, change, token=await make_customer_token(venue, kari.id), path="/storefront/graphql")
        log = (await ask(asking, query, token=await make_token(venue))).json()["data"]["auditEntries"]["nodes"]

    assert log == [{"action": "customerUpdate", "actorRole": "CUSTOMER", "supportReason": None}]


async def test_a_new_password_names_the_person_and_tells_nothing_of_it():
    venue, email = await make_venue(), new_email()
    token = await make_token(venue, email=email, password=PASSWORD)
    query = "mutation ($old: String!, $new: String!) { it: passwordChange(oldPassword: $old, newPassword: $new) { changed } }"
    async with elsewhere() as asking:
        await told(asking, query, token, old=PASSWORD, new="et helt annet passord")
        me = (await ask(asking, "{ me { person { id } } }", token=token)).json()["data"]["me"]["person"]["id"]
        (entry,) = await log_of(asking, token, me)

    assert (entry["action"], entry["objects"], entry["changes"]) == ("passwordChange", [me], [])


async def test_of_throttled_attempts_one_is_told_for_an_account():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    await make_token(venue, "BOX_OFFICE", email=email, password=PASSWORD)
    for _ in range(5):
        async with elsewhere() as asking:  # an address of its own each time
            for _ in range(4):
                await ask(asking, SIGN_IN, email=email, password="guess")
    async with client() as asking:
        entries = [(entry["outcome"], entry["code"]) for entry in await log_of(asking, admin)]

    assert entries == [("REFUSED", "WRONG_CREDENTIALS")] * 10 + [("REFUSED", "THROTTLED")]


async def test_a_sprayer_leaves_one_entry_however_long_it_goes_on():
    async def sprays() -> int:
        async with tenancy.platform(readonly=True):
            counted = "select count(*) from platform_audit_entries where code = 'THROTTLED' and action = 'signIn'"
            return int(await tenancy.fetch_value(sql(counted)))

    before = await sprays()
    async with elsewhere() as asking:
        for _ in range(25):
            await ask(asking, SIGN_IN, email=new_email(), password="guess")

    assert await sprays() == before + 1


async def test_what_the_command_line_changes_is_told():
    email, slug = new_email(), f"house-{uuid4().hex[:8]}"
    foyer("venue", "create", slug, "Nyhuset", "--time-zone", "Europe/Oslo", "--currency", "NOK", "--language", "no")
    foyer("person", "create", email, "Astrid Solheim", "--password", PASSWORD)
    foyer("person", "let-in", email, slug, "VENUE_ADMIN")
    refused = foyer("person", "let-in", email, "nobodys-house", "VENUE_ADMIN")
    async with elsewhere() as asking:
        signed = (await ask(asking, SIGN_IN, email=email, password=PASSWORD)).json()["data"]["signIn"]
        entries = await log_of(asking, signed["token"])
    async with tenancy.platform(readonly=True):
        above = (
            "select action, changes::text as told from platform_audit_entries where actor_kind = 'PLATFORM' order by created_at"
        )
        rows = [row for row in await tenancy.fetch(sql(above)) if slug in row.told or email in row.told]

    assert refused.returncode == 1
    let_in, *_ = entries
    assert (let_in["action"], let_in["actorKind"], let_in["actorName"]) == ("foyer person let-in", "PLATFORM", "the command line")
    assert changes(let_in)["role"] == (None, "VENUE_ADMIN")
    assert [row.action for row in rows] == ["foyer venue create", "foyer person create"]
    assert PASSWORD not in json.dumps([row.told for row in rows])


async def test_which_entries_are_about_an_object_is_append_only_too_and_found_by_an_index():
    venue = await make_venue()
    admin = await make_token(venue)
    async with client() as asking:
        await told(asking, CREATE, admin, email=new_email())
    for attack in ("update audit_objects set object = 'x'", "delete from audit_objects", "truncate audit_objects"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied|append-only"):
            async with tenancy.scope(venue.id):
                await tenancy.execute(sql(f"/* attack */ {attack}"))
    async with tenancy.scope(venue.id):
        many = """insert into audit_objects (tenant_id, object, entry_id) select {venue}, 'Grant_' || n, a.id
          from generate_series(1, 5000) n, (select id from audit_entries where tenant_id = {venue} limit 1) a"""
        await tenancy.execute(sql(many))
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute("analyze audit_objects")
    await owner.close()
    async with tenancy.scope(venue.id):
        asked = "explain select o.entry_id from audit_objects o where o.tenant_id = {venue} and o.object = {object}"
        plan = "\n".join(row[0] for row in await tenancy.fetch(sql(asked, object=f"Grant_{uuid4().hex}")))

    assert "audit_objects_pkey" in plan and "object = " in plan.split("Index Cond", 1)[1].splitlines()[0]


async def test_a_refusal_that_cannot_be_written_is_told_by_the_log_of_the_gateway(monkeypatch, caplog):
    hasty = settings().model_copy(update={"statement_timeout": 0.3})
    monkeypatch.setattr(tenancy, "settings", lambda: hasty)
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer()
    customer, staff, order = await make_customer_token(venue, kari.id), await make_token(venue, "BOX_OFFICE"), uuid4()
    release = f'mutation {{ purchaseRelease(id: "Order_{order.hex}") {{ userErrors {{ code }} }} }}'
    wrong = 'mutation { signIn(email: "nobody@example.org", password: "not at all") { userErrors { code } } }'
    owner = await asyncpg.connect(settings().database_owner_url)
    try:
        async with owner.transaction(), client() as asking:
            await owner.execute("lock table audit_entries, platform_audit_entries in exclusive mode")
            refused = await ask(asking, release, token=customer, path="/storefront/graphql")
            forbidden = await ask(asking, 'mutation { keyCreate(name: "x") { secret } }', token=staff)
            unknown = await ask(asking, wrong)
    finally:
        await owner.close()

    assert refused.json()["data"] == {"purchaseRelease": {"userErrors": [{"code": "NOT_FOUND"}]}}
    async with tenancy.platform(readonly=True):
        person = await tenancy.fetch_value(sql("select person_id from grants where tenant_id = {id}", id=venue.id))
    traces = [answer.headers["x-trace-id"] for answer in (refused, forbidden, unknown)]
    assert [line for line in caplog.messages if line.startswith("audit entry lost")] == [
        f"audit entry lost (QueryCanceledError): {told}"
        for told in (
            f"purchaseRelease REFUSED NOT_FOUND by {gid(kari)} venue {venue.id} about Order_{order.hex} trace {traces[0]}",
            f"keyCreate REFUSED FORBIDDEN by Person_{person.hex} venue {venue.id} trace {traces[1]}",
            f"signIn REFUSED WRONG_CREDENTIALS by ANONYMOUS trace {traces[2]}",
        )
    ]
