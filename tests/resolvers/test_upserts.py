"""Bulk upserts through the API: a result for each row, in the caller's words; sales as partners send them."""

import pytest

from tenants import keys, tenancy
from tenants.sql import sql
from tests.builders import make_venue
from tests.gateway.clients import ask, client, codes

RESULTS = "created updated unchanged rejected userErrors { code field message } results { row status id errors { code field } }"
SCOPES = ["catalogue:write", "catalogue:read", "customers:write", "customers:read", "sales:write", "sales:read"]


@pytest.fixture(scope="module")
async def asking():
    async with client() as connected:
        yield connected


async def partner(venue, scopes=SCOPES):
    async with tenancy.scope(venue.id):
        return (await keys.create_key("partner", "SECRET", scopes))[1]


async def count(venue, table):
    async with tenancy.scope(venue.id):
        return await tenancy.fetch_value(sql(f"select count(*) from {table} where tenant_id = {{venue}}"))


async def test_customers_come_and_change_and_each_row_has_its_own_answer(asking):
    venue = await make_venue()
    key = await partner(venue)
    shown = RESULTS.replace("status id", "status object { ... on Customer { number firstName email } }")
    upsert = f"mutation ($rows: [CustomerUpsertRow!]!) {{ customersUpsert(rows: $rows) {{ {shown} }} }}"
    rows = [
        {"externalId": "1", "firstName": "Åse", "email": "ase@example.no", "gender": "WOMAN", "birthDate": "1970-05-17"},
        {"externalId": "2", "firstName": "x" * 201},
        {"externalId": "3", "country": "Norge"},
        {"externalId": "1", "firstName": "Ola"},
        {"externalId": ""},
        {"externalId": "5", "country": ""},
    ]

    told = (await ask(asking, upsert, token=key, rows=rows)).json()["data"]["customersUpsert"]

    assert {k: told[k] for k in ("created", "updated", "unchanged", "rejected", "userErrors")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 5,
        "userErrors": [],
    }
    assert told["results"] == [
        {"row": 0, "status": "CREATED", "object": {"number": 1, "firstName": "Åse", "email": "ase@example.no"}, "errors": []},
        {"row": 1, "status": "REJECTED", "object": None, "errors": [{"code": "TOO_LONG", "field": ["rows", "1", "firstName"]}]},
        {
            "row": 2,
            "status": "REJECTED",
            "object": None,
            "errors": [{"code": "INVALID_VALUE", "field": ["rows", "2", "country"]}],
        },
        {
            "row": 3,
            "status": "REJECTED",
            "object": None,
            "errors": [{"code": "CONFLICTING_ROWS", "field": ["rows", "3", "externalId"]}],
        },
        {"row": 4, "status": "REJECTED", "object": None, "errors": [{"code": "REQUIRED", "field": ["rows", "4", "externalId"]}]},
        {
            "row": 5,
            "status": "REJECTED",
            "object": None,
            "errors": [{"code": "INVALID_VALUE", "field": ["rows", "5", "country"]}],
        },
    ]

    again = [{"externalId": "1", "email": None}]
    told = (await ask(asking, upsert, token=key, rows=again)).json()["data"]["customersUpsert"]
    assert told["results"][0] == {
        "row": 0,
        "status": "UPDATED",
        "object": {"number": 1, "firstName": "Åse", "email": None},
        "errors": [],
    }


async def test_orders_stand_or_fall_with_their_lines(asking):
    venue = await make_venue()
    key = await partner(venue)
    ground = """mutation {
      productionsUpsert(rows: [{externalId: "hedda", name: "Hedda Gabler"}]) { created }
      performancesUpsert(rows: [{externalId: "h1", production: "hedda", startsAt: "2026-12-01T19:30:00+01:00"}]) { created }
      customersUpsert(rows: [{externalId: "kari"}]) { created }
    }"""
    assert (await ask(asking, ground, token=key)).json()["data"]["performancesUpsert"] == {"created": 1}
    upsert = f"mutation ($rows: [OrderUpsertRow!]!) {{ ordersUpsert(rows: $rows) {{ {RESULTS} }} }}"
    head = {"customer": "kari", "channel": "ONLINE", "orderedAt": "2026-11-01T12:00:00+01:00"}
    rows = [
        {
            "externalId": "o1",
            **head,
            "lines": [
                {"externalId": "l1", "performance": "h1", "quantity": 2, "price": "450.50"},
                {"externalId": "l2", "performance": "h1", "price": "0", "lineState": "COMPLIMENTARY"},
            ],
        },
        {
            "externalId": "o2",
            **head,
            "lines": [
                {"externalId": "l3", "performance": "h1", "price": "10"},
                {"externalId": "l4", "performance": "nowhere", "price": "10"},
            ],
        },
    ]

    told = (await ask(asking, upsert, token=key, rows=rows)).json()["data"]["ordersUpsert"]

    assert [(r["status"], r["errors"]) for r in told["results"]] == [
        ("CREATED", []),
        ("REJECTED", [{"code": "UNKNOWN_REFERENCE", "field": ["rows", "1", "lines", "1", "performance"]}]),
    ]
    assert (await count(venue, "orders"), await count(venue, "ticket_lines")) == (1, 2)

    shown = """query ($id: ID!) { order(id: $id) {
      total { amount currencyCode } customer { number } state
      lines { quantity amount { amount } state performance { startsAt } } } }"""
    order = (await ask(asking, shown, token=key, id=told["results"][0]["id"])).json()["data"]["order"]
    assert order["total"] == {"amount": "901.00", "currencyCode": "NOK"}
    assert order["lines"][0]["performance"] == {"startsAt": "2026-12-01T18:30:00Z"}

    cancelled = [{"externalId": "o1", "orderState": "CANCELLED"}, {"externalId": "o9", "orderState": "CANCELLED"}]
    told = (await ask(asking, upsert, token=key, rows=cancelled)).json()["data"]["ordersUpsert"]
    assert [(r["status"], [e["code"] for e in r["errors"]]) for r in told["results"]] == [
        ("UPDATED", []),
        ("REJECTED", ["REQUIRED", "REQUIRED"]),
    ]


async def test_reject_everything_writes_nothing_and_siblings_stand(asking):
    venue = await make_venue()
    key = await partner(venue)
    both = """mutation {
      a: hallsUpsert(rows: [{externalId: "a", name: "A"}, {externalId: "b"}], errorPolicy: REJECT_EVERYTHING) { created rejected }
      b: hallsUpsert(rows: [{externalId: "c", name: "C"}]) { created rejected }
    }"""
    told = (await ask(asking, both, token=key)).json()["data"]
    assert told == {"a": {"created": 0, "rejected": 2}, "b": {"created": 1, "rejected": 0}}
    assert await count(venue, "halls") == 1


async def test_a_call_has_a_limit_and_a_key_its_scopes(asking):
    venue = await make_venue()
    key = await partner(venue, ["catalogue:write"])
    upsert = "mutation ($rows: [TagUpsertRow!]!) { tagsUpsert(rows: $rows) { created userErrors { code field } } }"
    many = [{"externalId": str(n), "name": str(n)} for n in range(1001)]

    told = (await ask(asking, upsert, token=key, rows=many)).json()["data"]["tagsUpsert"]
    assert told == {"created": 0, "userErrors": [{"code": "TOO_MANY_ROWS", "field": ["rows"]}]}
    assert (await ask(asking, upsert, token=key, rows=many[:1000])).json()["data"]["tagsUpsert"]["created"] == 1000

    refused = await ask(asking, 'mutation { customersUpsert(rows: [{externalId: "1"}]) { created } }', token=key)
    assert (codes(refused), await count(venue, "customers")) == (["FORBIDDEN"], 0)
