from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from gateway.app import create_app
from tenants import people, tenancy
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_customer, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.mailing import mailed
from tests.resolvers.test_grants import END as END_GRANT
from tests.resolvers.test_grants import new_email, told

SHOWN = "supportAccess { id name email reason state grantedAt endsAt revokedAt } userErrors { code field message }"
GRANT = f"""
mutation ($email: String!, $reason: String! = "Prices look wrong", $until: DateTime!) {{
  it: supportAccessGrant(email: $email, reason: $reason, endsAt: $until) {{ {SHOWN} }}
}}
"""
REQUEST = f"""
mutation ($slug: String!, $reason: String! = "Prices look wrong") {{
  it: supportAccessRequest(slug: $slug, reason: $reason) {{ {SHOWN} }}
}}
"""
ACCEPT = f"mutation ($id: ID!, $until: DateTime!) {{ it: supportAccessAccept(id: $id, endsAt: $until) {{ {SHOWN} }} }}"
END = f"mutation ($id: ID!) {{ it: supportAccessEnd(id: $id) {{ {SHOWN} }} }}"
LIST = "query ($past: Boolean!) { supportAccesses(includePast: $past) { email state reason } }"
ME = "{ me { venue { slug role endsAt } memberships { slug } permissions } }"
CUSTOMERS = "{ customers(first: 1) { totalCount } }"
NAME = 'mutation { venueUpdate(input: { name: "Nyhuset" }) { venue { name } userErrors { code } } }'


def within(**length: float) -> str:
    """A time from now, as the API writes it."""
    return (datetime.now(UTC) + timedelta(**length)).isoformat(timespec="seconds").replace("+00:00", "Z")


async def listed(asking: Any, token: str, *, past: bool = False) -> Any:
    return (await ask(asking, LIST, token=token, past=past)).json()["data"]["supportAccesses"]


async def grants_at(venue: Any) -> Any:
    async with tenancy.scope(venue.id):
        rows = await tenancy.fetch(sql("select role, ends_at, revoked_at from grants where tenant_id = {venue} order by id"))
    return [tuple(row) for row in rows]


async def test_a_platform_admin_enters_while_the_venue_lets_them_and_not_a_request_longer():
    venue, email, until = await make_venue(), new_email(), within(days=2)
    admin, platform = await make_token(venue), await make_token(email=email, platform_admin=True)
    async with tenancy.scope(venue.id):
        await make_customer()
    async with client(create_app()) as one, client(create_app()) as two:
        outside = [await ask(one, CUSTOMERS, token=platform, venue=named) for named in (None, venue.slug)]
        given = await told(one, GRANT, admin, email=email.upper(), until=until)
        seen = [(await ask(app, CUSTOMERS, token=platform, venue=venue.slug)).json()["data"] for app in (one, two)]
        me = (await ask(two, ME, token=platform)).json()["data"]["me"]
        changed = await ask(two, NAME, token=platform)
        live = await listed(one, admin)
        ended = await told(one, END, admin, id=given["supportAccess"]["id"])
        out = [await ask(app, CUSTOMERS, token=platform, venue=venue.slug) for app in (one, two)]
        again = await told(two, END, admin, id=given["supportAccess"]["id"])
        left, past = await listed(one, admin), await listed(one, admin, past=True)

    assert [codes(answer) for answer in outside] == [["VENUE_REQUIRED"], ["FORBIDDEN"]]
    assert given["supportAccess"] | {"id": 0, "grantedAt": 0} == {
        "id": 0, "name": "Kari Nordmann", "email": email, "reason": "Prices look wrong", "state": "LIVE", "grantedAt": 0,
        "endsAt": until, "revokedAt": None,
    }  # fmt: skip
    assert seen == [{"customers": {"totalCount": 1}}] * 2
    assert me["venue"] == {"slug": venue.slug, "role": "SUPPORT", "endsAt": until}
    assert {"venue:write", "customers:write", "platform:admin", "audit:read", "people:read"} < {*me["permissions"]}
    assert {"people:write", "keys:write", "support:write"} & {*me["permissions"]} == set()
    assert changed.json()["data"]["venueUpdate"] == {"venue": {"name": "Nyhuset"}, "userErrors": []}
    assert live == [{"email": email, "state": "LIVE", "reason": "Prices look wrong"}]
    assert ended["supportAccess"]["state"] == "OVER" and ended["supportAccess"]["revokedAt"]
    assert [codes(answer) for answer in out] == [["FORBIDDEN"]] * 2
    assert again["userErrors"][0]["code"] == "WRONG_STATE"
    assert (left, past) == ([], [{"email": email, "state": "OVER", "reason": "Prices look wrong"}])


async def test_all_that_support_does_is_told_as_such():
    venue = await make_venue()
    admin, supporter = await make_token(venue), await make_token(venue, "SUPPORT")
    async with client() as asking:
        await ask(asking, NAME, token=admin)
        await ask(asking, NAME, token=supporter)
        await ask(asking, 'mutation { keyCreate(name: "x") { userErrors { code } } }', token=supporter)
        await ask(asking, 'mutation { venueUpdate(input: { name: "" }) { userErrors { code } } }', token=supporter)
        shown = "nodes { action outcome actorRole supportReason }"
        query = f"query Q($role: Role) {{ auditEntries(where: {{ actorRole: $role }}) {{ {shown} }} }}"
        everything = (await ask(asking, query, token=admin)).json()["data"]["auditEntries"]["nodes"]
        of_support = (await ask(asking, query, token=admin, role="SUPPORT")).json()["data"]["auditEntries"]["nodes"]

    of = {"actorRole": "SUPPORT", "supportReason": "Prices look wrong"}
    assert of_support == [
        {"action": "venueUpdate", "outcome": "DONE", **of},
        {"action": "keyCreate", "outcome": "REFUSED", **of},
        {"action": "venueUpdate", "outcome": "REFUSED", **of},
    ]
    first = {"action": "venueUpdate", "outcome": "DONE", "actorRole": "VENUE_ADMIN", "supportReason": None}
    assert everything == [first, *of_support]


async def test_support_lets_nobody_in_and_prolongs_nothing():
    venue, email = await make_venue(), new_email()
    supporter = await make_token(venue, "SUPPORT", email=email)
    before = await grants_at(venue)
    given = f'email: "{email}", reason: "More", endsAt: "{within(days=6)}"'
    tries = [
        f"mutation {{ it: supportAccessGrant({given}) {{ userErrors {{ code }} }} }}",
        'mutation { it: grantCreate(email: "x@example.org", name: "X", role: VENUE_ADMIN) { userErrors { code } } }',
        'mutation { it: keyCreate(name: "x", scopes: ["customers:read"]) { secret } }',
        f'mutation {{ it: supportAccessEnd(id: "SupportAccess_{venue.id.hex}") {{ userErrors {{ code }} }} }}',
    ]
    async with client() as asking:
        answers = [codes(await ask(asking, query, token=supporter)) for query in tries]

    assert answers == [["FORBIDDEN"]] * 4
    assert await grants_at(venue) == before


async def test_access_that_has_run_out_or_whose_holder_is_no_platform_admin_any_more_opens_nothing():
    venue, email = await make_venue(), new_email()
    admin, supporter = await make_token(venue), await make_token(venue, "SUPPORT")
    former = await make_token(venue, "SUPPORT", email=email)
    async with client() as asking:
        may = [codes(await ask(asking, CUSTOMERS, token=token, venue=venue.slug)) for token in (supporter, former)]
        async with tenancy.platform():
            await people.Person.filter(email=email).update(platform_admin=False)
        no_admin = codes(await ask(asking, CUSTOMERS, token=former, venue=venue.slug))
        async with tenancy.scope(venue.id):
            over = "update grants set created_at = now() - interval '1 day', ends_at = now() - interval '1 second'"
            await tenancy.execute(sql(over + " where tenant_id = {venue} and role = 'SUPPORT'"))
        out = codes(await ask(asking, CUSTOMERS, token=supporter, venue=venue.slug))
        left, past = await listed(asking, admin), await listed(asking, admin, past=True)

    assert (may, no_admin, out) == ([[], []], ["FORBIDDEN"], ["FORBIDDEN"])
    assert (left, [access["state"] for access in past]) == ([], ["OVER", "OVER"])


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"until": within(days=7, hours=1)}, ("INVALID_VALUE", ["endsAt"], "Support access lasts 7 days at most.")),
        ({"until": "2020-01-01T00:00:00Z"}, ("INVALID_VALUE", ["endsAt"], "The end lies in the past; end the grant instead.")),
        ({"reason": " "}, ("REQUIRED", ["reason"], "Say why.")),
        ({"reason": "x" * 501}, ("TOO_LONG", ["reason"], "A reason has at most 500 characters.")),
    ],
)
async def test_access_without_a_reason_or_a_near_end_is_not_given(given, error):
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    await make_token(email=email, platform_admin=True)
    async with client() as asking:
        answer = await told(asking, GRANT, admin, **{"email": email, "until": within(days=1), **given})
        past = await listed(asking, admin, past=True)

    code, field, message = error
    assert answer == {"supportAccess": None, "userErrors": [{"code": code, "field": field, "message": message}]}
    assert (past, len(await grants_at(venue))) == ([], 1)


async def test_the_database_itself_knows_no_longer_access():
    venue = await make_venue()
    async with tenancy.platform():
        person = await people.create_person(new_email(), "Ragnhild Vik", None, platform_admin=True)
    for ends in (None, datetime.now(UTC) + timedelta(days=8)):
        with pytest.raises(Exception, match="grants_support_check") as refused:
            async with tenancy.platform():
                await people.grant(person.id, venue.id, "SUPPORT", ends_at=ends)
        assert isinstance(refused.value.__cause__ or refused.value, asyncpg.CheckViolationError)
    assert await grants_at(venue) == []


async def test_only_a_platform_admin_gets_support_access_and_only_once():
    venue, plain, email = await make_venue(), new_email(), new_email()
    admin = await make_token(venue)
    await make_token(email=plain)
    await make_token(email=email, platform_admin=True)
    async with client() as asking:
        refused = [await told(asking, GRANT, admin, email=each, until=within(days=1)) for each in (plain, new_email(), "nobody")]
        first = await told(asking, GRANT, admin, email=email, until=within(days=1))
        twice = await told(asking, GRANT, admin, email=email, until=within(days=5))
        past = await listed(asking, admin, past=True)

    sentence = "No platform admin has this address. Whoever is none is let in with grantCreate."
    assert (
        refused
        == [{"supportAccess": None, "userErrors": [{"code": "INVALID_VALUE", "field": ["email"], "message": sentence}]}] * 3
    )
    assert first["userErrors"] == []
    assert [e["code"] for e in twice["userErrors"]] == ["NOT_UNIQUE"]
    assert past == [{"email": email, "state": "LIVE", "reason": "Prices look wrong"}]


async def test_a_support_access_is_no_grant_that_can_be_changed():
    venue = await make_venue()
    admin = await make_token(venue)
    await make_token(venue, "SUPPORT")
    before = await grants_at(venue)
    async with client() as asking:
        access = (await ask(asking, "{ supportAccesses { id } }", token=admin)).json()["data"]["supportAccesses"][0]["id"]
        as_grant = access.replace("SupportAccess_", "Grant_")
        staff = (await ask(asking, "{ people { role } }", token=admin)).json()["data"]["people"]
        longer = f'mutation {{ it: grantUpdate(id: "{as_grant}", endsAt: null) {{ userErrors {{ code }} }} }}'
        tries = [await told(asking, longer, admin), await told(asking, END_GRANT, admin, id=as_grant)]

    assert staff == [{"role": "VENUE_ADMIN"}]
    assert [e["code"] for answer in tries for e in answer["userErrors"]] == ["NOT_FOUND", "NOT_FOUND"]
    assert await grants_at(venue) == before


async def test_an_admin_of_an_organisation_lets_support_into_that_and_no_further():
    venue, email = await make_venue(), new_email()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
    parts = {each.name: await make_token(venue, organisation_ids=[each.id]) for each in (theatre, cinema)}
    platform, whole = await make_token(email=email, platform_admin=True), await make_token(venue)
    async with client() as asking:
        await told(asking, GRANT, parts["Theatre"], email=email, until=within(days=1))
        reach = (await ask(asking, "{ me { venue { organisationIds } } }", token=platform)).json()["data"]["me"]["venue"]
        seen = {name: len(await listed(asking, token)) for name, token in {**parts, "whole": whole}.items()}

    assert reach == {"organisationIds": [f"Organisation_{theatre.id.hex}"]}
    assert seen == {"Theatre": 1, "Cinema": 0, "whole": 1}


async def test_a_platform_admin_asks_and_the_admins_of_the_house_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    venue, emails = await make_venue(name="Storhuset", languages=["nb"]), [new_email(), new_email()]
    async with tenancy.scope(venue.id):
        theatre = await Organisation.create(name="Theatre")
    admin, *_ = [await make_token(venue, email=email) for email in emails]
    part = await make_token(venue, organisation_ids=[theatre.id])
    await make_token(venue, "BOX_OFFICE")
    platform = await make_token(platform_admin=True)
    async with client() as asking:
        asked = await told(asking, REQUEST, platform, slug=venue.slug, reason="The <import> of Friday failed")
        twice = await told(asking, REQUEST, platform, slug=venue.slug)
        nowhere = await told(asking, REQUEST, platform, slug="nobodys-house")
        shut = codes(await ask(asking, CUSTOMERS, token=platform, venue=venue.slug))
        mails = await mailed(venue, "support.requested")
        hidden = await listed(asking, part)
        accepted = await told(asking, ACCEPT, admin, id=asked["supportAccess"]["id"], until=within(days=1))
        opened = codes(await ask(asking, CUSTOMERS, token=platform, venue=venue.slug))
        late = await told(asking, ACCEPT, admin, id=asked["supportAccess"]["id"], until=within(days=7))
        await told(asking, END, admin, id=asked["supportAccess"]["id"])
        second = await told(asking, REQUEST, platform, slug=venue.slug)
        declined = await told(asking, END, admin, id=second["supportAccess"]["id"])
        past = await listed(asking, admin, past=True)
        log = "{ auditEntries { nodes { action outcome actorRole changes { field before after } } } }"
        entries = (await ask(asking, log, token=admin)).json()["data"]["auditEntries"]["nodes"]

    assert asked["supportAccess"]["state"] == "REQUESTED" and asked["supportAccess"]["endsAt"] is None
    assert [answer["userErrors"][0]["code"] for answer in (twice, nowhere, late)] == ["NOT_UNIQUE", "NOT_FOUND", "WRONG_STATE"]
    assert (shut, opened, hidden) == (["FORBIDDEN"], [], [])
    assert [mail.to for mail in mails] == emails
    assert {mail.subject for mail in mails} == {"Kari Nordmann asks to enter Storhuset"}  # they read English
    assert all('"The <import> of Friday failed"' in mail.text for mail in mails)
    assert accepted["supportAccess"]["state"] == "LIVE"
    assert declined["supportAccess"]["state"] == "DECLINED"
    assert [access["state"] for access in past] == ["DECLINED", "OVER"]
    assert [(e["action"], e["outcome"], e["actorRole"]) for e in entries] == [
        ("supportAccessRequest", "DONE", None),
        ("supportAccessRequest", "REFUSED", None),
        ("supportAccessAccept", "DONE", "VENUE_ADMIN"),
        ("supportAccessAccept", "REFUSED", "VENUE_ADMIN"),
        ("supportAccessEnd", "DONE", "VENUE_ADMIN"),
        ("supportAccessRequest", "DONE", None),
        ("supportAccessEnd", "DONE", "VENUE_ADMIN"),
    ]
    assert {"field": "state", "before": "REQUESTED", "after": "LIVE"} in entries[2]["changes"]
