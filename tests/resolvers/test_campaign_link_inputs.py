"""What makes no campaign link."""

from typing import Any

import pytest

from tests.asking import gid
from tests.gateway.clients import client
from tests.resolvers.campaigns import CREATE, LIST, UPDATE, House, told


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_what_makes_no_campaign_link_is_refused_with_the_place_and_nothing_is_written(asking):
    house = await House().built()
    other = await House().built()
    club = gid(house.club)
    link = await house.link(asking, externalId="taken")
    wrong: dict[str, tuple[dict[str, Any], str, list[str]]] = {
        "no name": ({"name": " "}, "REQUIRED", ["name"]),
        "for nothing": ({"performanceIds": []}, "REQUIRED", ["performanceIds"]),
        "no price": ({"prices": []}, "REQUIRED", ["prices"]),
        "no access": ({"access": None}, "REQUIRED", ["access"]),
        "price of nothing": ({"prices": [{"percent": "10"}]}, "REQUIRED", ["prices", "0", "ticketTypeId"]),
        "two ways": (
            {"prices": [{"ticketTypeId": club, "percent": "10", "price": "5"}]},
            "INVALID_VALUE",
            ["prices", "0", "price"],
        ),
        "too much": ({"prices": [{"ticketTypeId": club, "percent": "100.5"}]}, "INVALID_VALUE", ["prices", "0", "percent"]),
        "too exact": ({"prices": [{"ticketTypeId": club, "percent": "0.001"}]}, "INVALID_VALUE", ["prices", "0", "percent"]),
        "no amount": ({"prices": [{"ticketTypeId": club, "amount": "0"}]}, "INVALID_VALUE", ["prices", "0", "amount"]),
        "below nothing": ({"prices": [{"ticketTypeId": club, "price": "-1"}]}, "INVALID_VALUE", ["prices", "0", "price"]),
        "endless": (
            {"prices": [{"ticketTypeId": club, "price": "999999999999999999"}]},
            "INVALID_VALUE",
            ["prices", "0", "price"],
        ),
        "twice": ({"prices": [{"ticketTypeId": club}, {"ticketTypeId": club}]}, "CONFLICTING_ROWS", ["prices", "1"]),
        "their type": (
            {"prices": [{"ticketTypeId": gid(other.club)}]},
            "UNKNOWN_REFERENCE",
            ["prices", "0", "ticketTypeId"],
        ),
        "their performance": (
            {"performanceIds": [gid(house.performance), gid(other.performance)]},
            "UNKNOWN_REFERENCE",
            ["performanceIds", "1"],
        ),
        "their production": ({"productionIds": [gid(other.production)]}, "UNKNOWN_REFERENCE", ["productionIds", "0"]),
        "their product": ({"productIds": [gid(other.product)]}, "UNKNOWN_REFERENCE", ["productIds", "0"]),
        "their flag": ({"flagIds": [gid(other.flag)]}, "UNKNOWN_REFERENCE", ["flagIds", "0"]),
        "flagged without a flag": ({"access": "FLAGGED"}, "REQUIRED", ["flagIds"]),
        "backwards": ({"startsAt": "2026-12-02T00:00:00Z", "endsAt": "2026-12-01T00:00:00Z"}, "INVALID_VALUE", ["endsAt"]),
        "none": ({"most": 0}, "INVALID_VALUE", ["most"]),
        "taken": ({"externalId": "taken"}, "NOT_UNIQUE", ["externalId"]),
        "long": ({"description": "x" * 20_001}, "TOO_LONG", ["description"]),
    }

    answers = {why: await told(asking, house.token, CREATE, input={**house.least, **given}) for why, (given, *_) in wrong.items()}

    refused = {why: [{"code": code, "field": ["input", *field]}] for why, (_, code, field) in wrong.items()}
    assert {why: answer["userErrors"] for why, answer in answers.items()} == refused
    assert (await told(asking, house.token, LIST))["totalCount"] == 1
    for given, code, field in (
        (wrong["for nothing"]),
        ({"endsAt": "2020-01-01T00:00:00Z", "startsAt": "2021-01-01T00:00:00Z"}, "INVALID_VALUE", ["endsAt"]),
    ):
        answer = await told(asking, house.token, UPDATE, id=link["id"], input=given)
        assert answer["userErrors"] == [{"code": code, "field": ["input", *field]}]
