from datetime import UTC, datetime
from typing import Any

import pytest

from tenants import tenancy
from tenants.customers import Customer
from tenants.sql import sql
from tests.asking import ask, customer_at, gid, shopper_at
from tests.builders import make_customer, make_customer_token, make_key, make_line, make_order, make_performance, make_venue
from tests.gateway.clients import ask as post
from tests.gateway.clients import client, codes

MINE = """query ($first: Int) { customer {
  id number firstName lastName email phone language
  orders(first: $first) { totalCount pageInfo { hasNextPage } nodes {
    id orderedAt state currency total { amount } fees { amount }
    lines { quantity state price { amount } amount { amount } order { id } performance { id name status } ticketType { name } }
  } }
} }"""
UPDATE = """mutation ($phone: String, $language: String) { it: customerUpdate(phone: $phone, language: $language) {
  customer { phone language } userErrors { code field } } }"""
STORE = "/storefront/graphql"


async def test_a_customer_sees_themselves_and_their_orders_newest_first():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer(email="kari@example.org", language="nb", phone="+47 22")
        evening, cancelled = await make_performance(), await make_performance(status="CANCELLED")
        old = await make_order(kari, evening, ordered_at=datetime(2026, 1, 1, tzinfo=UTC))
        new = await make_order(kari, ordered_at=datetime(2026, 2, 1, tzinfo=UTC), state="REFUNDED")
        await make_line(new, cancelled, quantity=2, amount=90_000, fee=200, state="REFUNDED")
        await make_line(new, evening, fee=300)

    answer = await ask(customer_at(venue, kari), MINE, first=1)
    whole = await ask(customer_at(venue, kari), MINE)

    assert answer.errors == []
    page = answer.data["customer"].pop("orders")
    assert answer.data["customer"] == {
        "id": gid(kari), "number": kari.number, "firstName": "Kari", "lastName": "Nordmann", "email": "kari@example.org",
        "phone": "+47 22", "language": "nb",
    }  # fmt: skip
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    (order,) = page["nodes"]
    lines = order.pop("lines")
    assert order == {
        "id": gid(new), "orderedAt": "2026-02-01T00:00:00Z", "state": "REFUNDED", "currency": "NOK",
        "total": {"amount": "453.00"}, "fees": {"amount": "3.00"},
    }  # fmt: skip
    assert lines[0] == {
        "quantity": 2, "state": "REFUNDED", "price": {"amount": "450.00"}, "amount": {"amount": "900.00"},
        "order": {"id": gid(new)}, "ticketType": None,
        "performance": {"id": gid(cancelled), "name": "Hedda Gabler", "status": "CANCELLED"},
    }  # fmt: skip
    assert [order["id"] for order in whole.data["customer"]["orders"]["nodes"]] == [gid(new), gid(old)]


async def test_tickets_stay_when_their_performance_is_set_up_anew():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer()
        draft = await make_performance(status="DRAFT")
        await make_order(kari, draft)

    answer = await ask(customer_at(venue, kari), MINE)

    (order,) = answer.data["customer"]["orders"]["nodes"]
    assert answer.errors == []
    assert (order["total"], [line["performance"] for line in order["lines"]]) == ({"amount": "450.00"}, [None])


async def test_an_id_of_somebody_elses_opens_nothing():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer(), await make_customer("Ola")
        evening = await make_performance()
        mine, his, nobodys = [await make_order(each, evening) for each in (kari, ola, None)]
        lines = [await make_line(order, evening) for order in (mine, his, nobodys)]
    ids = [gid(row) for row in (kari, mine, lines[0], ola, his, lines[1], nobodys, lines[2])]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    of_kari = await ask(customer_at(venue, kari), query, ids=ids)
    of_the_public = await ask(shopper_at(venue), query, ids=ids)

    assert of_kari.data["nodes"] == [{"id": i} for i in ids[:3]] + [None] * 5
    assert of_the_public.data["nodes"] == [None] * 8


async def test_nobody_else_is_a_customer():
    venue = await make_venue()
    secrets = [None, await make_key(venue, kind="PUBLISHABLE"), await make_key(venue, "customers:read", "customers:signin")]
    async with client() as asking:
        answers = [await post(asking, "{ customer { id } }", token=secret, path=STORE) for secret in secrets]

    assert [codes(answer) for answer in answers] == [["UNAUTHENTICATED"], ["FORBIDDEN"], ["FORBIDDEN"]]
    assert "Customer_" not in "".join(answer.text for answer in answers)


async def test_a_customer_changes_their_telephone_number_and_language_once_under_a_key_and_nobody_elses():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer(language="nb"), await make_customer("Ola", language="nb", phone="1")
    token = await make_customer_token(venue, kari.id)
    async with client() as asking:
        both = await told(asking, token, phone="+47 99", language="EN-gb")
        emptied = await told(asking, token, phone=None)
        once = [
            await post(asking, UPDATE, token=token, path=STORE, language="nl", headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]
        nothing = await told(asking, token)

    assert both == {"customer": {"phone": "+47 99", "language": "en-GB"}, "userErrors": []}
    assert emptied == {"customer": {"phone": None, "language": "en-GB"}, "userErrors": []}
    assert once[0].json() == once[1].json()
    assert nothing == {"customer": {"phone": None, "language": "nl"}, "userErrors": []}
    async with tenancy.scope(venue.id):
        after = await Customer.get(id=ola.id)
        told_of = await tenancy.fetch(sql("select changes::text as c from audit_entries where tenant_id = {venue}"))
    assert (after.phone, after.language, after.updated_at) == ("1", "nb", ola.updated_at)
    assert {row.c for row in told_of} == {"[]"}, "values of a customer's are no business of the log, which cannot forget"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [({"phone": "1" * 41}, "TOO_LONG", "phone"), ({"language": "norsk!"}, "INVALID_VALUE", "language")],
)
async def test_what_cannot_be_is_refused(given, code, field):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer(language="nb", phone="1")
    async with client() as asking:
        answer = await told(asking, await make_customer_token(venue, kari.id), **{"phone": "2", "language": "en", **given})

    assert answer == {"customer": None, "userErrors": [{"code": code, "field": [field]}]}
    async with tenancy.scope(venue.id):
        after = await Customer.get(id=kari.id)
    assert (after.phone, after.language) == ("1", "nb")


async def told(asking: Any, token: str, **given: Any) -> Any:
    answer = await post(asking, UPDATE, token=token, path=STORE, **given)
    assert codes(answer) == [], answer.text
    return answer.json()["data"]["it"]
