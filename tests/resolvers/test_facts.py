"""What a customer has bought, and orders that should never have been, through the API."""

from datetime import UTC, datetime

from tenants import facts, tenancy
from tenants.organisations import Organisation
from tests.asking import ask as read
from tests.asking import caller_at, gid
from tests.builders import make_customer, make_key, make_line, make_order, make_performance, make_venue
from tests.gateway.clients import ask, client, codes
from tests.recording import matches_golden, recorded

FACTS = """
query ($id: ID!) { customer(id: $id) { facts {
  spent { amount currencyCode } orderCount ticketCount performanceCount mostTickets
  onlineOrders boxOfficeOrders phoneOrders partnerOrders
  firstOrderedAt lastOrderedAt shortestLeadDays medianLeadDays longestLeadDays } } }
"""
SELL = """
mutation ($rows: [OrderUpsertRow!]!) { ordersUpsert(rows: $rows) { created updated userErrors { code }
  results { id errors { code message } } } }
"""
DELETE = "mutation ($id: ID!) { orderDelete(id: $id) { deletedId userErrors { code field } } }"
NONE = {
    "spent": {"amount": "0.00", "currencyCode": "NOK"}, "orderCount": 0, "ticketCount": 0, "performanceCount": 0,
    "mostTickets": 0, "onlineOrders": 0, "boxOfficeOrders": 0, "phoneOrders": 0, "partnerOrders": 0, "firstOrderedAt": None,
    "lastOrderedAt": None, "shortestLeadDays": None, "medianLeadDays": None, "longestLeadDays": None,
}  # fmt: skip


async def test_a_sale_a_refund_and_a_deletion_are_seen_at_once():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        anna = await make_customer(external_id="anna")
        await make_performance(external_id="p1", starts_at=datetime(2026, 11, 21, 18, 30, tzinfo=UTC))
    key = await make_key(venue, "customers:read", "sales:read", "sales:write")
    row = {"externalId": "o1", "customer": "anna", "channel": "BOX_OFFICE", "orderedAt": "2026-11-01T12:00:00Z"}
    line = {"externalId": "o1-1", "performance": "p1", "quantity": 3, "price": "450.00", "fee": "25.00"}
    async with client() as asking:

        async def known():
            return (await ask(asking, FACTS, token=key, id=gid(anna))).json()["data"]["customer"]["facts"]

        assert await known() == NONE
        sold = (await ask(asking, SELL, token=key, rows=[{**row, "lines": [line]}])).json()["data"]["ordersUpsert"]
        assert (sold["created"], sold["userErrors"]) == (1, [])
        after_the_sale = {
            **NONE, "spent": {"amount": "1350.00", "currencyCode": "NOK"}, "orderCount": 1, "ticketCount": 3,
            "performanceCount": 1, "mostTickets": 3, "boxOfficeOrders": 1, "firstOrderedAt": "2026-11-01T12:00:00Z",
            "lastOrderedAt": "2026-11-01T12:00:00Z", "shortestLeadDays": 20, "medianLeadDays": 20, "longestLeadDays": 20,
        }  # fmt: skip
        assert await known() == after_the_sale

        refunded = {"externalId": "o1-1", "lineState": "REFUNDED"}
        await ask(asking, SELL, token=key, rows=[{"externalId": "o1", "lines": [refunded]}])
        assert await known() == NONE
        await ask(asking, SELL, token=key, rows=[{"externalId": "o1", "lines": [{**refunded, "lineState": "VALID"}]}])
        assert await known() == after_the_sale

        order = sold["results"][0]["id"]
        assert (await ask(asking, DELETE, token=key, id=order)).json()["data"]["orderDelete"] == {
            "deletedId": order,
            "userErrors": [],
        }
        assert await known() == NONE
        again = (await ask(asking, DELETE, token=key, id=order)).json()["data"]["orderDelete"]
        assert again == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "field": []}]}


async def test_an_order_with_tickets_of_another_organisation_is_not_deleted():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=n) for n in ("Theatre", "Cinema")]
        play, film = [await make_performance(organisation_ids=[o.id]) for o in (theatre, cinema)]
        shared, own = await make_order(await make_customer()), await make_order(await make_customer())
        for order, performance in ((shared, play), (shared, film), (own, film)):
            await make_line(order, performance)
    key = await make_key(venue, "sales:read", "sales:write", organisation_ids=[cinema.id])
    async with client() as asking:
        refused = await ask(asking, DELETE, token=key, id=gid(shared))
        done = (await ask(asking, DELETE, token=key, id=gid(own))).json()["data"]["orderDelete"]
        everything = await ask(
            asking, "{ orders { totalCount } ticketLines { totalCount } }", token=await make_key(venue, "sales:read")
        )
    assert (refused.json()["data"], codes(refused)) == ({"orderDelete": None}, ["FORBIDDEN"])
    assert done == {"deletedId": gid(own), "userErrors": []}
    assert everything.json()["data"] == {"orders": {"totalCount": 1}, "ticketLines": {"totalCount": 2}}


async def test_golden_the_facts_of_a_page_of_customers_cost_one_statement():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance, customers = await make_performance(), [await make_customer() for _ in range(3)]
        for customer in customers:
            await make_line(await make_order(customer), performance)
        await facts.refresh([c.id for c in customers])
    with recorded() as sent:
        answer = await read(caller_at(venue), "{ customers(first: 50) { nodes { facts { orderCount spent { amount } } } } }")
    assert answer.data["customers"]["nodes"] == [{"facts": {"orderCount": 1, "spent": {"amount": "450.00"}}}] * 3
    assert matches_golden("customers_with_facts", sent, venue.id)
