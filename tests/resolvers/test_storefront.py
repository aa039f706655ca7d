from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.catalogue import Hall, Production, Promoter, Season, TicketType
from tenants.organisations import Organisation
from tenants.performances import STATUSES
from tenants.products import Product, ProductPrice
from tests.asking import ask, caller_at, customer_at, gid, shopper_at
from tests.builders import make_customer, make_line, make_order, make_performance, make_price, make_venue


async def test_the_shop_shows_the_programme_with_its_prices():
    venue = await make_venue(currency="EUR")
    async with tenancy.scope(venue.id):
        hall, season = await Hall.create(name="Store sal"), await Season.create(name="2026/27")
        performance = await make_performance(hall_id=hall.id, season_id=season.id, max_per_order=8)
        await make_price(performance, await TicketType.create(name="Adult"), fee=200)

    answer = await ask(
        shopper_at(venue),
        """query ($where: PerformanceFilter) { performances(where: $where) { totalCount nodes {
          id name startsAt startsOn status maxPerOrder hall { name } season { name }
          production { name tags { name } performances { nodes { id } } }
          prices { amount { amount currencyCode } fee { amount } priceLevel ticketType { name } }
        } } }""",
        where={"halls": gid(hall), "search": "HEDDA"},
    )

    assert answer.errors == []
    assert answer.data["performances"] == {
        "totalCount": 1,
        "nodes": [
            {
                "id": gid(performance),
                "name": "Hedda Gabler",
                "startsAt": "2026-11-21T18:30:00Z",
                "startsOn": "2026-11-21",
                "status": "ON_SALE",
                "maxPerOrder": 8,
                "hall": {"name": "Store sal"},
                "season": {"name": "2026/27"},
                "production": {"name": "Hedda Gabler", "tags": [], "performances": {"nodes": [{"id": gid(performance)}]}},
                "prices": [
                    {
                        "amount": {"amount": "450.00", "currencyCode": "EUR"},
                        "fee": {"amount": "2.00"},
                        "priceLevel": "",
                        "ticketType": {"name": "Adult"},
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize("status", STATUSES)
async def test_what_is_being_set_up_is_not_there_by_any_way(status):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        shared = await Production.create(name="Peer Gynt")
        hidden = await make_performance(status=status, production_id=shared.id)
        shown = await make_performance(production_id=shared.id, starts_at=datetime(2026, 12, 1, tzinfo=UTC))
        alone = await make_performance(status=status)
        price = await make_price(hidden)

    answer = await ask(
        shopper_at(venue),
        """query ($ids: [ID!]!, $id: ID!, $work: [ID!]) {
          performances { totalCount nodes { id } }
          of: performances(where: { productions: $work }) { totalCount }
          performance(id: $id) { id }
          nodes(ids: $ids) { id ... on Production { performances { totalCount } } }
        }""",
        ids=[gid(hidden), gid(price), f"Production_{alone.production_id.hex}", gid(shared)],
        id=gid(hidden),
        work=[f"Production_{alone.production_id.hex}"],
    )

    public = status != "DRAFT"
    listed = {gid(shown), *((gid(hidden), gid(alone)) if public else ())}
    assert {n["id"] for n in answer.data["performances"]["nodes"]} == listed
    assert answer.data["performances"]["totalCount"] == len(listed)
    assert answer.data["of"]["totalCount"] == int(public)
    assert answer.data["performance"] == ({"id": gid(hidden)} if public else None)
    assert [n is not None for n in answer.data["nodes"]] == [public, public, public, True]
    assert answer.data["nodes"][3]["performances"]["totalCount"] == 1 + public


async def test_the_shop_has_no_way_to_people_and_their_kinds_do_not_exist_there():
    venue, other = await make_venue(), await make_venue()
    async with tenancy.scope(other.id):
        foreign = await make_performance()
    async with tenancy.scope(venue.id):
        hidden = [
            await make_customer(),
            await Organisation.create(name="Theatre"),
            await Promoter.create(name="Nordic Tours", email="post@nordic.example"),
        ]
    ids = [gid(foreign), *map(gid, hidden), f"Venue_{venue.id.hex}", f"Key_{uuid4().hex}", "Query_" + "0" * 32, "String", ""]

    answer = await ask(shopper_at(venue), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)

    assert (answer.data, answer.errors) == ({"nodes": [None] * len(ids)}, [])


async def test_the_programme_is_read_by_start_from_a_day_on():
    venue = await make_venue()
    start = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    async with tenancy.scope(venue.id):
        evenings = [await make_performance(starts_at=start + timedelta(days=day)) for day in (1, 0, 2)]
        await make_performance(starts_at=None)

    answer = await ask(
        shopper_at(venue),
        """query ($from: DateTime) { performances(first: 1, where: { startsFrom: $from }) {
          totalCount nodes { id } pageInfo { hasNextPage endCursor } } }""",
        **{"from": "2026-11-22T00:00:00+01:00"},
    )

    assert answer.data["performances"]["nodes"] == [{"id": gid(evenings[0])}]
    assert (answer.data["performances"]["totalCount"], answer.data["performances"]["pageInfo"]["hasNextPage"]) == (2, True)


async def test_staff_rights_open_nothing_here_and_a_shop_s_key_nothing_there():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
    key = caller_at(venue, may={"storefront:read"})

    answer = await ask(key, "query ($id: ID!) { node(id: $id) { id } performance(id: $id) { id } }", id=gid(performance))

    assert (answer.data, answer.errors) == ({"node": None, "performance": None}, [("FORBIDDEN", "performance")])


async def test_d43_the_shop_shows_no_restricted_type_and_no_price_of_one_but_to_who_bought_it():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance(starts_at=datetime(2099, 1, 1, tzinfo=UTC))
        member = await TicketType.create(name="Member", restricted=True)
        adult = await make_price(performance)
        cheap = await make_price(performance, member, amount=10_000)
        product = await Product.create(name="Series", kind="SUBSCRIPTION", choose=2)
        price = await ProductPrice.create(product_id=product.id, ticket_type_id=member.id, amount=90_000)
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        await make_line(await make_order(kari), performance, ticket_type_id=member.id, price=10_000, amount=10_000)
    ids = [gid(member), gid(cheap), gid(price)]
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) { id }
      performances { nodes { priceRange { min { amount } max { amount } } prices { id } } }
      productions { nodes { priceRange { min { amount } } } } products { nodes { prices { id } } } }"""

    answers = [await ask(caller, query, ids=ids) for caller in (shopper_at(venue), customer_at(venue, ola))]
    least = {"min": {"amount": "450.00"}}

    for answer in answers:
        assert answer.errors == []
        assert answer.data == {
            "nodes": [None, None, None],
            "performances": {"nodes": [{"priceRange": least | {"max": least["min"]}, "prices": [{"id": gid(adult)}]}]},
            "productions": {"nodes": [{"priceRange": least}]},
            "products": {"nodes": [{"prices": []}]},
        }
    hers = await ask(customer_at(venue, kari), "{ customer { orders { nodes { lines { ticketType { name } } } } } }")
    assert hers.data["customer"]["orders"]["nodes"] == [{"lines": [{"ticketType": {"name": "Member"}}]}]
    staff = await ask(caller_at(venue), "{ performances { nodes { prices { ticketType { name restricted } } } } }")
    assert staff.data["performances"]["nodes"][0]["prices"] == [
        {"ticketType": {"name": "Adult", "restricted": False}},
        {"ticketType": {"name": "Member", "restricted": True}},
    ]
