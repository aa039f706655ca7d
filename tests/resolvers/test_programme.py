"""The public catalogue: what a shop's pages are made of."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tenants import tenancy
from tenants.catalogue import Category, Hall, Production, Season, Tag, TicketType
from tests.asking import ask, gid, shopper_at
from tests.builders import make_performance, make_price, make_venue
from tests.recording import matches_golden, recorded
from tests.resolvers.test_catalogue import tag_production

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


async def a_house():
    """Two works: one played yesterday, tomorrow and in a week, and one that is only being set up."""
    venue = await make_venue(languages=["no", "en"])
    async with tenancy.scope(venue.id):
        hall, cellar = await Hall.create(name="Store sal"), await Hall.create(name="Kjelleren")
        season, later = await Season.create(name="2026/27"), await Season.create(name="2027/28")
        theatre, film = await Category.create(name="Teater"), await Category.create(name="Film")
        ibsen, secret = await Tag.create(name="Ibsen"), await Tag.create(name="Hemmelig")
        adult, child = await TicketType.create(name="Voksen"), await TicketType.create(name="Barn")
        work = await Production.create(name="Peer Gynt", subtitle="Dramatisk dikt", texts={"name:en": "The Troll King"})
        hidden = await Production.create(name="Vildanden")
        await tag_production(work, ibsen)
        await tag_production(hidden, secret)
        place = {"hall_id": hall.id, "season_id": season.id, "category_id": theatre.id}
        evenings = [await make_performance(production_id=work.id, starts_at=NOW + n * DAY, **place) for n in (-1, 1, 7)]
        for evening, amount in zip(evenings, (10_000, 49_500, 39_500), strict=True):
            await make_price(evening, adult, amount=amount, fee=2_500)
            await make_price(evening, child, amount=amount // 2, fee=2_500)
        await make_performance(
            production_id=hidden.id,
            status="DRAFT",
            hall_id=cellar.id,
            season_id=later.id,
            category_id=film.id,
            starts_at=NOW + DAY,
        )
    return SimpleNamespace(
        venue=venue, shop=shopper_at(venue), work=work, hidden=hidden, evenings=evenings, hall=hall, season=season,
        later=later, theatre=theatre, ibsen=ibsen, cellar=cellar, secret=secret,
    )  # fmt: skip


async def test_a_page_of_the_programme_has_its_price_from_to_and_the_house_s_clock():
    house = await a_house()

    answer = await ask(
        house.shop,
        """query ($from: DateTime) { performances(first: 1, where: { startsFrom: $from, onSale: true }) { nodes {
          id name startsAtLocal saleState hall { name } priceRange { min { amount currencyCode } max { amount currencyCode } }
          production { nextPerformance { id } priceRange { min { amount } max { amount } } } } } }""",
        **{"from": (NOW).isoformat()},
    )

    (node,) = answer.data["performances"]["nodes"]
    assert datetime.fromisoformat(node.pop("startsAtLocal")) == NOW + DAY
    assert node == {
        "id": gid(house.evenings[1]),
        "name": "Peer Gynt",
        "saleState": "OPEN",
        "hall": {"name": "Store sal"},
        "priceRange": {"min": {"amount": "272.50", "currencyCode": "NOK"}, "max": {"amount": "520.00", "currencyCode": "NOK"}},
        "production": {
            "nextPerformance": {"id": gid(house.evenings[1])},
            "priceRange": {"min": {"amount": "222.50"}, "max": {"amount": "520.00"}},
        },
    }


async def test_seasons_works_halls_kinds_and_tags_are_those_with_something_announced():
    house = await a_house()

    answer = await ask(
        house.shop,
        """query ($season: ID!, $later: ID!, $work: ID!, $hidden: ID!, $ids: [ID!]!) {
          seasons { totalCount nodes { name productions { totalCount nodes { name } } performances { totalCount } } }
          productions { totalCount nodes { name } }
          halls { totalCount nodes { name } } categories { nodes { name } } tags { nodes { name } }
          season(id: $season) { name } later: season(id: $later) { name }
          production(id: $work) { subtitle } hidden: production(id: $hidden) { name }
          nodes(ids: $ids) { id }
        }""",
        season=gid(house.season),
        later=gid(house.later),
        work=gid(house.work),
        hidden=gid(house.hidden),
        ids=[gid(house.later), gid(house.cellar), gid(house.secret), gid(house.hidden)],
    )

    assert answer.errors == []
    assert answer.data == {
        "seasons": {
            "totalCount": 1,
            "nodes": [
                {
                    "name": "2026/27",
                    "productions": {"totalCount": 1, "nodes": [{"name": "Peer Gynt"}]},
                    "performances": {"totalCount": 3},
                }
            ],
        },
        "productions": {"totalCount": 1, "nodes": [{"name": "Peer Gynt"}]},
        "halls": {"totalCount": 1, "nodes": [{"name": "Store sal"}]},
        "categories": {"nodes": [{"name": "Teater"}]},
        "tags": {"nodes": [{"name": "Ibsen"}]},
        "season": {"name": "2026/27"},
        "later": None,
        "production": {"subtitle": "Dramatisk dikt"},
        "hidden": None,
        "nodes": [None] * 4,
    }


async def test_works_are_found_by_one_performance_that_is_all_of_what_is_asked():
    house = await a_house()

    async def found(language=None, **where):
        query = "query ($where: ProductionFilter) { productions(where: $where) { totalCount nodes { name } } }"
        answer = await ask(house.shop, query, language=language, where=where)
        assert answer.data["productions"]["totalCount"] == len(answer.data["productions"]["nodes"])
        return [node["name"] for node in answer.data["productions"]["nodes"]]

    week = {"startsFrom": (NOW + 5 * DAY).isoformat(), "startsBefore": (NOW + 9 * DAY).isoformat()}
    between = {"startsFrom": (NOW + 2 * DAY).isoformat(), "startsBefore": (NOW + 3 * DAY).isoformat()}
    place = {"seasons": [gid(house.season)], "halls": [gid(house.hall)], "categories": [gid(house.theatre)]}
    assert await found(played={**week, **place, "onSale": True}) == ["Peer Gynt"]
    assert await found(played=between) == []  # evenings before and after, none between
    assert await found(played={"halls": [gid(house.cellar)]}) == []
    assert await found(tags=[gid(house.ibsen)], search="PEER") == ["Peer Gynt"]
    assert await found(search="troll", language="en") == ["The Troll King"]
    assert await found(search="troll") == await found(search="vild") == []


@pytest.mark.parametrize(
    ("state", "given"),
    [
        ("OPEN", {}),
        ("OPEN", {"sale_starts_at": NOW - DAY, "sale_ends_at": NOW + DAY}),
        ("OPEN", {"starts_at": None}),
        ("OPEN", {"starts_at": NOW - DAY / 2, "time_known": False}),
        ("LATER", {"status": "ANNOUNCED"}),
        ("LATER", {"sale_starts_at": NOW + DAY}),
        ("PAUSED", {"status": "PAUSED"}),
        ("CLOSED", {"sale_ends_at": NOW - DAY}),
        ("CANCELLED", {"status": "CANCELLED", "starts_at": NOW - DAY}),
        ("PAST", {"starts_at": NOW - DAY}),
        ("PAST", {"starts_at": NOW - 2 * DAY, "time_known": False, "status": "PAUSED"}),
    ],
)
async def test_the_sale_stands_somewhere_and_the_filter_agrees(state, given):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        await make_performance(**{"starts_at": NOW + 3 * DAY, **given})

    query = """{ performances { nodes { saleState } }
      on: performances(where: { onSale: true }) { totalCount } off: performances(where: { onSale: false }) { totalCount } }"""
    answer = await ask(shopper_at(venue), query)

    assert answer.data["performances"]["nodes"] == [{"saleState": state}]
    assert (answer.data["on"]["totalCount"], answer.data["off"]["totalCount"]) == ((1, 0) if state == "OPEN" else (0, 1))


async def test_a_work_without_performances_ahead_or_prices_has_neither():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        work = await Production.create(name="Peer Gynt")
        await make_price(await make_performance(production_id=work.id, starts_at=NOW - DAY))
        await make_performance(production_id=work.id, starts_at=NOW + DAY, status="CANCELLED")

    query = """{ productions { nodes {
      nextPerformance { id } priceRange { min { amount } } performances { nodes { priceRange { min { amount } } } }
    } } }"""
    answer = await ask(shopper_at(venue), query)

    (node,) = answer.data["productions"]["nodes"]
    assert (node["nextPerformance"], node["priceRange"]) == (None, None)
    assert [p["priceRange"] for p in node["performances"]["nodes"]] == [{"min": {"amount": "450.00"}}, None]


async def test_golden_the_shop_s_first_page_is_a_handful_of_statements():
    venue = await make_venue(languages=["no", "en"])
    async with tenancy.scope(venue.id):
        hall, adult = await Hall.create(name="Store sal", texts={"name:en": "Main stage"}), await TicketType.create(name="Voksen")
        for n in range(50):
            evening = await make_performance(hall_id=hall.id, starts_at=NOW + (n + 1) * DAY)
            await make_price(evening, adult)

    with recorded() as sent:
        answer = await ask(
            shopper_at(venue),
            """query ($from: DateTime) { performances(first: 50, where: { startsFrom: $from }) { pageInfo { endCursor } nodes {
              id name startsAt startsAtLocal saleState production { name subtitle } hall { name }
              priceRange { min { amount currencyCode } max { amount currencyCode } }
            } } }""",
            language="en",
            **{"from": NOW.isoformat()},
        )

    assert [node["hall"]["name"] for node in answer.data["performances"]["nodes"]] == ["Main stage"] * 50
    assert matches_golden("storefront_page", sent, venue.id)
