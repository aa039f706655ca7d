"""Subscriptions and memberships through the API: written by external id, sold, seen by whom they belong to, shown in the shop."""

from datetime import UTC, date, datetime
from decimal import Decimal

from tenants import tenancy
from tenants.catalogue import Promoter
from tenants.orders import TicketLine
from tenants.organisations import Organisation
from tenants.products import Product
from tenants.sql import sql
from tests.asking import ask, caller_at, shopper_at
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.tenants.test_upserts import write

SALE = {"channel": "ONLINE", "ordered_at": datetime(2026, 5, 1, tzinfo=UTC), "price": Decimal(1800)}


async def a_series(venue):
    """A subscription to two of three evenings, with its price, and one membership."""
    day = {"production": "hedda", "starts_at": datetime(2026, 9, 4, 17, tzinfo=UTC)}
    await write(venue, "seasons", {"external_id": "s26", "name": "2026/27", "ends_on": date(2099, 6, 30)})
    await write(
        venue,
        "performances",
        {**day, "external_id": "p3", "starts_at": None},
        {**day, "external_id": "p2", "starts_at": datetime(2026, 10, 4, 17, tzinfo=UTC)},
        {**day, "external_id": "p1"},
        create_missing=True,
    )
    await write(
        venue,
        "products",
        {
            "external_id": "a",
            "kind": "SUBSCRIPTION",
            "name": "Fredagsserien",
            "description": "Tre kvelder",
            "name:en": "Friday series",
            "season": "s26",
            "performances": ["p1", "p2", "p3"],
            "choose": 2,
        },
        {"external_id": "f", "kind": "MEMBERSHIP", "name": "Venn", "months": 12},
    )
    await write(venue, "ticket_types", {"external_id": "adult", "name": "Adult"}, {"external_id": "youth", "name": "Youth"})
    await write(
        venue,
        "product_prices",
        {"product": "a", "ticket_type": "youth", "amount": Decimal(900)},
        {"product": "a", "ticket_type": "adult", "amount": Decimal(1800), "fee": Decimal(20)},
    )


async def test_a_subscription_shows_its_season_performances_and_prices():
    venue = await make_venue()
    await a_series(venue)

    answer = await ask(
        caller_at(venue),
        """{ products { totalCount nodes {
          externalId kind name description translations { language name description } season { name } choose months endsOn status
          performances { externalId } organisations { id }
          prices { ticketType { name } priceLevel amount { amount } fee { amount } }
        } } members: products(where: { kinds: [MEMBERSHIP] }) { nodes { name months } } }""",
    )

    assert answer.errors == []
    assert answer.data["members"]["nodes"] == [{"name": "Venn", "months": 12}]
    assert answer.data["products"]["totalCount"] == 2
    assert answer.data["products"]["nodes"][0] == {
        "externalId": "a",
        "kind": "SUBSCRIPTION",
        "name": "Fredagsserien",
        "description": "Tre kvelder",
        "translations": [{"language": "en", "name": "Friday series", "description": None}],
        "season": {"name": "2026/27"},
        "choose": 2,
        "months": None,
        "endsOn": None,
        "status": "ON_SALE",
        "performances": [{"externalId": "p1"}, {"externalId": "p2"}, {"externalId": "p3"}],
        "prices": [
            {"ticketType": {"name": "Adult"}, "priceLevel": "", "amount": {"amount": "1800.00"}, "fee": {"amount": "20.00"}},
            {"ticketType": {"name": "Youth"}, "priceLevel": "", "amount": {"amount": "900.00"}, "fee": {"amount": "0.00"}},
        ],
        "organisations": [],
    }


async def test_a_sale_of_one_is_a_line_of_an_order_and_makes_a_subscriber():
    venue = await make_venue()
    await a_series(venue)
    await write(venue, "customers", {"external_id": "anna"})
    head = {**SALE, "order": "o1", "customer": "anna"}
    sold = await write(
        venue,
        "sales",
        {**head, "external_id": "l1", "product": "a", "ticket_type": "adult"},
        {**head, "external_id": "l2", "performance": "p1", "price": Decimal(450)},
        {**head, "external_id": "l3", "performance": "p1", "product": "a"},
        {**head, "external_id": "l4"},
        {**head, "external_id": "l5", "product": "nothing"},
    )
    async with tenancy.scope(venue.id):
        (product,) = await Product.rows(sql("t.external_id = 'a'"))

    answer = await ask(
        caller_at(venue),
        """query ($p: [ID!]) {
          orders(where: { products: $p }) { nodes { total { amount } lines { performance { externalId } product { name } } } }
          ticketLines(where: { products: $p }) { nodes { externalId } }
          customers { nodes { facts { orderCount ticketCount performanceCount spent { amount } subscriptionCount membershipCount
            isSubscriber subscribedUntil isMember memberUntil } } } }""",
        p=[f"Product_{product.id.hex}"],
    )

    assert sold == [
        ("CREATED", []),
        ("CREATED", []),
        ("REJECTED", [("product", "INVALID_VALUE")]),
        ("REJECTED", [("performance", "REQUIRED")]),
        ("REJECTED", [("product", "UNKNOWN_REFERENCE")]),
    ]
    assert answer.errors == []
    (order,) = answer.data["orders"]["nodes"]
    assert order["total"] == {"amount": "2250.00"}
    assert sorted(order["lines"], key=str) == [
        {"performance": None, "product": {"name": "Fredagsserien"}},
        {"performance": {"externalId": "p1"}, "product": None},
    ]
    assert answer.data["ticketLines"]["nodes"] == [{"externalId": "l1"}]
    assert answer.data["customers"]["nodes"][0]["facts"] == {
        "orderCount": 1,
        "ticketCount": 1,
        "performanceCount": 1,
        "spent": {"amount": "2250.00"},
        "subscriptionCount": 1,
        "membershipCount": 0,
        "isSubscriber": True,
        "subscribedUntil": "2099-06-30",
        "isMember": False,
        "memberUntil": None,
    }


async def test_a_line_may_change_from_a_performance_to_a_product_and_back_but_never_sell_nothing():
    venue = await make_venue()
    await a_series(venue)
    line = {**SALE, "external_id": "l1"}
    statuses = [
        (await write(venue, "sales", {**line, **what}))[0][0]
        for what in ({"performance": "p1"}, {"product": "f"}, {"performance": "p1"}, {"performance": None}, {})
    ]

    assert statuses == ["CREATED", "UPDATED", "UPDATED", "REJECTED", "UNCHANGED"]


async def test_staff_of_an_organisation_see_its_products_and_their_sales_and_promoters_see_none():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=n) for n in ("Theatre", "Cinema")]
        promoter = await Promoter.create(name="Nordlys")
        film = await make_performance(organisation_ids=[cinema.id], promoter_id=promoter.id)
        common, plays = [
            await Product.create(kind="SUBSCRIPTION", name=n, organisation_ids=o)
            for n, o in (("All", []), ("Plays", [theatre.id]))
        ]
        orders = [await make_order(await make_customer()) for _ in range(3)]
        for order, sold in zip(orders, (common, plays), strict=False):
            await TicketLine.create(order_id=order.id, product_id=sold.id, quantity=1, price=180_000, amount=180_000)
        await make_line(orders[2], film)
    query = "{ products { nodes { name } } orders { totalCount } ticketLines { nodes { product { name } } } }"

    of_theatre, of_cinema = [
        (await ask(caller_at(venue, "BOX_OFFICE", organisations=[o]), query)).data for o in (theatre, cinema)
    ]

    nodes = ", ".join(f'"{kind}_{row.id.hex}"' for kind, row in (("Product", common), ("Product", plays)))
    promoters = (await ask(caller_at(venue, "PROMOTER", promoter=promoter), f"{{ nodes(ids: [{nodes}]) {{ id }} }}")).data

    assert promoters == {"nodes": [None, None]}
    assert [p["name"] for p in of_theatre["products"]["nodes"]] == ["All", "Plays"]
    assert of_theatre["orders"]["totalCount"] == 2
    assert [p["name"] for p in of_cinema["products"]["nodes"]] == ["All"]
    assert of_cinema["orders"]["totalCount"] == 2
    assert sorted(line["product"]["name"] if line["product"] else "" for line in of_cinema["ticketLines"]["nodes"]) == ["", "All"]


async def test_the_shop_shows_what_is_announced_in_the_language_asked_for():
    venue = await make_venue(languages=["no", "en"])
    await a_series(venue)
    await write(venue, "products", {"external_id": "x", "kind": "SUBSCRIPTION", "name": "Secret", "status": "DRAFT"})
    await write(venue, "performances", {"external_id": "p2", "status": "DRAFT"})
    async with tenancy.scope(venue.id):
        (secret,) = await Product.rows(sql("t.external_id = 'x'"))

    answer = await ask(
        shopper_at(venue),
        """query ($id: ID!) { products(where: { kinds: [SUBSCRIPTION] }) { nodes {
          name choose performances { startsOn } prices { amount { amount } } } } product(id: $id) { id } }""",
        id=f"Product_{secret.id.hex}",
    )

    assert answer.errors == []
    assert answer.data["product"] is None
    assert answer.data["products"]["nodes"] == [
        {
            "name": "Fredagsserien",
            "choose": 2,
            "performances": [{"startsOn": "2026-09-04"}, {"startsOn": None}],
            "prices": [{"amount": {"amount": "1800.00"}}, {"amount": {"amount": "900.00"}}],
        }
    ]
