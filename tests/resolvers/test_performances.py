from datetime import UTC, datetime, timedelta

import pytest
from graphql import GraphQLError

from tenants import tenancy
from tenants.catalogue import Category, Hall, Production, Promoter, Season, Tag, TicketType
from tenants.organisations import Organisation
from tenants.performances import Performance
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_performance, make_price, make_venue
from tests.recording import matches_golden, recorded


async def test_a_performance_shows_everything_there_is_to_know():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        production, season = await Production.create(name="Hedda Gabler"), await Season.create(name="2026/27")
        category, hall = await Category.create(name="Theatre"), await Hall.create(name="Store sal", capacity=480)
        promoter = await Promoter.create(name="Nordic Tours", email="post@nordic.example")
        theatre, adult = await Organisation.create(name="The theatre"), await TicketType.create(name="Adult", position=1)
        performance = await make_performance(
            external_id="p1",
            production_id=production.id,
            season_id=season.id,
            category_id=category.id,
            hall_id=hall.id,
            promoter_id=promoter.id,
            organisation_ids=[theatre.id],
            starts_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
            sale_starts_at=datetime(2026, 9, 1, 8, tzinfo=UTC),
            capacity=480,
            max_per_order=10,
            max_per_customer=20,
        )
        price = await make_price(performance, adult, amount=45_050, fee=2_500, price_level="A")

    answer = await ask(
        caller_at(venue),
        """query ($id: ID!, $price: ID!) {
          performance(id: $id) {
            id externalId name startsAt startsOn timeKnown saleStartsAt saleEndsAt status capacity maxPerOrder maxPerCustomer
            production { name } season { name } category { name } hall { name capacity } promoter { name email }
            organisations { name }
            prices { id priceLevel amount { amount currencyCode } fee { amount } ticketType { name position } }
          }
          price(id: $price) { performance { id } }
        }""",
        id=gid(performance),
        price=gid(price),
    )

    assert answer.data == {
        "performance": {
            "id": gid(performance),
            "externalId": "p1",
            "name": "Hedda Gabler",
            "startsAt": "2026-12-31T23:30:00Z",
            "startsOn": "2027-01-01",
            "timeKnown": True,
            "saleStartsAt": "2026-09-01T08:00:00Z",
            "saleEndsAt": None,
            "status": "ON_SALE",
            "capacity": 480,
            "maxPerOrder": 10,
            "maxPerCustomer": 20,
            "production": {"name": "Hedda Gabler"},
            "season": {"name": "2026/27"},
            "category": {"name": "Theatre"},
            "hall": {"name": "Store sal", "capacity": 480},
            "promoter": {"name": "Nordic Tours", "email": "post@nordic.example"},
            "organisations": [{"name": "The theatre"}],
            "prices": [
                {
                    "id": gid(price),
                    "priceLevel": "A",
                    "amount": {"amount": "450.50", "currencyCode": "NOK"},
                    "fee": {"amount": "25.00"},
                    "ticketType": {"name": "Adult", "position": 1},
                }
            ],
        },
        "price": {"performance": {"id": gid(performance)}},
    }


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "45000"), ("KWD", "45.000"), ("EUR", "450.00")])
async def test_an_amount_has_its_currency_s_own_number_of_decimals(currency, shown):
    venue = await make_venue(currency=currency)
    async with tenancy.scope(venue.id):
        await make_price(await make_performance())

    answer = await ask(caller_at(venue), "{ performances { nodes { prices { amount { amount currencyCode } } } } }")

    assert answer.data["performances"]["nodes"] == [{"prices": [{"amount": {"amount": shown, "currencyCode": currency}}]}]


async def test_performances_come_by_start_and_the_undated_last():
    venue = await make_venue()
    start = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    async with tenancy.scope(venue.id):
        for day, name in ((2, "C"), (None, "undated"), (0, "A"), (1, "B")):
            await make_performance(name=name, starts_at=None if day is None else start + timedelta(days=day))

    answer = await ask(
        caller_at(venue),
        """query ($from: DateTime, $before: DateTime) {
          rising: performances { nodes { name startsAt startsOn } }
          falling: performances(direction: DESC, first: 2) { nodes { name } }
          created: performances(sortBy: CREATED) { nodes { name } }
          from: performances(where: { startsFrom: $from }) { nodes { name } }
          before: performances(where: { startsBefore: $before }) { nodes { name } }
          between: performances(where: { startsFrom: $from, startsBefore: $before }) { totalCount nodes { name } }
        }""",
        **{"from": "2026-11-22T20:30:00+02:00", "before": "2026-11-23T18:30:00Z"},
    )

    names = {alias: [n["name"] for n in page["nodes"]] for alias, page in answer.data.items()}
    assert names == {
        "rising": ["A", "B", "C", "undated"],
        "falling": ["undated", "C"],
        "created": ["C", "undated", "A", "B"],
        "from": ["B", "C"],
        "before": ["A", "B"],
        "between": ["B"],
    }
    assert answer.data["between"]["totalCount"] == 1
    assert answer.data["rising"]["nodes"][3] == {"name": "undated", "startsAt": None, "startsOn": None}


async def test_each_filter_finds_its_performances_and_together_they_narrow():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        production = await Production.create(name="Fruen frå havet Ærlig")
        season, category, hall = await Season.create(name="s"), await Category.create(name="c"), await Hall.create(name="h")
        promoter, organisation, tag = (
            await Promoter.create(name="p"),
            await Organisation.create(name="o"),
            await Tag.create(name="t"),
        )
        link = "insert into production_tags (tenant_id, production_id, tag_id) values ({venue}, {production}, {tag})"
        await tenancy.execute(sql(link, production=production.id, tag=tag.id))
        given = {
            "production_id": production.id,
            "season_id": season.id,
            "category_id": category.id,
            "hall_id": hall.id,
            "promoter_id": promoter.id,
            "organisation_ids": [organisation.id],
            "status": "PAUSED",
            "external_id": "one",
        }
        one, two = await make_performance(**given), await make_performance(name="Gjest: 100% _ny_", status="DRAFT")

    async def found(**where):
        answer = await ask(
            caller_at(venue), "query ($w: PerformanceFilter) { performances(where: $w) { totalCount nodes { id } } }", w=where
        )
        ids = [n["id"] for n in answer.data["performances"]["nodes"]]
        assert answer.data["performances"]["totalCount"] == len(ids)
        return ids

    for name, row in {
        "seasons": season,
        "productions": production,
        "categories": category,
        "halls": hall,
        "promoters": promoter,
        "organisations": organisation,
        "tags": tag,
    }.items():
        assert await found(**{name: [gid(row)]}) == [gid(one)], name
        assert await found(**{name: []}) == [gid(one), gid(two)], name
        assert await found(**{name: [f"{type(row).__name__}_{'0' * 32}"]}) == [], name
        assert await found(**{name: [gid(row)]}, externalId="two") == [], name
    assert await found(statuses=["PAUSED", "CANCELLED"]) == [gid(one)]
    assert await found(statuses=["DRAFT", "PAUSED"]) == [gid(one), gid(two)]
    assert await found(externalId="one") == [gid(one)]
    assert await found(search="FRUEN FRÅ") == [gid(one)]
    assert await found(search="0% _ny") == [gid(two)]
    assert await found(search="e") == [gid(one), gid(two)]
    assert await found(search="%") == [gid(two)]
    assert await found(search="hall") == []


@pytest.mark.parametrize(
    "wrong", ["2026-11-21", "2026-11-21T18:30:00", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "20261121T183000Z", ""]
)
async def test_a_time_without_one_meaning_is_refused(wrong):
    venue = await make_venue()
    with pytest.raises(GraphQLError, match="RFC 3339"):
        await ask(
            caller_at(venue),
            "query ($at: DateTime) { performances(where: { startsFrom: $at }) { totalCount } }",
            at=wrong,
        )


async def test_golden_a_page_of_performances_costs_one_statement_per_kind():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        hall, adult = await Hall.create(name="Store sal"), await TicketType.create(name="Adult")
        theatre = await Organisation.create(name="The theatre")
        for _ in range(20):
            performance = await make_performance(hall_id=hall.id, organisation_ids=[theatre.id])
            await make_price(performance, adult)
            await make_price(performance, await TicketType.create(name="Student"), amount=25_000)

    with recorded() as sent:
        answer = await ask(
            caller_at(venue),
            """{ performances(first: 20) { totalCount pageInfo { endCursor } nodes {
              name startsAt startsOn status production { name tags { name } } hall { name } organisations { name }
              prices { amount { amount } ticketType { name } }
            } } }""",
        )

    assert len(answer.data["performances"]["nodes"]) == 20
    assert matches_golden("performances_page", sent, venue.id)


async def test_who_may_read_no_catalogue_reads_no_performance():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
    assert isinstance(performance, Performance)
    key = caller_at(venue, may={"sales:read", "customers:read"})

    query = "query ($id: ID!) { node(id: $id) { id } performance(id: $id) { id } }"
    answer = await ask(key, query, id=gid(performance))

    assert (answer.data, answer.errors) == ({"node": None, "performance": None}, [("FORBIDDEN", "performance")])


async def test_a_nested_page_is_asked_for_as_any_other_and_refused_alike():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        first, second = await Hall.create(name="A"), await Hall.create(name="B")
        evenings = [await make_performance(hall_id=hall.id) for hall in (first, first, second)]

    page = "nodes { id } pageInfo { hasNextPage hasPreviousPage }"
    nested = f"performances(first: $n, after: $after) {{ totalCount {page} }}"
    query = f"query ($n: Int, $after: String) {{ halls {{ nodes {{ {nested} }} }} }}"
    one = await ask(caller_at(venue), query, n=1)
    too_many = await ask(caller_at(venue), query, n=101)
    made_up = await ask(caller_at(venue), query, after="x")

    assert [hall["performances"] for hall in one.data["halls"]["nodes"]] == [
        {
            "totalCount": 2,
            "nodes": [{"id": gid(evenings[0])}],
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
        },
        {
            "totalCount": 1,
            "nodes": [{"id": gid(evenings[2])}],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
        },
    ]
    assert (too_many.data, too_many.errors[0]) == ({"halls": None}, ("BAD_USER_INPUT", "halls.nodes.0.performances"))
    assert (made_up.data, made_up.errors[0]) == ({"halls": None}, ("BAD_USER_INPUT", "halls.nodes.0.performances"))
