"""What a venue's own fields hold: lists are found by it behind the wall, for one statement more, and each sees what is theirs."""

import os
from uuid import UUID

import asyncpg
import pytest

from tenants import tenancy
from tenants.catalogue import Promoter
from tenants.imports.plan import plan
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.asking import ask as ask_directly
from tests.asking import caller_at, gid, shopper_at
from tests.builders import make_key, make_order, make_performance, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.recording import nodes_of, plan_of, recorded
from tests.resolvers.test_custom_fields import DEFINED, define, own, written

FIND = "query ($where: CustomerFilter) { customers(sortBy: NUMBER, where: $where) { totalCount nodes { externalId } } }"
BUYERS = {
    "a": {"diet": "Vegan", "seats": "1", "rate": "-0.5", "vip": "true", "since": "2019-12-31", "row": "front"},
    "b": {"diet": "végan, uten nøtter", "seats": "2", "rate": "2", "vip": "false", "since": "2020-01-01", "row": "back"},
    "c": {"diet": "Kjøtt", "seats": "30", "rate": "2.000001", "called_at": "2026-11-21T19:30:00+01:00"},
    "d": {},
}


@pytest.fixture(scope="module")
async def asking():
    async with client() as connected:
        yield connected


@pytest.fixture(scope="module")
async def house(asking):
    """A venue with four customers, and a key to read them."""
    venue = await make_venue()
    await define(asking, venue, **DEFINED)
    key = await make_key(venue, "customers:read", "customers:write")
    await written(asking, key, *({"externalId": e, "customFields": own(**values)} for e, values in BUYERS.items()))
    return venue, key


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([{"key": "diet", "equals": " VEGAN "}], "a"),
        ([{"key": "diet", "beginsWith": "vegan"}], "ab"),
        ([{"key": "diet", "oneOf": ["vegan", "kjøtt"]}], "ac"),
        ([{"key": "diet", "oneOf": []}], ""),
        ([{"key": "seats", "min": "2"}], "bc"),
        ([{"key": "seats", "min": "2", "max": "29"}], "b"),
        ([{"key": "rate", "equals": "2.0"}], "b"),
        ([{"key": "rate", "max": "2"}], "ab"),
        ([{"key": "vip", "equals": "false"}], "b"),
        ([{"key": "since", "max": "2019-12-31"}], "a"),
        ([{"key": "called_at", "equals": "2026-11-21T18:30:00Z"}], "c"),
        ([{"key": "row", "oneOf": ["front", "back"]}], "ab"),
        ([{"key": "row"}], "ab"),
        ([{"key": "row", "isSet": True, "equals": "back"}], "b"),
        ([{"key": "row", "isSet": False}], "cd"),
        ([{"key": "diet"}, {"key": "row", "isSet": False}], "c"),
        ([{"key": "vip", "equals": "true"}, {"key": "seats", "min": "2"}], ""),
    ],
)
async def test_customers_are_found_by_what_their_fields_hold(asking, house, conditions, found):
    answer = await ask(asking, FIND, token=house[1], where={"customFields": conditions})
    told = answer.json()["data"]["customers"]
    assert ("".join(sorted(node["externalId"] for node in told["nodes"])), told["totalCount"]) == (found, len(found))


@pytest.mark.parametrize(
    ("condition", "code", "part"),
    [
        ({"key": "nowhere"}, "UNKNOWN_FIELD", "key"),
        ({"key": "seats", "equals": "many"}, "BAD_USER_INPUT", "equals"),
        ({"key": "row", "equals": "middle"}, "BAD_USER_INPUT", "equals"),
        ({"key": "row", "min": "back"}, "BAD_USER_INPUT", "min"),
        ({"key": "vip", "max": "true"}, "BAD_USER_INPUT", "max"),
        ({"key": "diet", "min": "a"}, "BAD_USER_INPUT", "min"),
        ({"key": "seats", "beginsWith": "1"}, "BAD_USER_INPUT", "beginsWith"),
        ({"key": "diet", "equals": ""}, "BAD_USER_INPUT", "equals"),
        ({"key": "diet", "isSet": False, "equals": "a"}, "BAD_USER_INPUT", "isSet"),
    ],
)
async def test_a_condition_that_cannot_be_is_refused(asking, house, condition, code, part):
    refused = await ask(asking, FIND, token=house[1], where={"customFields": [{"key": "vip"}, condition]})
    (error,) = refused.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, ["where", "customFields", "1", part])


async def test_a_filter_asks_for_so_many_fields_at_most(asking, house):
    assert codes(await ask(asking, FIND, token=house[1], where={"customFields": [{"key": "vip"}] * 11})) == ["BAD_USER_INPUT"]
    assert codes(await ask(asking, FIND, token=house[1], where={"customFields": [{"key": "vip"}] * 10})) == []


async def test_what_fields_hold_costs_one_statement_more_and_none_when_it_is_not_asked_for(asking, house):
    venue, _ = house
    sent = {}
    for shown in ("", "customFields { key value field { name } }"):
        with recorded() as statements:
            answer = await ask_directly(caller_at(venue), f"{{ customers {{ nodes {{ number {shown} }} }} }}")
        assert len(answer.data["customers"]["nodes"]) == 4
        sent[shown] = [s.query for s in statements]
    plain, full = sent.values()
    assert len(full) == len(plain) + 1
    assert [query for query in plain if "custom" in query.replace("customer", "")] == []


INDEXED = [
    ({"key": "diet", "equals": "words 77"}, "text_key"),
    ({"key": "diet", "beginsWith": "words 77"}, "text_key"),
    ({"key": "row", "oneOf": ["front"]}, "text_key"),
    ({"key": "seats", "min": "7", "max": "9"}, "number"),
    ({"key": "vip", "equals": "true"}, "truth"),
    ({"key": "since", "max": "2020-01-10"}, "day"),
    ({"key": "called_at", "min": "2020-05-04T00:00:00Z"}, "instant"),
]


async def test_conditions_are_read_from_indexes_behind_the_wall(asking):
    """The weak role's plans, with 3,000 customers of whom few fulfil each."""
    venue = await make_venue()
    ids = await define(asking, venue, **DEFINED)
    held = {
        "diet": ("text, text_key", "'words ' || n, 'words ' || n"),
        "row": ("text, text_key", "v.it, v.it from (select case when n = 1 then 'front' else 'back' end as it) v"),
        "seats": ("number", "n"),
        "vip": ("truth", "n < 9"),
        "since": ("day", "date '2020-01-01' + n"),
        "called_at": ("instant", "timestamptz '2020-01-01' + n * interval '1 hour'"),
    }
    owner = await asyncpg.connect(os.environ["FOYER_DATABASE_OWNER_URL"])
    await owner.execute(
        "insert into customers (tenant_id, id, number) select $1, gen_random_uuid(), n from generate_series(1, 3000) n", venue.id
    )
    for key, (columns, values) in held.items():
        await owner.execute(
            f"insert into customer_values (tenant_id, object_id, field_id, {columns}) select c.tenant_id, c.id, $2, x.* "
            f"from customers c cross join lateral (select c.number::int as n) k cross join lateral (select {values}) x "
            "where c.tenant_id = $1",
            venue.id,
            UUID(ids[key].removeprefix("CustomField_")),
        )
    await owner.execute("analyze customers, customer_values")
    await owner.close()

    used = []
    for condition, _ in INDEXED:
        with recorded() as sent:
            await ask_directly(caller_at(venue), FIND, where={"customFields": [condition]})
        async with tenancy.scope(venue.id):
            plan = await plan_of(next(s for s in sent if "customer_values" in s.query))
        (scan,) = [node for node in nodes_of(plan) if "customer_values" in node.get("Index Name", "")]
        used.append((scan["Index Name"], condition["key"]) if "field_id" in scan["Index Cond"] else plan)
    assert used == [(f"customer_values_{column}", condition["key"]) for condition, column in INDEXED]


async def test_performances_and_orders_have_fields_of_their_own(asking):
    venue = await make_venue()
    for on in ("PERFORMANCE", "ORDER"):
        await define(asking, venue, on=on, note={"type": "TEXT"})
    key = await make_key(venue, "catalogue:read", "catalogue:write", "sales:read", "sales:write")
    write = """mutation {
      productionsUpsert(rows: [{externalId: "hedda", name: "Hedda"}]) { created }
      performancesUpsert(rows: [
        {externalId: "h1", production: "hedda", customFields: [{key: "note", value: "Premiere"}]},
        {externalId: "h2", production: "hedda", customFields: [{key: "note", value: "Siste"}]}]) { created }
      ordersUpsert(rows: [
        {externalId: "o1", channel: PHONE, orderedAt: "2026-11-01T12:00:00Z", customFields: [{key: "note", value: "Vindu"}],
         lines: [{externalId: "l1", performance: "h1", price: "10"}, {externalId: "l2", performance: "h2", price: "10"}]},
        {externalId: "o2", channel: PHONE, orderedAt: "2026-11-01T12:00:00Z",
         lines: [{externalId: "l3", performance: "h1", price: "1"}]},
        {externalId: "o3", channel: PHONE, orderedAt: "2026-11-01T12:00:00Z", customFields: [{key: "x", value: "y"}],
         lines: [{externalId: "l4", performance: "h1", price: "1"}]}]) {
        created rejected results { errors { code field } } } }"""
    told = (await ask(asking, write, token=key)).json()["data"]
    assert (told["performancesUpsert"], told["ordersUpsert"]["created"], told["ordersUpsert"]["rejected"]) == (
        {"created": 2},
        2,
        1,
    )
    assert told["ordersUpsert"]["results"][2] == {
        "errors": [{"code": "UNKNOWN_FIELD", "field": ["rows", "2", "customFields", "0"]}]
    }

    read = """{
      performances(where: {customFields: [{key: "note", beginsWith: "prem"}]}) { nodes { externalId customFields { value } } }
      orders(where: {customFields: [{key: "note", equals: "vindu"}]}) { nodes { externalId customFields { key value } } }
      none: orders(where: {customFields: [{key: "note", isSet: false}]}) { nodes { externalId customFields { value } } } }"""
    assert (await ask(asking, read, token=key)).json()["data"] == {
        "performances": {"nodes": [{"externalId": "h1", "customFields": [{"value": "Premiere"}]}]},
        "orders": {"nodes": [{"externalId": "o1", "customFields": [{"key": "note", "value": "Vindu"}]}]},
        "none": {"nodes": [{"externalId": "o2", "customFields": []}]},
    }

    order = (await ask(asking, "{ orders { nodes { id externalId } } }", token=key)).json()["data"]["orders"]["nodes"]
    gone = "mutation ($id: ID!) { orderDelete(id: $id) { userErrors { code } } }"
    await ask(asking, gone, token=key, id=next(o["id"] for o in order if o["externalId"] == "o1"))
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch(sql("select from order_values where tenant_id = {venue}")) == []


async def test_the_shop_shows_what_the_house_shows_there_and_a_promoter_what_is_on_performances(asking):
    venue = await make_venue(languages=["no", "en"])
    options = [{"key": "low", "name": "Lavt", "translations": [{"language": "en", "name": "Low"}]}]
    english = [{"language": "en", "name": "Sound"}]
    shown = {"type": "CHOICE", "name": "Lyd", "inShop": True, "translations": english, "options": options}
    await define(asking, venue, on="PERFORMANCE", sound=shown, fee={"type": "DECIMAL"})
    await define(asking, venue, diet={"type": "TEXT"})
    async with tenancy.scope(venue.id):
        promoter = await Promoter.create(name="Nordlys")
        evening = await make_performance(external_id="h1", promoter_id=promoter.id)
    key = await make_key(venue, "catalogue:write")
    write = "mutation ($rows: [PerformanceUpsertRow!]!) { performancesUpsert(rows: $rows) { updated } }"
    rows = [{"externalId": "h1", "customFields": own(sound="low", fee="12.5")}]
    assert (await ask(asking, write, token=key, rows=rows)).json()["data"]["performancesUpsert"] == {"updated": 1}

    query = "query ($id: ID!) { performance(id: $id) { customFields { key value %s } } }"
    public = await ask_directly(shopper_at(venue), query % "name option decimal", language="en", id=gid(evening))
    assert public.data["performance"]["customFields"] == [
        {"key": "sound", "value": "low", "name": "Sound", "option": "Low", "decimal": None}
    ]
    theirs = caller_at(venue, "PROMOTER", promoter=promoter)
    told = await ask_directly(theirs, query % "field { name }", id=gid(evening))
    assert [held["value"] for held in told.data["performance"]["customFields"]] == ["low", "12.5"]
    listed = await ask_directly(theirs, "{ customFields { nodes { key } } }")
    assert [field["key"] for field in listed.data["customFields"]["nodes"]] == ["fee", "sound"]


async def test_staff_of_an_organisation_find_only_their_own_orders_by_what_they_hold(asking):
    venue = await make_venue()
    ids = await define(asking, venue, on="ORDER", note={"type": "TEXT"})
    field = UUID(ids["note"].removeprefix("CustomField_"))
    async with tenancy.scope(venue.id):
        ours, theirs = [await Organisation.create(name=name) for name in ("ours", "theirs")]
        for organisation in (ours, theirs):
            evening = await make_performance(organisation_ids=[organisation.id])
            order = await make_order(None, evening, external_id=organisation.name)
            put = "insert into order_values (tenant_id, object_id, field_id, text, text_key) "
            values = "values ({venue}, {order}, {field}, 'x', 'x')"
            await tenancy.execute(sql(put + values, order=order.id, field=field))

    query = '{ orders(where: {customFields: [{key: "note", equals: "x"}]}) { totalCount nodes { externalId } } }'
    found = await ask_directly(caller_at(venue, "BOX_OFFICE", organisations=[ours]), query)
    assert found.data["orders"] == {"totalCount": 1, "nodes": [{"externalId": "ours"}]}


async def test_who_may_not_read_customers_reads_none_of_their_fields_and_only_admins_define_any(asking, house):
    venue, _ = house
    catalogue = await make_key(venue, "catalogue:read", "sales:read", "venue:read")
    assert codes(await ask(asking, FIND, token=catalogue, where={"customFields": [{"key": "vip"}]})) == ["FORBIDDEN"]
    define_one = 'mutation { customFieldCreate(input: {object: ORDER, key: "x", type: TEXT, name: "X"}) { userErrors { code } } }'
    for role in ("MARKETING", "BOX_OFFICE", "PROMOTER"):
        assert codes(await ask(asking, define_one, token=await make_token(venue, role))) == ["FORBIDDEN"]


async def test_an_import_tells_of_fields_by_their_keys_as_they_are(asking):
    venue = await make_venue()
    await define(asking, venue, seat_row={"type": "INTEGER"})
    await written(asking, await make_key(venue, "customers:write", "customers:read"), {"externalId": "1"})
    token = await make_token(venue)
    as_csv = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    sent = await asking.post("/files?name=a.csv", content=b"Nr,Row\n1,7\n2,x\n", headers=as_csv)
    create = """mutation ($file: ID!) { importCreate(fileId: $file, kind: CUSTOMERS, mapping: {empty: [], fields: [
      {field: "externalId", column: "Nr"}, {field: "custom.seat_row", column: "Row"}]}) { import { id } userErrors { code } } }"""
    made = (await ask(asking, create, token=token, file=sent.json()["id"])).json()["data"]["importCreate"]["import"]["id"]
    await plan(venue.id, UUID(made.removeprefix("Import_")))
    told = "query ($id: ID!) { import(id: $id) { changes { row field before after } problems { row field code } } }"
    assert (await ask(asking, told, token=token, id=made)).json()["data"]["import"] == {
        "changes": [{"row": 2, "field": "custom.seat_row", "before": None, "after": "7"}],
        "problems": [{"row": 3, "field": "custom.seat_row", "code": "INVALID_VALUE"}],
    }
