"""Attributes through the API: made, given to customers and taken from them."""

from typing import Any

import pytest

from tenants import tenancy
from tenants.assignments import Assignment
from tenants.organisations import Organisation
from tests.asking import gid
from tests.builders import make_token
from tests.gateway.clients import ask, client, codes
from tests.groups import a_house, refused, rows_of, told

CREATE = """mutation ($input: AttributeInput!) { attributeCreate(input: $input) { userErrors { code field }
  attribute { id name colour externalId organisations { id } } } }"""
UPDATE = """mutation ($id: ID!, $input: AttributeInput!) { attributeUpdate(id: $id, input: $input) { userErrors { code field }
  attribute { name colour } } }"""
ARCHIVE = "mutation ($id: ID!) { attributeArchive(id: $id) { userErrors { code field } attribute { archivedAt } } }"
ASSIGN = """mutation ($attribute: ID!, $customers: [ID!]!) { attributeAssign(attributeId: $attribute, customerIds: $customers) {
  userErrors { code field } customerIds assignments { source attribute { name colour } } } }"""
REMOVE = """mutation ($attribute: ID!, $customers: [ID!]!) { attributeRemove(attributeId: $attribute, customerIds: $customers) {
  userErrors { code field } customerIds assignments { endReason } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def an_attribute(asking: Any, key: str, name: str = "Member", **given: Any) -> Any:
    made = await told(asking, key, CREATE, input={"name": name, **given})
    assert made["userErrors"] == []
    return made["attribute"]


async def test_a1_an_attribute_has_a_name_that_is_needed_and_a_colour_that_is_not(asking):
    _, key, *_ = await a_house()
    plain = await an_attribute(asking, key, " Teacher ")
    assert plain.pop("id").startswith("Attribute_")
    assert plain == {"name": "Teacher", "colour": None, "externalId": None, "organisations": []}
    bright = await an_attribute(asking, key, "Friend", colour="#C0392B", externalId="friend")
    assert bright["colour"] == "#c0392b"

    for wrong, code, field in (
        ({}, "REQUIRED", "name"),
        ({"name": "  "}, "REQUIRED", "name"),
        ({"name": "x" * 101}, "TOO_LONG", "name"),
        ({"name": "Red", "colour": "red"}, "INVALID_VALUE", "colour"),
        ({"name": "Again", "externalId": "friend"}, "NOT_UNIQUE", "externalId"),
    ):
        no = await told(asking, key, CREATE, input=wrong)
        assert (no["attribute"], no["userErrors"]) == (None, refused(code, "input", field))
    changed = await told(asking, key, UPDATE, id=bright["id"], input={"colour": None})
    assert changed["attribute"] == {"name": "Friend", "colour": None}
    listed = '{ attributes { nodes { name } totalCount } attribute: attributes(where: { search: "teach" }) { totalCount } }'
    answer = (await ask(asking, listed, token=key)).json()["data"]
    assert answer["attributes"] == {"nodes": [{"name": "Friend"}, {"name": "Teacher"}], "totalCount": 2}
    assert answer["attribute"] == {"totalCount": 1}


async def test_a4_an_attribute_is_given_to_customers_and_taken_from_them(asking):
    venue, key, kari, ola = await a_house()
    attribute = await an_attribute(asking, key, colour="#c0392b")

    given = await told(asking, key, ASSIGN, attribute=attribute["id"], customers=[gid(kari), gid(ola), gid(kari)])
    shown = {"source": "MANUAL", "attribute": {"name": "Member", "colour": "#c0392b"}}
    assert given == {"userErrors": [], "customerIds": [gid(kari), gid(ola)], "assignments": [shown, shown]}
    taken = await told(asking, key, REMOVE, attribute=attribute["id"], customers=[gid(ola)])
    assert taken == {"userErrors": [], "customerIds": [gid(ola)], "assignments": [{"endReason": "REMOVED"}]}
    assert (await told(asking, key, REMOVE, attribute=attribute["id"], customers=[gid(ola)]))["customerIds"] == []

    await told(asking, key, ARCHIVE, id=attribute["id"])
    no = await told(asking, key, ASSIGN, attribute=attribute["id"], customers=[gid(ola)])
    assert no["userErrors"] == refused("WRONG_STATE", "attributeId")
    assert {(row.customer_id, row.end_reason) for row in await rows_of(venue, Assignment)} == {
        (kari.id, "ARCHIVED"), (ola.id, "REMOVED"),
    }  # fmt: skip


async def test_staff_see_give_and_change_only_attributes_of_theirs(asking):
    venue, key, kari, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
    limited = await make_token(venue, "MARKETING", organisation_ids=[theatre.id])
    house, hidden = await an_attribute(asking, key), await an_attribute(asking, key, "Film", organisationIds=[gid(cinema)])

    assert (await told(asking, limited, "{ attributes { nodes { name } } }"))["nodes"] == [{"name": "Member"}]
    for mutation in (ASSIGN, REMOVE):
        no = await told(asking, limited, mutation, attribute=hidden["id"], customers=[gid(kari)])
        assert no["userErrors"] == refused("NOT_FOUND")
    assert codes(await ask(asking, UPDATE, token=limited, id=house["id"], input={"name": "Mine"})) == ["FORBIDDEN"]
    no = await told(asking, limited, CREATE, input={"name": "Mine"})
    assert no["userErrors"] == refused("REQUIRED", "input", "organisationIds")
    given = await told(asking, limited, ASSIGN, attribute=house["id"], customers=[gid(kari)])
    assert given["customerIds"] == [gid(kari)]
