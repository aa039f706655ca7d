"""Personal links and figures of campaign links through the API."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from tenants import campaign_clicks, campaign_tokens, tenancy
from tenants.organisations import Organisation
from tenants.personal_links import PersonalLink
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_token, make_venue
from tests.gateway.clients import client
from tests.recording import matches_golden, recorded
from tests.resolvers.campaigns import House, a_link, told

MAKE = """mutation ($link: ID!, $customers: [ID!]!, $most: Int) {
  personalLinksCreate(campaignLinkId: $link, customerIds: $customers, most: $most) { userErrors { code field }
    personalLinks { id most used clicks clickedAt revokedAt customer { firstName } campaignLink { name } } } }"""
REVOKE = """mutation ($id: ID!) { personalLinkRevoke(id: $id) { userErrors { code field }
  personalLink { id revokedAt url } } }"""
FIGURES = """query ($id: ID!, $first: Date, $last: Date) { campaignLink(id: $id) { statistics { clicks
  clicksPerDay(firstDay: $first, lastDay: $last) { day clicks } personalLinks { made clicked }
  sales { orders tickets personalLinks revenue { amount currencyCode } } }
  personalLinks { totalCount nodes { customer { firstName } used clicks } } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_personal_links_are_made_once_for_each_customer_and_can_be_ended(asking):
    house = await House().built()
    link = await a_link(house.venue)
    async with tenancy.scope(house.venue.id):
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
    customers = [gid(ola), gid(kari), gid(ola)]

    made = await told(asking, house.token, MAKE, link=gid(link), customers=customers, most=2)
    again = await told(asking, house.token, MAKE, link=gid(link), customers=[gid(kari)])

    assert made["userErrors"] == again["userErrors"] == []
    first, second = made["personalLinks"]
    plain = {"most": 2, "used": 0, "clicks": 0, "clickedAt": None, "revokedAt": None, "campaignLink": {"name": "Friends"}}
    assert first == {**plain, "id": first["id"], "customer": {"firstName": "Ola"}}
    assert second == {**plain, "id": second["id"], "customer": {"firstName": "Kari"}}
    assert again["personalLinks"] == [{**second, "most": None}]

    ended = [(await told(asking, house.token, REVOKE, id=first["id"]))["personalLink"] for _ in "ab"]
    assert ended[0]["revokedAt"] and ended[0] == ended[1] and ended[0]["url"] is None
    good = await told(asking, house.token, MAKE, link=gid(link), customers=[gid(ola)], most=2)
    assert good["personalLinks"] == [first]


async def test_what_makes_no_personal_link_is_refused_and_nothing_is_written(asking):
    house, other = await House().built(), await House().built()
    link, foreign, archived = await a_link(house.venue), await a_link(other.venue), await a_link(house.venue, archived_at=now())
    async with tenancy.scope(house.venue.id):
        kari = await make_customer()
        mine, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
    async with tenancy.scope(other.venue.id):
        theirs = await make_customer()
    hers = [gid(kari)]
    box_office = await make_token(house.venue, "BOX_OFFICE", organisation_ids=[mine.id])
    of_cinema = await a_link(house.venue, organisation_ids=[cinema.id])
    wrong = {
        "their customer": (house.token, link, [gid(kari), gid(theirs)], 1, "UNKNOWN_REFERENCE", ["customerIds", "1"]),
        "their link": (house.token, foreign, hers, 1, "NOT_FOUND", []),
        "archived": (house.token, archived, hers, 1, "WRONG_STATE", ["campaignLinkId"]),
        "for none": (house.token, link, hers, 0, "INVALID_VALUE", ["most"]),
        "many": (house.token, link, [f"Customer_{uuid4().hex}" for _ in range(1001)], 1, "TOO_MANY_ROWS", ["customerIds"]),
        "another organisation's": (box_office, of_cinema, hers, 1, "NOT_FOUND", []),
    }
    answers = {
        why: await told(asking, token, MAKE, link=gid(row), customers=customers, most=most)
        for why, (token, row, customers, most, *_) in wrong.items()
    }
    assert {why: a["userErrors"] for why, a in answers.items()} == {
        why: [{"code": code, "field": field}] for why, (*_, code, field) in wrong.items()
    }
    async with tenancy.scope(house.venue.id):
        assert await PersonalLink.rows(sql("true")) == []
    done = await told(asking, box_office, MAKE, link=gid(link), customers=hers)
    assert done["userErrors"] == []  # the counter makes one for somebody on the telephone


async def test_clicks_and_sales_are_told_per_link_and_per_day_net_of_refunds_within_the_callers_organisations():
    venue = await make_venue()
    link, other = await a_link(venue), await a_link(venue)
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        evening, film = [await make_performance(organisation_ids=[o.id]) for o in (theatre, cinema)]
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        hers = await PersonalLink.create(campaign_link_id=link.id, customer_id=kari.id)
        await PersonalLink.create(campaign_link_id=link.id, customer_id=ola.id)
        by_it = {"campaign_link_id": link.id}
        first = await make_order(kari)
        sold = await make_line(first, evening, quantity=3, amount=90_000, price=30_000, **by_it, personal_link_id=hers.id)
        await make_line(first, evening)  # by no link
        back = await make_order(kari)
        await make_line(back, evening, quantity=-1, amount=-30_000, price=30_000, refund_of=sold.id)
        second = await make_order(ola)
        await make_line(second, film, quantity=2, amount=20_000, price=10_000, **by_it)
        gone = await make_order(ola, state="REFUNDED")
        await make_line(gone, evening, state="REFUNDED", **by_it)
        held = await make_order(kari, state="RESERVED")
        await make_line(held, evening, state="RESERVED", quantity=4, **by_it, personal_link_id=hers.id)
        for day, clicks in ((date(2026, 9, 1), 2), (date(2026, 9, 3), 5), (date(2026, 10, 1), 1)):
            await click(link, day, clicks)
        await click(other, date(2026, 9, 1), 40)
    await campaign_clicks.follow(said(hers), counts=True)  # the venue has no shop: nothing is counted
    async with tenancy.scope(venue.id):
        await PersonalLink.filter(id=hers.id).update(clicks=3)

    asked = {"id": gid(link), "first": "2026-09-02", "last": "2026-09-30"}
    house = await ask(caller_at(venue, "MARKETING"), FIGURES, **asked)
    part = await ask(caller_at(venue, "MARKETING", organisations=[theatre]), FIGURES, **asked)
    without = await ask(caller_at(venue, may={"flags:read"}), FIGURES, **asked)

    assert house.errors == part.errors == []
    told = house.data["campaignLink"]["statistics"]
    assert told == {
        "clicks": 8,
        "clicksPerDay": [{"day": "2026-09-03", "clicks": 5}],
        "personalLinks": {"made": 2, "clicked": 1},
        "sales": {"orders": 2, "tickets": 4, "personalLinks": 1, "revenue": {"amount": "800.00", "currencyCode": "NOK"}},
    }
    sales = {"orders": 1, "tickets": 2, "personalLinks": 1, "revenue": {"amount": "600.00", "currencyCode": "NOK"}}
    assert part.data["campaignLink"]["statistics"] == {**told, "sales": sales}
    assert house.data["campaignLink"]["personalLinks"] == {
        "totalCount": 2,
        "nodes": [
            {"customer": {"firstName": "Kari"}, "used": 6, "clicks": 3},
            {"customer": {"firstName": "Ola"}, "used": 0, "clicks": 0},
        ],
    }
    assert {code for code, _ in without.errors} == {"FORBIDDEN"}
    assert without.data["campaignLink"]["statistics"]["sales"] is None
    assert without.data["campaignLink"]["statistics"]["clicks"] == 8


async def click(link: Any, day: date, clicks: int) -> None:
    await tenancy.execute(
        sql(
            "insert into campaign_clicks (tenant_id, campaign_link_id, day, clicks) values ({venue}, {link}, {day}, {clicks})",
            link=link.id,
            day=day,
            clicks=clicks,
        )
    )


def said(row: Any) -> Any:
    return campaign_tokens.read(campaign_tokens.token_of(row))


def now() -> datetime:
    return datetime.now(UTC)


async def test_golden_the_figures_of_many_links_are_one_statement_each():
    venue = await make_venue()
    for _ in range(3):
        link = await a_link(venue)
        async with tenancy.scope(venue.id):
            await PersonalLink.create(campaign_link_id=link.id, customer_id=(await make_customer()).id)

    with recorded() as sent:
        answer = await ask(
            caller_at(venue, "MARKETING"),
            """{ campaignLinks { nodes { name url prices { percent } personalLinks(first: 2) { nodes { used url } } statistics {
              clicks clicksPerDay { day clicks } personalLinks { made clicked } sales { tickets revenue { amount } } } } } }""",
        )

    assert answer.errors == [] and len(answer.data["campaignLinks"]["nodes"]) == 3
    assert matches_golden("campaign_links_with_figures", sent, venue.id)
