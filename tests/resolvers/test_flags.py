"""Flags through the API: defined, given to customers and taken away by those who serve them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.assignments import TODAY, Assignment
from tenants.flag_rules.records import FlagRule
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_customer, make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

CREATE = """mutation ($input: FlagInput!) { flagCreate(input: $input) { userErrors { code field }
  flag { id name abbreviation icon colour display note expiresOn expiresAfterDays archivedAt organisations { id } } } }"""
UPDATE = """mutation ($id: ID!, $input: FlagInput!) { flagUpdate(id: $id, input: $input) { userErrors { code field }
  flag { name display expiresOn expiresAfterDays } } }"""
ARCHIVE = "mutation ($id: ID!) { flagArchive(id: $id) { userErrors { code field } flag { archivedAt } } }"
ASSIGN = """mutation ($flag: ID!, $customers: [ID!]!) { flagAssign(flagId: $flag, customerIds: $customers) {
  userErrors { code message field } customerIds
  assignments { source expiresOn endedAt assignedBy customer { firstName } flag { name } causes { source causedBy } } } }"""
REMOVE = """mutation ($flag: ID!, $customers: [ID!]!) { flagRemove(flagId: $flag, customerIds: $customers) {
  userErrors { code field } customerIds assignments { endReason endedBy customer { firstName } } } }"""
MEMBERS = """query ($id: ID!) { flag(id: $id) { assignments { totalCount nodes { customer { firstName } } } } }"""
SCOPES = ("flags:read", "flags:write", "flags:assign", "customers:read", "catalogue:read")


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def told(asking: Any, token: str, query: str, **variables: Any) -> Any:
    """What the one root field answers."""
    answer = await ask(asking, query, token=token, **variables)
    assert codes(answer) == [], answer.text
    (only,) = answer.json()["data"].values()
    return only


async def a_house() -> tuple[Any, str, Any, Any]:
    """A venue, a key to its flags, two customers."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
    return venue, await make_key(venue, *SCOPES), kari, ola


async def make_flag(venue: Any, **given: Any) -> Any:
    async with tenancy.scope(venue.id):
        return await Flag.create(**{"name": "VIP", "abbreviation": "V", **given})


async def today(venue: Any) -> Any:
    async with tenancy.scope(venue.id):
        return await tenancy.fetch_value(sql("select {today}", today=TODAY))


async def rows_of(venue: Any, record: Any) -> list[Any]:
    async with tenancy.scope(venue.id):
        return await record.rows(sql("true"), tail=sql("order by t.id"))


async def test_f1_flags_are_listed_made_changed_and_taken_out_of_use(asking):
    _, key, *_ = await a_house()
    made = await told(asking, key, CREATE, input={"name": " VIP ", "abbreviation": "V"})
    assert made["userErrors"] == []
    assert made["flag"].pop("id").startswith("Flag_")
    nothing = dict.fromkeys(["icon", "colour", "note", "expiresOn", "expiresAfterDays", "archivedAt"])
    assert made["flag"] == {"name": "VIP", "abbreviation": "V", "display": "CARD", "organisations": [], **nothing}
    (listed,) = (await told(asking, key, "{ flags { nodes { id } } }"))["nodes"]

    changed = await told(asking, key, UPDATE, id=listed["id"], input={"name": "Very important"})
    assert changed["flag"] == {"name": "Very important", "display": "CARD", "expiresOn": None, "expiresAfterDays": None}

    gone = await told(asking, key, ARCHIVE, id=listed["id"])
    assert gone["flag"]["archivedAt"] == (await told(asking, key, ARCHIVE, id=listed["id"]))["flag"]["archivedAt"]
    assert await told(asking, key, "{ flags { nodes { id } } }") == {"nodes": []}
    assert await told(asking, key, "{ flags(where: { includeArchived: true }) { nodes { id } } }") == {"nodes": [listed]}


async def test_f2_to_f6_a_flag_has_a_name_an_abbreviation_an_icon_a_colour_and_a_place_where_it_shows(asking):
    venue, key, *_ = await a_house()
    full = {
        "name": "Careful",
        "abbreviation": "!",
        "icon": "alert",
        "colour": "#C0392B",
        "display": "POP_UP",
        "note": "Ask",
    }
    made = await told(asking, key, CREATE, input=full)
    assert {field: made["flag"][field] for field in full} == full | {"colour": "#c0392b"}

    for wrong, code, field in [
        ({"name": " "}, "REQUIRED", "name"),
        ({"name": "x" * 101}, "TOO_LONG", "name"),
        ({"abbreviation": "x" * 11}, "TOO_LONG", "abbreviation"),
        ({"abbreviation": None}, "REQUIRED", "abbreviation"),
        ({"colour": "red"}, "INVALID_VALUE", "colour"),
        ({"expiresAfterDays": 0}, "INVALID_VALUE", "expiresAfterDays"),
        ({"expiresOn": "2030-01-01", "expiresAfterDays": 3}, "INVALID_VALUE", "expiresAfterDays"),
        ({"organisationIds": [f"Organisation_{uuid4().hex}"]}, "UNKNOWN_REFERENCE", "organisationIds"),
    ]:
        answer = await told(asking, key, CREATE, input=full | wrong)
        assert answer == {"flag": None, "userErrors": [{"code": code, "field": ["input", field]}]}
    assert len(await rows_of(venue, Flag)) == 1


async def test_two_flags_cannot_have_one_external_id(asking):
    venue, key, *_ = await a_house()
    for errors in ([], [{"code": "NOT_UNIQUE", "field": ["input", "externalId"]}]):
        made = await told(asking, key, CREATE, input={"name": "VIP", "abbreviation": "V", "externalId": "vip"})
        assert made["userErrors"] == errors
    assert len(await rows_of(venue, Flag)) == 1


async def test_f7_a_flag_expires_on_a_day_or_after_some_days(asking):
    venue, key, kari, _ = await a_house()
    day = await today(venue)
    for ends, last in [
        ({}, None),
        ({"expires_on": day}, day),
        ({"expires_after_days": 30}, day + timedelta(days=30)),
    ]:
        flag = await make_flag(venue, **ends)
        given = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
        assert given["assignments"][0]["expiresOn"] == (last and last.isoformat())

    changed = await told(asking, key, UPDATE, id=gid(flag), input={"expiresOn": "2099-12-31"})
    assert (changed["flag"]["expiresOn"], changed["flag"]["expiresAfterDays"]) == ("2099-12-31", None)
    (*_, hers) = await rows_of(venue, Assignment)
    assert hers.expires_on == day + timedelta(days=30)


async def test_f7_a_flag_that_is_over_is_given_to_nobody_and_shows_nobody(asking):
    venue, key, kari, _ = await a_house()
    flag = await make_flag(venue, expires_on=await today(venue))
    await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
    async with tenancy.scope(venue.id):
        yesterday = await tenancy.fetch_value(sql("select {today} - 1", today=TODAY))
        await Flag.all().update(expires_on=yesterday)
        await Assignment.all().update(expires_on=yesterday)

    assert (await told(asking, key, MEMBERS, id=gid(flag)))["assignments"] == {"totalCount": 0, "nodes": []}
    refused = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("WRONG_STATE", ["flagId"])
    assert len(await rows_of(venue, Assignment)) == 1


async def test_f11_l3_staff_give_customers_a_flag(asking):
    venue, key, kari, ola = await a_house()
    flag = await make_flag(venue)
    first = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
    assert first["customerIds"] == [gid(kari)]
    (hers,) = first["assignments"]
    by = hers["assignedBy"]
    assert by.startswith("Key_")
    assert hers == {
        "source": "MANUAL",
        "expiresOn": None,
        "endedAt": None,
        "assignedBy": by,
        "customer": {"firstName": "Kari"},
        "flag": {"name": "VIP"},
        "causes": [{"source": "MANUAL", "causedBy": by}],
    }

    both = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(ola), gid(kari), gid(kari)])
    assert both["customerIds"] == [gid(ola)]
    assert [len(a["causes"]) for a in both["assignments"]] == [2, 1]
    members = await told(asking, key, MEMBERS, id=gid(flag))
    assert members["assignments"] == {
        "totalCount": 2,
        "nodes": [{"customer": {"firstName": "Kari"}}, {"customer": {"firstName": "Ola"}}],
    }


async def test_a_flag_is_given_to_all_or_to_none(asking):
    venue, key, kari, _ = await a_house()
    flag, theirs = await make_flag(venue), await make_venue()
    async with tenancy.scope(theirs.id):
        stranger = await make_customer()
    for nobody in (f"Customer_{uuid4().hex}", gid(stranger)):
        answer = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari), nobody])
        assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("UNKNOWN_REFERENCE", ["customerIds", "1"])]
    answer = await told(asking, key, ASSIGN, flag=f"Flag_{uuid4().hex}", customers=[gid(kari)])
    assert [e["code"] for e in answer["userErrors"]] == ["NOT_FOUND"]
    many = [f"Customer_{uuid4().hex}" for _ in range(1001)]
    answer = await told(asking, key, ASSIGN, flag=gid(flag), customers=many)
    assert [e["code"] for e in answer["userErrors"]] == ["TOO_MANY_ROWS"]
    assert await rows_of(venue, Assignment) == []


async def test_f12_staff_take_a_flag_from_customers(asking):
    venue, key, kari, ola = await a_house()
    flag = await make_flag(venue)
    await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
    by = (await rows_of(venue, Assignment))[0].assigned_by

    taken = await told(asking, key, REMOVE, flag=gid(flag), customers=[gid(kari), gid(ola)])
    assert taken == {
        "userErrors": [],
        "customerIds": [gid(kari)],
        "assignments": [{"endReason": "REMOVED", "endedBy": by, "customer": {"firstName": "Kari"}}],
    }
    again = await told(asking, key, REMOVE, flag=gid(flag), customers=[gid(kari)])
    assert (again["customerIds"], again["assignments"]) == ([], [])

    await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(kari)])
    assert [row.end_reason for row in await rows_of(venue, Assignment)] == ["REMOVED", None]


async def test_what_was_taken_out_of_use_is_taken_from_everybody_and_given_to_nobody(asking):
    venue, key, kari, ola = await a_house()
    flag, other = await make_flag(venue), await make_flag(venue, name="Friend")
    async with tenancy.scope(venue.id):
        for each in (flag, other):
            await FlagRule.create(flag_id=each.id, minimum=4, revoke_on_refund=False)
    for each in (flag, other):
        await told(asking, key, ASSIGN, flag=gid(each), customers=[gid(kari)])

    await told(asking, key, ARCHIVE, id=gid(flag))

    assert [(row.flag_id, row.end_reason) for row in await rows_of(venue, Assignment)] == [
        (flag.id, "ARCHIVED"),
        (other.id, None),
    ]
    assert [bool(rule.archived_at) for rule in await rows_of(venue, FlagRule)] == [True, False]
    refused = await told(asking, key, ASSIGN, flag=gid(flag), customers=[gid(ola)])
    assert [(e["code"], e["message"]) for e in refused["userErrors"]] == [("WRONG_STATE", "This flag was archived.")]
    assert len(await rows_of(venue, Assignment)) == 2


async def test_o1_o2_d31_staff_see_give_and_change_the_flags_of_their_organisations(asking):
    venue, key, kari, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
    made = {}
    for name, whose in {"house": [], "both": [theatre, cinema], "theatre": [theatre], "cinema": [cinema]}.items():
        given = {"name": name, "abbreviation": "X", "organisationIds": [gid(o) for o in whose]}
        flag = (await told(asking, key, CREATE, input=given))["flag"]
        assert [o["id"] for o in flag["organisations"]] == given["organisationIds"]
        made[name] = flag["id"]

    at_theatre = await make_token(venue, organisation_ids=[theatre.id])
    seen = await told(asking, at_theatre, "{ flags { nodes { name } } }")
    assert [flag["name"] for flag in seen["nodes"]] == ["both", "house", "theatre"]
    errors = {}
    for name, flag in made.items():
        given = await told(asking, at_theatre, ASSIGN, flag=flag, customers=[gid(kari)])
        answer = await ask(asking, UPDATE, token=at_theatre, id=flag, input={"note": "Ours"})
        refused = [e["code"] for e in answer.json()["data"]["flagUpdate"]["userErrors"]] if not codes(answer) else codes(answer)
        errors[name] = ([e["code"] for e in given["userErrors"]], refused)
    assert errors == {
        "house": ([], ["FORBIDDEN"]),
        "both": ([], ["FORBIDDEN"]),
        "theatre": ([], []),
        "cinema": (["NOT_FOUND"], ["NOT_FOUND"]),
    }

    nobodys = await told(asking, at_theatre, CREATE, input={"name": "New", "abbreviation": "N"})
    theirs = await told(asking, at_theatre, CREATE, input={"name": "New", "abbreviation": "N", "organisationIds": [gid(cinema)]})
    assert [(a["userErrors"][0]["code"], a["userErrors"][0]["field"]) for a in (nobodys, theirs)] == [
        ("REQUIRED", ["input", "organisationIds"]),
        ("UNKNOWN_REFERENCE", ["input", "organisationIds"]),
    ]


async def test_f8_flags_are_for_staff_alone(asking):
    venue, *_ = await a_house()
    flag = await make_flag(venue)
    promoter = await make_token(venue, "PROMOTER")
    assert codes(await ask(asking, "{ flags { nodes { id } } }", token=promoter)) == ["FORBIDDEN"]
    shop, query = await make_key(venue, "flags:read"), "query ($id: ID!) { node(id: $id) { id } }"
    answer = await ask(asking, query, token=shop, path="/storefront/graphql", id=gid(flag))
    assert (codes(answer), answer.json()["data"]) == ([], {"node": None})
