from datetime import UTC, datetime, timedelta

from tenants import tenancy
from tenants.catalogue import TicketType
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue


async def test_an_order_shows_its_buyer_its_lines_and_what_it_comes_to():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance, adult = await make_performance(), await TicketType.create(name="Adult")
        customer = await make_customer()
        order = await make_order(
            customer,
            external_id="o1",
            channel="BOX_OFFICE",
            ordered_at=datetime(2026, 10, 1, 12, 30, 15, 250_000, tzinfo=UTC),
            place_city="Oslo",
            place_country="NO",
        )
        line = await make_line(
            order,
            performance,
            external_id="l1",
            ticket_type_id=adult.id,
            quantity=2,
            price=45_025,
            amount=90_050,
            fee=1_000,
            vat=9_650,
            price_level="A",
        )
        await make_line(order, performance, state="COMPLIMENTARY", price=0, amount=0)
        await make_line(order, performance, state="REFUNDED", fee=500)
        await make_line(order, performance, state="CANCELLED")
        await make_line(order, performance, state="RESERVED", quantity=-1, amount=-45_025)

    answer = await ask(
        caller_at(venue),
        """query ($id: ID!, $line: ID!) {
          order(id: $id) {
            id externalId channel currency orderedAt state place { postcode city country } customer { number }
            total { amount currencyCode } fees { amount }
            lines { state amount { amount } }
          }
          ticketLine(id: $line) {
            externalId order { id } performance { id } ticketType { name } quantity priceLevel state
            price { amount currencyCode } amount { amount } fee { amount } vat { amount }
          }
        }""",
        id=gid(order),
        line=gid(line),
    )

    assert answer.data == {
        "order": {
            "id": gid(order),
            "externalId": "o1",
            "channel": "BOX_OFFICE",
            "currency": "NOK",
            "orderedAt": "2026-10-01T12:30:15.250000Z",
            "state": "CONFIRMED",
            "place": {"postcode": None, "city": "Oslo", "country": "NO"},
            "customer": {"number": customer.number},
            "total": {"amount": "460.25", "currencyCode": "NOK"},
            "fees": {"amount": "10.00"},
            "lines": [
                {"state": "VALID", "amount": {"amount": "900.50"}},
                {"state": "COMPLIMENTARY", "amount": {"amount": "0.00"}},
                {"state": "REFUNDED", "amount": {"amount": "450.00"}},
                {"state": "CANCELLED", "amount": {"amount": "450.00"}},
                {"state": "RESERVED", "amount": {"amount": "-450.25"}},
            ],
        },
        "ticketLine": {
            "externalId": "l1",
            "order": {"id": gid(order)},
            "performance": {"id": gid(performance)},
            "ticketType": {"name": "Adult"},
            "quantity": 2,
            "priceLevel": "A",
            "state": "VALID",
            "price": {"amount": "450.25", "currencyCode": "NOK"},
            "amount": {"amount": "900.50"},
            "fee": {"amount": "10.00"},
            "vat": {"amount": "96.50"},
        },
    }


async def test_an_order_to_nobody_from_nowhere_comes_to_nothing():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        await make_order(None, currency="JPY")

    answer = await ask(
        caller_at(venue), "{ orders { nodes { customer { id } place { city } total { amount currencyCode } lines { id } } } }"
    )

    assert answer.data["orders"]["nodes"] == [
        {"customer": None, "place": None, "total": {"amount": "0", "currencyCode": "JPY"}, "lines": []}
    ]


async def test_orders_and_lines_are_found_by_each_of_their_columns():
    venue = await make_venue()
    start = datetime(2026, 10, 1, tzinfo=UTC)
    async with tenancy.scope(venue.id):
        buyer, hedda, peer = await make_customer(), await make_performance(), await make_performance()
        adult = await TicketType.create(name="Adult")
        one = await make_order(buyer, hedda, peer, ordered_at=start, channel="PHONE", state="RESERVED", external_id="x")
        line = await make_line(one, hedda, ticket_type_id=adult.id, state="REFUNDED", external_id="y")
        two = await make_order(None, peer, ordered_at=start + timedelta(days=1))

    async def found(field, **where):
        kind = {"orders": "OrderFilter", "ticketLines": "TicketLineFilter"}[field]
        query = f"query ($w: {kind}) {{ {field}(where: $w) {{ totalCount nodes {{ id }} }} }}"
        page = (await ask(caller_at(venue), query, w=where)).data[field]
        assert page["totalCount"] == len(page["nodes"])
        return [n["id"] for n in page["nodes"]]

    for where in (
        {"customers": [gid(buyer)]},
        {"channels": ["PHONE"]},
        {"states": ["RESERVED", "CANCELLED"]},
        {"orderedBefore": "2026-10-02T00:00:00Z"},
        {"performances": [gid(hedda)]},
        {"externalId": "x"},
    ):
        assert await found("orders", **where) == [gid(one)], where
        assert await found("orders", **where, orderedFrom="2026-10-01T00:00:01Z") == [], where
    assert await found("orders", performances=[gid(hedda), gid(peer)]) == [gid(one), gid(two)]
    assert await found("orders", orderedFrom="2026-10-02T02:00:00+02:00") == [gid(two)]

    for where in ({"ticketTypes": [gid(adult)]}, {"states": ["REFUNDED"]}, {"externalId": "y"}):
        assert await found("ticketLines", **where) == [gid(line)], where
        assert await found("ticketLines", **where, performances=[gid(peer)]) == [], where
    assert len(await found("ticketLines", orders=[gid(one)])) == 3
    assert len(await found("ticketLines", performances=[gid(peer)])) == 2


async def test_orders_come_by_time_and_lines_by_order():
    venue = await make_venue()
    start = datetime(2026, 10, 1, tzinfo=UTC)
    async with tenancy.scope(venue.id):
        performance = await make_performance()
        orders = [await make_order(None, performance, ordered_at=start + timedelta(days=day)) for day in (1, 2, 0)]
        await make_line(orders[0], performance)

    answer = await ask(
        caller_at(venue),
        "{ orders(direction: DESC) { nodes { id } } ticketLines { nodes { order { id } } } }",
    )

    assert [n["id"] for n in answer.data["orders"]["nodes"]] == [gid(orders[i]) for i in (1, 0, 2)]
    assert [n["order"]["id"] for n in answer.data["ticketLines"]["nodes"]] == [gid(orders[i]) for i in (0, 0, 1, 2)]
