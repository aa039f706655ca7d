from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.organisations import Organisation
from tenants.permissions import KEY_SCOPES
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client, codes

CREATE = """
mutation ($name: String!, $kind: KeyKind! = SECRET, $scopes: [String!]! = [], $of: [ID!]! = [], $expiresAt: DateTime) {
  keyCreate(name: $name, kind: $kind, scopes: $scopes, organisationIds: $of, expiresAt: $expiresAt) {
    secret key { id name kind prefix scopes organisationIds expiresAt revokedAt } userErrors { code field }
  }
}
"""
LIST = "query ($all: Boolean!) { keys(includeRevoked: $all) { id name revokedAt } }"


async def test_a_key_is_created_used_listed_and_revoked():
    venue = await make_venue()
    token = await make_token(venue)
    async with client() as asking:
        made = (await ask(asking, CREATE, token=token, name="Web shop", scopes=["catalogue:read"])).json()["data"]["keyCreate"]
        works = await ask(asking, "{ seasons { totalCount } }", token=made["secret"])
        too_far = await ask(asking, "{ keys { id } }", token=made["secret"])
        listed = (await ask(asking, LIST, token=token, all=False)).json()["data"]["keys"]
        node = await ask(
            asking, "query ($id: ID!) { node(id: $id) { id ... on Key { name } } }", token=token, id=made["key"]["id"]
        )
        revoked = await ask(asking, f'mutation {{ keyRevoke(id: "{made["key"]["id"]}") {{ key {{ revokedAt }} }} }}', token=token)
        again = await ask(asking, f'mutation {{ keyRevoke(id: "{made["key"]["id"]}") {{ key {{ revokedAt }} }} }}', token=token)
        refused = await ask(asking, "{ seasons { totalCount } }", token=made["secret"])
        left = (await ask(asking, LIST, token=token, all=False)).json()["data"]["keys"]
        all_of_them = (await ask(asking, LIST, token=token, all=True)).json()["data"]["keys"]

    assert made["userErrors"] == []
    assert made["secret"].startswith(made["key"]["prefix"] + "_")
    assert made["key"] | {"id": 0, "prefix": 0} == {
        "id": 0,
        "name": "Web shop",
        "kind": "SECRET",
        "prefix": 0,
        "scopes": ["catalogue:read"],
        "organisationIds": [],
        "expiresAt": None,
        "revokedAt": None,
    }
    assert works.json()["data"]["seasons"]["totalCount"] == 0
    assert codes(too_far) == ["FORBIDDEN"]
    assert listed == [{"id": made["key"]["id"], "name": "Web shop", "revokedAt": None}]
    assert node.json()["data"]["node"] == {"id": made["key"]["id"], "name": "Web shop"}
    assert revoked.json()["data"]["keyRevoke"]["key"]["revokedAt"]
    assert again.json() == revoked.json()
    assert (refused.status_code, codes(refused)) == (401, ["UNAUTHENTICATED"])
    assert left == []
    assert [k["id"] for k in all_of_them] == [made["key"]["id"]]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "  "}, {"code": "REQUIRED", "field": ["name"]}),
        ({"name": "x" * 101}, {"code": "TOO_LONG", "field": ["name"]}),
        ({"name": "x", "scopes": ["everything"]}, {"code": "INVALID_VALUE", "field": ["scopes"]}),
        ({"name": "x", "scopes": ["keys:write"]}, {"code": "INVALID_VALUE", "field": ["scopes"]}),
        ({"name": "x", "scopes": ["platform:admin"]}, {"code": "INVALID_VALUE", "field": ["scopes"]}),
        ({"name": "x", "kind": "PUBLISHABLE", "scopes": ["customers:read"]}, {"code": "INVALID_VALUE", "field": ["scopes"]}),
        ({"name": "x", "of": [f"Organisation_{uuid4().hex}"]}, {"code": "UNKNOWN_REFERENCE", "field": ["organisationIds"]}),
        ({"name": "x", "of": ["Season_1"]}, {"code": "BAD_USER_INPUT", "field": ["organisationIds"]}),
        ({"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}, {"code": "INVALID_VALUE", "field": ["expiresAt"]}),
    ],
)
async def test_a_key_that_would_be_wrong_is_not_created(given, error):
    token = await make_token(await make_venue())
    async with client() as asking:
        answer = (await ask(asking, CREATE, token=token, **given)).json()["data"]["keyCreate"]
        listed = (await ask(asking, LIST, token=token, all=True)).json()["data"]["keys"]

    assert answer == {"secret": None, "key": None, "userErrors": [error]}
    assert listed == []


async def test_whoever_belongs_to_an_organisation_gives_out_keys_of_it_only():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
    whole, part = await make_token(venue), await make_token(venue, organisation_ids=[theatre.id])
    ours, theirs = (f"Organisation_{each.id.hex}" for each in (theatre, cinema))
    async with client() as asking:
        everything = (await ask(asking, CREATE, token=whole, name="Everything")).json()["data"]["keyCreate"]
        refused = [(await ask(asking, CREATE, token=part, name="x", of=of)).json()["data"]["keyCreate"] for of in ([], [theirs])]
        made = (await ask(asking, CREATE, token=part, name="Theatre", of=[ours])).json()["data"]["keyCreate"]
        seen = (await ask(asking, LIST, token=part, all=True)).json()["data"]["keys"]
        hidden = await ask(asking, "query ($id: ID!) { node(id: $id) { id } }", token=part, id=everything["key"]["id"])
        revoked = await ask(
            asking,
            "mutation ($id: ID!) { keyRevoke(id: $id) { userErrors { code } } }",
            token=part,
            id=everything["key"]["id"],
        )

    assert [r["userErrors"][0]["code"] for r in refused] == ["REQUIRED", "UNKNOWN_REFERENCE"]
    assert made["key"]["organisationIds"] == [ours]
    assert [k["name"] for k in seen] == ["Theatre"]
    assert hidden.json()["data"]["node"] is None
    assert revoked.json()["data"]["keyRevoke"]["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_another_venues_keys_are_not_there():
    ours, theirs = await make_venue(), await make_venue()
    mine, foreign = await make_token(ours), await make_token(theirs)
    async with client() as asking:
        made = (await ask(asking, CREATE, token=foreign, name="Theirs", kind="PUBLISHABLE")).json()["data"]["keyCreate"]
        listed = (await ask(asking, LIST, token=mine, all=True)).json()["data"]["keys"]
        query = "mutation ($id: ID!) { keyRevoke(id: $id) { userErrors { code message } } }"
        revoked = await ask(asking, query, token=mine, id=made["key"]["id"])
        nobodys = await ask(asking, query, token=mine, id=f"Key_{uuid4().hex}")
        still = await ask(asking, "{ venue { slug } }", token=made["secret"], path="/storefront/graphql")

    assert listed == []
    assert revoked.json() == nobodys.json()
    assert still.json()["data"]["venue"]["slug"] == theirs.slug


async def test_a_key_may_have_every_scope_there_is_and_an_end():
    token = await make_token(await make_venue())
    ends = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    async with client() as asking:
        made = (
            await ask(asking, CREATE, token=token, name="x", scopes=[*KEY_SCOPES, KEY_SCOPES[0]], expiresAt=ends.isoformat())
        ).json()["data"]["keyCreate"]

    assert made["key"]["scopes"] == KEY_SCOPES
    assert made["key"]["expiresAt"] == ends.isoformat().replace("+00:00", "Z")
