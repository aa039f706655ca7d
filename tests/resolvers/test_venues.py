from uuid import uuid4

import pytest

from tenants import tenancy
from tests.builders import make_key, make_order, make_token, make_venue
from tests.gateway.clients import ask, client, codes

UPDATE = """
mutation ($input: VenueUpdateInput!) {
  venueUpdate(input: $input) {
    venue {
      name timeZone currency languages latitude longitude allowedOrigins shopUrl contactName contactEmail contactPhone
    }
    userErrors { code field }
  }
}
"""
CREATE = """
mutation ($slug: String!, $timeZone: String! = "Europe/Oslo") {
  venueCreate(slug: $slug, name: "Lilla Scenen", timeZone: $timeZone, currency: "SEK", languages: ["sv"]) {
    venue { id slug currency languages } userErrors { code field }
  }
}
"""


async def test_a_venue_is_changed_in_the_one_form_of_each_value_and_what_is_left_out_stays():
    venue = await make_venue()
    token = await make_token(venue)
    given = {
        "name": "  Storhuset Kulturhus ",
        "languages": ["NB-no", "en", "zh-hant-tw", "en"],
        "latitude": 59.91,
        "longitude": 10.75,
        "allowedOrigins": ["HTTPS://Billetter.Example.org:443/", "https://bücher.example:8443", "http://localhost:5173"],
        "shopUrl": "https://billetter.example.org/kjøp",
        "contactName": "Billettluken",
        "contactEmail": " billett@example.org ",
        "contactPhone": "+47 22 00 00 00",
    }
    async with client() as asking:
        changed = (await ask(asking, UPDATE, token=token, input=given)).json()["data"]["venueUpdate"]
        emptied = await ask(asking, UPDATE, token=token, input={"contactPhone": None, "shopUrl": "", "allowedOrigins": []})
        nothing = await ask(asking, UPDATE, token=token, input={})

    expected = {
        "name": "Storhuset Kulturhus",
        "timeZone": "Europe/Oslo",
        "currency": "NOK",
        "languages": ["nb-NO", "en", "zh-Hant-TW"],
        "latitude": 59.91,
        "longitude": 10.75,
        "allowedOrigins": ["https://billetter.example.org", "https://xn--bcher-kva.example:8443", "http://localhost:5173"],
        "shopUrl": "https://billetter.example.org/kjøp",
        "contactName": "Billettluken",
        "contactEmail": "billett@example.org",
        "contactPhone": "+47 22 00 00 00",
    }
    assert changed == {"venue": expected, "userErrors": []}
    expected |= {"contactPhone": None, "shopUrl": None, "allowedOrigins": []}
    assert emptied.json()["data"]["venueUpdate"] == nothing.json()["data"]["venueUpdate"] == {"venue": expected, "userErrors": []}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "REQUIRED"),
        ({"name": None}, "REQUIRED"),
        ({"name": "x" * 201}, "TOO_LONG"),
        ({"timeZone": "Europe/Nowhere"}, "INVALID_VALUE"),
        ({"timeZone": None}, "INVALID_VALUE"),
        ({"timeZone": "../../etc/passwd"}, "INVALID_VALUE"),
        ({"currency": "XYZ"}, "INVALID_VALUE"),
        ({"currency": "nok"}, "INVALID_VALUE"),
        ({"languages": []}, "INVALID_VALUE"),
        ({"languages": ["norsk bokmål"]}, "INVALID_VALUE"),
        ({"languages": ["en"] + [f"a{a}" for a in "abcdefghijklmnopqrstuvwxyz"]}, "INVALID_VALUE"),
        ({"latitude": 59.9}, "REQUIRED"),
        ({"latitude": 91, "longitude": 10}, "INVALID_VALUE"),
        ({"longitude": -180.5, "latitude": 59}, "INVALID_VALUE"),
        ({"allowedOrigins": ["*"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["null"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["http://shop.example.org"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://shop.example.org/tickets"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://shop.example.org?"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://me@shop.example.org"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://*.example.org"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://shop.example.org:99999"]}, "INVALID_VALUE"),
        ({"allowedOrigins": ["https://["]}, "INVALID_VALUE"),
        ({"shopUrl": "javascript:alert(1)"}, "INVALID_VALUE"),
        ({"contactEmail": "nobody"}, "INVALID_VALUE"),
        ({"contactPhone": "1" * 41}, "TOO_LONG"),
    ],
)
async def test_a_value_that_is_none_is_refused_by_its_name_and_nothing_changes(given, code):
    venue = await make_venue()
    token = await make_token(venue)
    async with client() as asking:
        before = await ask(asking, UPDATE, token=token, input={})
        answer = (await ask(asking, UPDATE, token=token, input={"contactName": "Changed", **given})).json()["data"]["venueUpdate"]
        after = await ask(asking, UPDATE, token=token, input={})

    assert answer == {"venue": None, "userErrors": [{"code": code, "field": ["input", next(iter(given))]}]}
    assert after.json() == before.json()


async def test_all_that_may_be_empty_is_emptied_at_once():
    venue = await make_venue(latitude=59.91, longitude=10.75, shop_url="https://billetter.example.org")
    empty = dict.fromkeys(["latitude", "longitude", "shopUrl", "contactName", "contactEmail", "contactPhone"])
    async with client() as asking:
        answer = await ask(asking, UPDATE, token=await make_token(venue), input=empty)

    told = answer.json()["data"]["venueUpdate"]
    assert told["userErrors"] == [] and {key: told["venue"][key] for key in empty} == empty


async def test_the_currency_stays_once_there_are_amounts():
    venue = await make_venue()
    token = await make_token(venue)
    async with client() as asking:
        free = (await ask(asking, UPDATE, token=token, input={"currency": "SEK"})).json()["data"]["venueUpdate"]
        async with tenancy.scope(venue.id):
            await make_order()
        held = (await ask(asking, UPDATE, token=token, input={"currency": "NOK"})).json()["data"]["venueUpdate"]
        same = (await ask(asking, UPDATE, token=token, input={"currency": "SEK"})).json()["data"]["venueUpdate"]

    assert free["venue"]["currency"] == "SEK"
    assert held["userErrors"] == [{"code": "IN_USE", "field": ["input", "currency"]}]
    assert same["venue"]["currency"] == "SEK"


async def test_the_platforms_admin_opens_and_lists_venues_and_sees_nothing_of_theirs():
    admin, staff = await make_token(platform_admin=True), await make_token(await make_venue())
    slug = f"lilla-{uuid4().hex[:8]}"
    async with client() as asking:
        made = (await ask(asking, CREATE, token=admin, slug=slug)).json()["data"]["venueCreate"]
        twice = (await ask(asking, CREATE, token=admin, slug=slug)).json()["data"]["venueCreate"]
        wrong = (await ask(asking, CREATE, token=admin, slug="Lilla Scenen!")).json()["data"]["venueCreate"]
        nowhere = (await ask(asking, CREATE, token=admin, slug=f"{slug}-2", timeZone="Nowhere")).json()["data"]["venueCreate"]
        listed = [v["slug"] for v in (await ask(asking, "{ venues { slug } }", token=admin)).json()["data"]["venues"]]
        inside = await ask(asking, "{ seasons { totalCount } }", token=admin, venue=slug)
        by_staff = await ask(asking, "{ venues { slug } }", token=staff)

    assert made["venue"] | {"id": 0} == {"id": 0, "slug": slug, "currency": "SEK", "languages": ["sv"]}
    assert twice["userErrors"] == [{"code": "NOT_UNIQUE", "field": ["slug"]}]
    assert wrong["userErrors"] == [{"code": "INVALID_VALUE", "field": ["slug"]}]
    assert nowhere["userErrors"] == [{"code": "INVALID_VALUE", "field": ["timeZone"]}]
    assert listed.count(slug) == 1 and f"{slug}-2" not in listed
    assert (inside.status_code, codes(inside)) == (403, ["FORBIDDEN"])
    assert codes(by_staff) == ["FORBIDDEN"]


async def test_the_shop_sees_its_venue_without_what_is_for_staff():
    venue = await make_venue(contact_email="billett@example.org", allowed_origins=["https://shop.example.org"])
    shop = await make_key(venue, kind="PUBLISHABLE")
    async with client() as asking:
        answer = await ask(
            asking,
            "{ venue { slug name languages currency timeZone contactName contactEmail contactPhone } }",
            token=shop,
            path="/storefront/graphql",
        )
        hidden = await ask(asking, "{ venue { allowedOrigins } }", token=shop, path="/storefront/graphql")

    assert answer.json()["data"]["venue"] == {
        "slug": venue.slug,
        "name": "Storhuset",
        "languages": ["no", "en"],
        "currency": "NOK",
        "timeZone": "Europe/Oslo",
        "contactName": None,
        "contactEmail": "billett@example.org",
        "contactPhone": None,
    }
    assert codes(hidden) == ["GRAPHQL_VALIDATION_FAILED"]
