import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.app import create_app
from tenants import tenancy
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.resolvers.test_grants import told

ROTATE = """
mutation ($id: ID!, $overlap: Int! = 24) {
  it: keyRotate(id: $id, overlapHours: $overlap) { secret key { id scopes prefix } userErrors { code field } }
}
"""
OVERLAP_END = "mutation ($id: ID!) { it: keyOverlapEnd(id: $id) { key { secrets { endsAt } } userErrors { code } } }"
REVOKE = "mutation ($id: ID!) { it: keyRevoke(id: $id) { key { revokedAt } userErrors { code } } }"
KEYS = "{ keys { id prefix lastUsedAt expiresSoon secrets { prefix lastUsedAt endsAt } } }"
SEASONS = "{ seasons { totalCount } }"


async def the_key(asking: Any, token: str) -> Any:
    (key,) = (await ask(asking, KEYS, token=token)).json()["data"]["keys"]
    return key


async def good(asking: Any, *secrets: str) -> list[bool]:
    """Which of these secrets open the door."""
    return [codes(await ask(asking, SEASONS, token=secret)) == [] for secret in secrets]


async def test_a_partner_changes_over_while_both_secrets_are_good():
    venue = await make_venue()
    admin, first = await make_token(venue), await make_key(venue, "catalogue:read")
    async with client(create_app()) as one, client(create_app()) as two:
        before = await the_key(one, admin)
        rotated = await told(one, ROTATE, admin, id=before["id"])
        second = rotated["secret"]
        unused = await the_key(one, admin)
        both = await good(two, first, second)
        used = await the_key(one, admin)
        ended = await told(one, OVERLAP_END, admin, id=before["id"])
        again = await told(one, OVERLAP_END, admin, id=before["id"])
        after = [await good(app, first, second) for app in (one, two)]

    assert rotated["userErrors"] == [] and second.startswith(rotated["key"]["prefix"]) and second != first
    assert (rotated["key"]["id"], rotated["key"]["scopes"]) == (before["id"], ["catalogue:read"])
    newest, older = unused["secrets"]
    assert (newest["prefix"], newest["lastUsedAt"], newest["endsAt"]) == (second[:12], None, None)
    assert (older["prefix"], before["prefix"]) == (first[:12], first[:12])
    hours = (datetime.fromisoformat(older["endsAt"]) - datetime.now(UTC)) / timedelta(hours=1)
    assert 23.9 < hours < 24.1
    assert both == [True, True]
    assert all(secret["lastUsedAt"] for secret in used["secrets"]) and used["lastUsedAt"]
    assert (ended["userErrors"], again["userErrors"]) == ([], [])
    assert after == [[False, True]] * 2


async def test_at_most_two_secrets_are_good_and_none_of_a_revoked_key():
    venue = await make_venue()
    admin, first = await make_token(venue), await make_key(venue, "catalogue:read")
    async with client() as asking:
        key = (await the_key(asking, admin))["id"]
        second = (await told(asking, ROTATE, admin, id=key))["secret"]
        third = (await told(asking, ROTATE, admin, id=key))["secret"]
        two = await good(asking, first, second, third)
        fourth = (await told(asking, ROTATE, admin, id=key, overlap=0))["secret"]
        leaked = await good(asking, first, second, third, fourth)
        fifth = (await told(asking, ROTATE, admin, id=key, overlap=720))["secret"]
        await told(asking, REVOKE, admin, id=key)
        revoked = await good(asking, first, second, third, fourth, fifth)
        late = await told(asking, ROTATE, admin, id=key)

    assert two == [False, True, True]
    assert leaked == [False, False, False, True]
    assert revoked == [False] * 5
    assert (late["secret"], late["userErrors"]) == (None, [{"code": "WRONG_STATE", "field": ["id"]}])


async def test_rotations_at_the_same_moment_leave_one_secret_that_stays():
    venue = await make_venue()
    admin, first = await make_token(venue), await make_key(venue, "catalogue:read")
    async with client() as asking:
        key = (await the_key(asking, admin))["id"]
        made = [m["secret"] for m in await asyncio.gather(*(told(asking, ROTATE, admin, id=key) for _ in range(4)))]
        doors = await good(asking, first, *made)
        stays = [s for s in (await the_key(asking, admin))["secrets"] if s["endsAt"] is None]

    assert (len(set(made)), sum(doors), len(stays)) == (4, 2, 1)


@pytest.mark.parametrize("overlap", [-1, 721])
async def test_an_overlap_out_of_range_changes_nothing(overlap):
    venue = await make_venue()
    admin, first = await make_token(venue), await make_key(venue, "catalogue:read")
    async with client() as asking:
        before = await the_key(asking, admin)
        refused = await told(asking, ROTATE, admin, id=before["id"], overlap=overlap)
        after = await the_key(asking, admin)
        still = await good(asking, first)

    assert refused == {"secret": None, "key": None, "userErrors": [{"code": "INVALID_VALUE", "field": ["overlapHours"]}]}
    assert (after, still) == (before, [True])


async def test_neither_a_foreign_key_nor_one_beyond_the_callers_reach_is_rotated():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre = await Organisation.create(name="Theatre")
    whole, part = await make_token(venue), await make_token(venue, organisation_ids=[theatre.id])
    stranger, first = await make_token(await make_venue()), await make_key(venue, "catalogue:read")
    async with client() as asking:
        key = (await the_key(asking, whole))["id"]
        tries = [await told(asking, query, token, id=key) for token in (part, stranger) for query in (ROTATE, OVERLAP_END)]
        still = await good(asking, first)

    assert [t["userErrors"][0]["code"] for t in tries] == ["NOT_FOUND"] * 4
    assert still == [True]


async def test_a_key_says_when_its_end_is_near():
    venue = await make_venue()
    admin = await make_token(venue)
    now = datetime.now(UTC)
    for days in (13, 15):
        await make_key(venue, expires_at=now + timedelta(days=days))
    async with client() as asking:
        soon = [key["expiresSoon"] for key in (await ask(asking, KEYS, token=admin)).json()["data"]["keys"]]

    assert soon == [False, True]  # the newest first


async def test_of_secrets_only_hashes_are_kept_and_the_log_tells_which_prefix_followed_which():
    venue = await make_venue()
    admin, first = await make_token(venue), await make_key(venue, "catalogue:read")
    async with client() as asking:
        key = (await the_key(asking, admin))["id"]
        second = (await told(asking, ROTATE, admin, id=key))["secret"]
        log = '{ auditEntries(where: { action: "keyRotate" }) { nodes { outcome changes { object field before after } } } }'
        (entry,) = (await ask(asking, log, token=admin)).json()["data"]["auditEntries"]["nodes"]
    async with tenancy.scope(venue.id):
        kept = await tenancy.fetch(sql("select s::text as t from key_secrets s where s.tenant_id = {venue}"))
        kept += await tenancy.fetch(sql("select a::text as t from audit_entries a where a.tenant_id = {venue}"))

    change = {"object": key, "field": "prefix", "before": first[:12], "after": second[:12]}
    assert entry == {"outcome": "DONE", "changes": [change]}
    assert [row.t for row in kept if first[13:] in row.t or second[13:] in row.t] == []
