"""Texts per language (Requirement I2): staff give them, the shop reads them in the language of its page."""

import pytest

from tenants import tenancy
from tenants.catalogue import Category, Hall, Production, TicketType
from tests.asking import ask as ask_directly
from tests.asking import caller_at, gid, shopper_at
from tests.builders import make_key, make_performance, make_price, make_venue
from tests.gateway.clients import ask, client, codes

PAGE = """query ($language: String = "en") @inContext(language: $language) {
  venue { language }
  performances { nodes {
    name production { name subtitle description } hall { name } category { name } prices { ticketType { name } } } }
}"""


@pytest.fixture(scope="module")
async def asking():
    async with client() as connected:
        yield connected


async def an_evening(venue):
    async with tenancy.scope(venue.id):
        work = await Production.create(
            name="Et dukkehjem",
            subtitle="Skuespill",
            texts={"name:en": "A Doll's House", "name:de": "Nora", "description:en": "Nora leaves."},
        )
        hall = await Hall.create(name="Store sal", texts={"name:en": "Main stage"})
        evening = await make_performance(
            production_id=work.id, hall_id=hall.id, category_id=(await Category.create(name="Teater")).id
        )
        await make_price(evening, await TicketType.create(name="Voksen", texts={"name:en": "Adult"}))
    return evening


async def page(asking, venue, **variables):
    key = await make_key(venue, kind="PUBLISHABLE")
    answer = (await ask(asking, PAGE, token=key, path="/storefront/graphql", **variables)).json()
    return answer["data"]


async def test_the_shop_reads_texts_in_its_page_s_language_and_what_is_missing_in_the_venue_s_order(asking):
    venue = await make_venue(languages=["no", "en", "de"])
    await an_evening(venue)

    assert await page(asking, venue) == {
        "venue": {"language": "en"},
        "performances": {
            "nodes": [
                {
                    "name": "A Doll's House",
                    "production": {"name": "A Doll's House", "subtitle": "Skuespill", "description": "Nora leaves."},
                    "hall": {"name": "Main stage"},
                    "category": {"name": "Teater"},
                    "prices": [{"ticketType": {"name": "Adult"}}],
                }
            ]
        },
    }
    german = await page(asking, venue, language="de-AT")
    assert german["venue"] == {"language": "de"}
    assert german["performances"]["nodes"][0]["production"] == {
        "name": "Nora",
        "subtitle": "Skuespill",
        "description": "Nora leaves.",
    }
    for own in ("nb-NO", "nn", "no", "fr"):
        norwegian = await page(asking, venue, language=own)
        assert norwegian["venue"] == {"language": "no"}
        assert norwegian["performances"]["nodes"][0]["production"]["name"] == "Et dukkehjem"
        assert norwegian["performances"]["nodes"][0]["hall"] == {"name": "Store sal"}


async def test_without_a_language_the_venue_s_main_one_is_answered_and_a_wrong_one_is_refused(asking):
    venue = await make_venue(languages=["no", "en"])
    await an_evening(venue)
    key = await make_key(venue, kind="PUBLISHABLE")

    async def shop(query, **variables):
        return await ask(asking, query, token=key, path="/storefront/graphql", **variables)

    plain = await shop("{ venue { language } performances { nodes { hall { name } } } }")
    literal = await shop('query @inContext(language: "en") { venue { language } }')
    wrong = await shop('query @inContext(language: "not a language") { venue { language } }')
    number = await shop("query ($l: String!) @inContext(language: $l) { venue { language } }", l=5)
    field = await shop('{ venue @inContext(language: "en") { language } }')

    assert plain.json()["data"] == {"venue": {"language": "no"}, "performances": {"nodes": [{"hall": {"name": "Store sal"}}]}}
    assert literal.json()["data"] == {"venue": {"language": "en"}}
    assert codes(wrong) == codes(number) == ["BAD_USER_INPUT"]
    assert codes(field) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_search_in_the_shop_looks_for_the_text_that_is_shown():
    venue = await make_venue(languages=["no", "en"])
    evening = await an_evening(venue)
    shop = shopper_at(venue)
    query = "query ($text: String) { performances(where: { search: $text }) { nodes { id } } }"

    async def found(text, language):
        answer = await ask_directly(shop, query, language=language, text=text)
        return [node["id"] for node in answer.data["performances"]["nodes"]]

    assert await found("doll's", "en") == [gid(evening)]
    assert await found("dukkehjem", "no") == [gid(evening)]
    assert await found("dukkehjem", "en") == []
    assert await found("nora", "en") == []  # German, which the venue does not speak


async def test_staff_give_change_and_take_away_translations(asking):
    venue = await make_venue(languages=["nb", "en-GB", "sv"])
    key = await make_key(venue, "catalogue:read", "catalogue:write")
    upsert = """mutation ($rows: [ProductionUpsertRow!]!) { productionsUpsert(rows: $rows) { results {
      status errors { code message field }
      object { ... on Production { translations { language name subtitle description } } }
    } } }"""

    async def give(*translations, **row):
        rows = [{"externalId": "nora", "translations": list(translations), **row}]
        (result,) = (await ask(asking, upsert, token=key, rows=rows)).json()["data"]["productionsUpsert"]["results"]
        return result["status"], result["object"] and result["object"]["translations"], result["errors"]

    english = {"language": "en-GB", "name": "A Doll's House", "subtitle": None, "description": None}
    swedish = {"language": "sv", "name": "Ett dockhem", "subtitle": "Skådespel", "description": None}
    both = {"language": "EN", "name": "A Doll's House"}, {"language": "sv-SE", "name": "Ett dockhem", "subtitle": "Skådespel"}
    assert await give(*both, name="Et dukkehjem") == ("CREATED", [english, swedish], [])
    assert await give({"language": "en", "name": "A Doll's House"}) == ("UNCHANGED", [english, swedish], [])
    assert await give({"language": "sv", "subtitle": None}) == ("UPDATED", [english, {**swedish, "subtitle": None}], [])
    assert await give({"language": "sv", "name": ""}) == ("UPDATED", [english], [])

    status, shown, errors = await give({"language": "fr", "name": "Une maison de poupée"}, name="Nora")
    assert (status, shown) == ("REJECTED", None)
    assert errors == [
        {
            "code": "INVALID_VALUE",
            "message": "The venue does not speak fr; it speaks nb, en-GB, sv.",
            "field": ["rows", "0", "translations"],
        }
    ]
    assert (await give({"language": "en", "name": "x" * 301}))[2][0]["code"] == "TOO_LONG"
    assert await give() == ("UNCHANGED", [english], [])


async def test_staff_see_the_house_s_own_texts():
    venue = await make_venue(languages=["no", "en"])
    evening = await an_evening(venue)

    query = "query ($id: ID!) { performance(id: $id) { name production { name translations { language name } } } }"
    answer = await ask_directly(caller_at(venue), query, id=gid(evening))

    assert answer.data["performance"] == {
        "name": "Et dukkehjem",
        "production": {
            "name": "Et dukkehjem",
            "translations": [{"language": "de", "name": "Nora"}, {"language": "en", "name": "A Doll's House"}],
        },
    }
