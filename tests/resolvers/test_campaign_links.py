"""Campaign links through the API: made, changed, found and archived by whom they belong to."""

from typing import Any

import pytest

from tenants import campaign_tokens, links, tenancy
from tenants.campaign_links import CampaignLink
from tenants.organisations import Organisation
from tenants.settings import settings
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_key, make_performance, make_token
from tests.gateway.clients import ask, client, codes
from tests.resolvers.campaigns import ARCHIVE, CREATE, LIST, UPDATE, House, told


@pytest.fixture
async def asking():
    async with client(public_url="https://foyer.example.org") as connected:
        yield connected


async def test_c2_a_campaign_link_is_for_an_event_or_a_production_and_has_all_that_was_said(asking, monkeypatch):
    house = await House().built()
    with_address(monkeypatch)
    given = {
        "name": " Opening offer ",
        "descriptionBefore": "From Friday",
        "description": "For friends",
        "translations": [{"language": "en", "name": "Opening", "description": "Friends"}],
        "performanceIds": [gid(house.performance), gid(house.performance)],
        "productionIds": [gid(house.production)],
        "productIds": [gid(house.product)],
        "prices": [{"ticketTypeId": gid(house.club), "percent": "12.5"}, {"ticketTypeId": gid(house.adult), "price": "99.50"}],
        "flagIds": [gid(house.flag)],
        "startsAt": "2026-12-01T09:00:00Z",
        "endsAt": "2026-12-24T00:00:00Z",
        "most": 100,
        "mostPerCustomer": 4,
        "externalId": "offer-1",
    }

    made = await told(asking, house.token, CREATE, input=given)

    assert made["userErrors"] == []
    link = made["campaignLink"]
    token = link["url"].removeprefix("https://foyer.example.org/c/")
    said = campaign_tokens.read(token)
    assert said is not None and (said.venue, said.kind, link["id"]) == (
        house.venue.id,
        "campaign link",
        f"CampaignLink_{said.row.hex}",
    )
    assert {k: v for k, v in link.items() if k not in ("id", "url")} == {
        "name": "Opening offer",
        "descriptionBefore": "From Friday",
        "description": "For friends",
        "translations": [{"language": "en", "name": "Opening", "descriptionBefore": None, "description": "Friends"}],
        "access": "ANYONE",
        "startsAt": "2026-12-01T09:00:00Z",
        "endsAt": "2026-12-24T00:00:00Z",
        "most": 100,
        "mostPerCustomer": 4,
        "performances": [{"id": gid(house.performance)}],
        "productions": [{"id": gid(house.production)}],
        "products": [{"id": gid(house.product)}],
        "flags": [{"id": gid(house.flag)}],
        "organisations": [],
        "archivedAt": None,
        "prices": [
            {"ticketType": {"id": gid(house.club)}, "percent": "12.50", "amount": None, "price": None},
            {"ticketType": {"id": gid(house.adult)}, "percent": None, "amount": None, "price": {"amount": "99.50"}},
        ],
        "externalId": "offer-1",
    }


async def test_d47_one_link_is_for_several_performances_and_is_found_by_each(asking):
    house = await House().built()
    async with tenancy.scope(house.venue.id):
        second, other = await make_performance(), await make_performance()
        played = await make_performance(production_id=house.production.id)
    ids = [gid(house.performance), gid(second)]
    await house.link(asking, name="Both", performanceIds=ids, productionIds=[gid(house.production)], flagIds=[gid(house.flag)])

    found = {}
    for key, where in {
        "first": {"performances": [gid(house.performance)]},
        "second": {"performances": [gid(second)]},
        "of its production": {"performances": [gid(played)]},
        "other": {"performances": [gid(other)]},
        "production": {"productions": [gid(house.production)]},
        "product": {"products": [gid(house.product)]},
        "flag": {"flags": [gid(house.flag)]},
        "open": {"accesses": ["ANYONE"]},
        "personal": {"accesses": ["PERSONAL"]},
        "search": {"search": "bot"},
    }.items():
        found[key] = (await told(asking, house.token, LIST, where=where))["totalCount"]
    yes = dict.fromkeys(("first", "second", "of its production", "production", "flag", "open", "search"), 1)
    assert found == yes | dict.fromkeys(("other", "product", "personal"), 0)


async def test_l5_the_campaign_links_of_a_flag_are_found_by_it(asking):
    house = await House().built()
    for name, flags in (("Theirs", [gid(house.flag)]), ("Ours", []), ("Also", [gid(house.flag)])):
        await house.link(asking, name=name, flagIds=flags)

    found = await told(asking, house.token, LIST, where={"flags": [gid(house.flag)]})
    assert found == {"totalCount": 2, "nodes": [{"name": "Also"}, {"name": "Theirs"}]}


async def test_i2_texts_of_other_languages_are_added_changed_and_taken_away(asking):
    house = await House().built()
    link = await house.link(asking, translations=[{"language": "en", "name": "Friends", "description": "Come"}])

    after = await told(
        asking,
        house.token,
        UPDATE,
        id=link["id"],
        input={"translations": [{"language": "en", "description": None, "descriptionBefore": "Soon"}]},
    )
    wrong = await told(
        asking, house.token, UPDATE, id=link["id"], input={"translations": [{"language": "fi", "name": "Ystävät"}]}
    )

    assert after["campaignLink"]["translations"] == [
        {"language": "en", "name": "Friends", "descriptionBefore": "Soon", "description": None}
    ]
    assert wrong["userErrors"] == [{"code": "INVALID_VALUE", "field": ["input", "translations"]}]


async def test_a_change_leaves_what_it_does_not_name_and_the_prices_it_names_are_all_there_are(asking, monkeypatch):
    house = await House().built()
    with_address(monkeypatch)
    prices = [{"ticketTypeId": gid(house.club), "amount": "50"}, {"ticketTypeId": gid(house.adult)}]
    link = await house.link(asking, prices=prices, most=5)

    now = (await told(asking, house.token, UPDATE, id=link["id"], input={"most": None, "access": "PERSONAL"}))["campaignLink"]
    assert now == {**link, "most": None, "access": "PERSONAL"}
    fewer = await told(
        asking, house.token, UPDATE, id=link["id"], input={"prices": [{"ticketTypeId": gid(house.club), "percent": "100"}]}
    )
    assert fewer["campaignLink"]["prices"] == [
        {"ticketType": {"id": gid(house.club)}, "percent": "100.00", "amount": None, "price": None}
    ]


async def test_o2_staff_of_an_organisation_make_and_see_links_of_theirs_and_change_no_others(asking):
    house = await House().built()
    async with tenancy.scope(house.venue.id):
        mine, other = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        hidden = await make_performance(organisation_ids=[other.id])
    theatre = await make_token(house.venue, "MARKETING", organisation_ids=[mine.id])
    whole = await house.link(asking, name="Whole")
    theirs = await house.link(asking, name="Theirs", organisationIds=[gid(other)])
    both = await house.link(asking, name="Both", organisationIds=[gid(other), gid(mine)])

    nobodys = await told(asking, theatre, CREATE, input=house.least)
    unseen = await told(
        asking, theatre, CREATE, input={**house.least, "organisationIds": [gid(mine)], "performanceIds": [gid(hidden)]}
    )
    own = await told(asking, theatre, CREATE, input={**house.least, "name": "Own", "organisationIds": [gid(mine)]})
    refused = [await ask(asking, UPDATE, token=theatre, id=link["id"], input={"most": 1}) for link in (whole, both)]
    unknown, done = [
        await told(asking, theatre, UPDATE, id=link["id"], input={"most": 1}) for link in (theirs, own["campaignLink"])
    ]

    assert nobodys["userErrors"] == [{"code": "REQUIRED", "field": ["input", "organisationIds"]}]
    assert unseen["userErrors"] == [{"code": "UNKNOWN_REFERENCE", "field": ["input", "performanceIds", "0"]}]
    assert [node["name"] for node in (await told(asking, theatre, LIST))["nodes"]] == ["Both", "Own", "Whole"]
    assert [codes(answer) for answer in refused] == [["FORBIDDEN"], ["FORBIDDEN"]]
    assert (unknown["userErrors"], done["userErrors"]) == ([{"code": "NOT_FOUND", "field": []}], [])


async def test_an_archived_link_leads_nowhere_and_is_listed_only_when_asked_for(asking):
    house = await House().built()
    link = await house.link(asking)
    token = campaign_tokens.token_of(await the_row(house, link))
    first = await told(asking, house.token, ARCHIVE, id=link["id"])
    again = await told(asking, house.token, ARCHIVE, id=link["id"])

    assert first["campaignLink"]["archivedAt"] and first == again
    lists = [(await told(asking, house.token, LIST, where=where))["totalCount"] for where in (None, {"includeArchived": True})]
    assert lists == [0, 1]
    assert (await asking.get(f"/c/{token}")).status_code == 404


async def test_the_address_is_shown_only_where_it_leads_somewhere(asking, monkeypatch):
    house = await House().built()
    link = await house.link(asking)
    assert link["url"] is None  # the installation does not say where it is reached

    with_address(monkeypatch)
    url = "query ($id: ID!) { campaignLink(id: $id) { url } }"
    shown = [await told(asking, house.token, url, id=link["id"]) for _ in "ab"]
    assert shown[0] == shown[1] and shown[0]["url"].startswith("https://foyer.example.org/c/")
    async with tenancy.platform():
        house.venue.shop_url = None
        await house.venue.save()
    assert (await told(asking, house.token, url, id=link["id"])) == {"url": None}


async def test_d43_promoters_shops_and_customers_learn_of_no_campaign_link(asking):
    house = await House().built()
    link = await house.link(asking)
    promoter = await make_token(house.venue, "PROMOTER")
    shop = await make_key(house.venue, kind="PUBLISHABLE")

    for query in ("{ campaignLinks { totalCount } }", f'{{ campaignLink(id: "{link["id"]}") {{ name }} }}'):
        assert codes(await ask(asking, query, token=promoter)) == ["FORBIDDEN"]
    node = await ask(asking, f'{{ node(id: "{link["id"]}") {{ id }} }}', token=shop, path="/storefront/graphql")
    assert node.json() == {"data": {"node": None}}


async def the_row(house: House, link: Any) -> Any:
    async with tenancy.scope(house.venue.id):
        return (await CampaignLink.rows(sql("t.id = {id}", id=link["id"].partition("_")[2])))[0]


def with_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation says where it is reached."""
    chosen = settings().model_copy(update={"public_url": "https://foyer.example.org/"})
    for module in (links, campaign_tokens):
        monkeypatch.setattr(module, "settings", lambda: chosen)
