"""`GET /c/{token}`: on to the venue's shop, the click counted; and everything that is no such address."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tenants import campaign_link_inputs, campaign_tokens, personal_links, signing, tenancy
from tenants.campaign_links import CampaignLink
from tenants.personal_links import PersonalLink
from tenants.sql import sql
from tests.builders import make_customer, make_venue
from tests.gateway.clients import client
from tests.recording import matches_golden, recorded

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SHOP = "https://shop.example.org/tickets"


@pytest.fixture
async def asking():
    async with client() as one:
        one.headers.update(BROWSER)
        yield one


async def a_link(venue: Any, **given: Any) -> Any:
    async with tenancy.scope(venue.id):
        return await CampaignLink.create(**{"name": "Friends of the house", "performance_ids": [uuid4()], **given})


async def a_personal_link(venue: Any, link: Any) -> Any:
    async with tenancy.scope(venue.id):
        return await PersonalLink.create(campaign_link_id=link.id, customer_id=(await make_customer()).id)


async def clicks_of(venue: Any) -> dict[UUID, int]:
    async with tenancy.scope(venue.id):
        rows = await tenancy.fetch(
            sql("select campaign_link_id, sum(clicks)::int as n from campaign_clicks where tenant_id = {venue} group by 1")
        )
    return {row.campaign_link_id: row.n for row in rows}


async def test_a_link_leads_to_the_shop_with_its_token_and_each_click_counts_on_the_venues_day(asking):
    venue = await make_venue(shop_url=SHOP, time_zone="Pacific/Kiritimati")
    link, other = await a_link(venue), await a_link(venue)
    token = campaign_tokens.token_of(link)

    answers = [await asking.get(f"/c/{token}") for _ in range(3)]
    await asking.get(f"/c/{campaign_tokens.token_of(other)}")

    assert {(a.status_code, a.headers["location"], a.text) for a in answers} == {(302, f"{SHOP}?campaign={token}", "")}
    kept = {name: answers[0].headers[name] for name in ("cache-control", "referrer-policy", "x-robots-tag")}
    assert kept == {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}
    assert await clicks_of(venue) == {link.id: 3, other.id: 1}
    async with tenancy.scope(venue.id):
        days = [row.day for row in await tenancy.fetch(sql("select day from campaign_clicks where tenant_id = {venue}"))]
    assert {*days} == {(datetime.now(UTC) + timedelta(hours=14)).date()}


async def test_what_the_shops_address_says_already_is_kept(asking):
    venue = await make_venue(shop_url="https://shop.example.org/x?lang=nb&a=%C3%A6#top")
    token = campaign_tokens.token_of(await a_link(venue))

    answer = await asking.get(f"/c/{token}?utm_source=mail&campaign=other")
    assert answer.headers["location"] == f"https://shop.example.org/x?lang=nb&a=%C3%A6&campaign={token}#top"


async def test_a_personal_link_counts_on_itself_too(asking):
    venue = await make_venue(shop_url=SHOP)
    link = await a_link(venue, access="PERSONAL")
    mine, other = await a_personal_link(venue, link), await a_personal_link(venue, link)
    token = campaign_tokens.token_of(mine)

    answers = [await asking.get(f"/c/{token}") for _ in range(2)]

    assert {a.headers["location"] for a in answers} == {f"{SHOP}?campaign={token}"}
    async with tenancy.scope(venue.id):
        now = {row.id: (row.clicks, row.clicked_at) for row in await PersonalLink.rows(sql("true"))}
    assert (now[mine.id][0], now[other.id]) == (2, (0, None))
    assert datetime.now(UTC) - now[mine.id][1] < timedelta(minutes=1)
    assert await clicks_of(venue) == {link.id: 2}


async def test_clicks_at_once_are_all_counted(asking):
    venue = await make_venue(shop_url=SHOP)
    mine = await a_personal_link(venue, link := await a_link(venue))
    token = campaign_tokens.token_of(mine)

    answers = await asyncio.gather(*(asking.get(f"/c/{token}") for _ in range(30)))

    assert {a.status_code for a in answers} == {302}
    assert await clicks_of(venue) == {link.id: 30}
    async with tenancy.scope(venue.id):
        assert [row.clicks for row in await PersonalLink.rows(sql("true"))] == [30]


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
async def test_previews_and_robots_are_led_on_and_not_counted(asking, headers):
    venue = await make_venue(shop_url=SHOP)
    token = campaign_tokens.token_of(await a_link(venue))

    answer = await asking.get(f"/c/{token}", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{SHOP}?campaign={token}")
    assert await clicks_of(venue) == {}


async def test_a_phone_of_the_make_cubot_is_a_person_and_head_is_nobody(asking):
    venue = await make_venue(shop_url=SHOP)
    token = campaign_tokens.token_of(link := await a_link(venue))

    await asking.get(f"/c/{token}", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT X70) Chrome/120 Mobile"})
    looked = await asking.head(f"/c/{token}")
    sent = await asking.post(f"/c/{token}")
    assert (looked.status_code, sent.status_code) == (302, 405)
    assert await clicks_of(venue) == {link.id: 1}


async def test_a_link_leads_on_before_its_start_and_after_its_end(asking):
    venue, now = await make_venue(shop_url=SHOP), datetime.now(UTC)
    later = await a_link(venue, starts_at=now + timedelta(days=1))
    over = await a_link(venue, ends_at=now - timedelta(days=1))

    answers = [await asking.get(f"/c/{campaign_tokens.token_of(link)}") for link in (later, over)]
    assert [a.status_code for a in answers] == [302, 302]
    assert await clicks_of(venue) == {later.id: 1, over.id: 1}


async def test_what_leads_nowhere_is_one_and_the_same_page(asking):
    ours, theirs, shopless = (
        await make_venue(shop_url=SHOP, name="Hemmelig hus"),
        await make_venue(shop_url=SHOP),
        await make_venue(),
    )
    link, archived, foreign = await a_link(ours), await a_link(ours), await a_link(theirs)
    mine = await a_personal_link(ours, link)
    of_archived = await a_personal_link(ours, archived)
    revoked = await a_personal_link(ours, link)
    async with tenancy.scope(ours.id):
        await campaign_link_inputs.archive(archived.id)
        await personal_links.revoke(revoked.id)
    token, by_id = campaign_tokens.token_of(link), ours.id.bytes + link.id.bytes

    wrong = {
        "altered": token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        "cut": token[:-1],
        "our venue, their link": signing.stamp("campaign link", ours.id.bytes + foreign.id.bytes),
        "their venue, our link": signing.stamp("campaign link", theirs.id.bytes + link.id.bytes),
        "no venue": signing.stamp("campaign link", uuid4().bytes + link.id.bytes),
        "for another purpose": signing.stamp("download", by_id),
        "a link as a personal one": signing.stamp("personal link", by_id),
        "a personal one as a link": signing.stamp("campaign link", ours.id.bytes + mine.id.bytes),
        "a download": signing.sign("campaign link", ours.id.hex, link.id.hex, life=timedelta(hours=1)),
        "archived": campaign_tokens.token_of(archived),
        "personal, of an archived one": campaign_tokens.token_of(of_archived),
        "revoked": campaign_tokens.token_of(revoked),
        "without a shop": campaign_tokens.token_of(await a_link(shopless)),
        "nothing": "x",
        "no letters": "%FF%00.%C3%28",
        "long": "x" * 5_000,
    }
    assert (await asking.get(f"/c/{token}")).status_code == 302
    answers = {why: await asking.get(f"/c/{text}") for why, text in wrong.items()}

    assert {why: a.status_code for why, a in answers.items()} == dict.fromkeys(wrong, 404)
    assert len({a.text for a in answers.values()}) == 1 and "Hemmelig" not in answers["archived"].text
    fixed = [{k: v for k, v in a.headers.items() if k != "x-trace-id"} for a in answers.values()]
    assert all(headers == fixed[0] for headers in fixed) and fixed[0]["cache-control"] == "no-store"
    assert await clicks_of(ours) == {link.id: 1} and await clicks_of(theirs) == await clicks_of(shopless) == {}
    async with tenancy.scope(ours.id):
        assert [row.clicks for row in await PersonalLink.rows(sql("true"))] == [0, 0, 0]


async def test_the_page_speaks_the_browsers_language(asking):
    nb = await asking.get("/c/x", headers={"Accept-Language": "nb-NO,nb;q=0.9,en;q=0.8"})
    other = await asking.get("/c/x", headers={"Accept-Language": "fi"})

    assert '<html lang="nb">' in nb.text and "Denne lenken fører ingen steder lenger" in nb.text
    assert '<html lang="en">' in other.text and "This link leads nowhere any more" in other.text
    assert nb.headers["content-security-policy"].startswith("default-src 'none'")


async def test_an_address_that_follows_too_many_links_has_to_wait():
    venue = await make_venue(shop_url=SHOP)
    token = campaign_tokens.token_of(link := await a_link(venue))
    async with client(budget_stranger="3/1") as asking:
        asking._transport.client = (f"10.9.{uuid4().bytes[0]}.{uuid4().bytes[1]}", 1)
        asking.headers.update(BROWSER)
        answers = [await asking.get(f"/c/{token}") for _ in range(4)]

    assert [a.status_code for a in answers] == [302, 302, 302, 429]
    assert int(answers[3].headers["retry-after"]) >= 1 and "One moment, please" in answers[3].text
    assert await clicks_of(venue) == {link.id: 3}


async def test_a_token_names_its_link_at_its_own_venue_only():
    ours, theirs = await make_venue(), await make_venue()
    link = await a_link(ours)
    mine = await a_personal_link(ours, link)
    tokens = [campaign_tokens.token_of(row) for row in (link, mine)]

    async with tenancy.scope(ours.id, readonly=True, public=True):
        here = [await campaign_tokens.named(token) for token in [*tokens, "x"]]
    async with tenancy.scope(theirs.id, readonly=True, public=True):
        there = [await campaign_tokens.named(token) for token in tokens]

    assert here == [campaign_tokens.Named(link.id, None), campaign_tokens.Named(link.id, mine.id), None]
    assert there == [None, None]


async def test_golden_a_click_is_one_statement(asking):
    venue = await make_venue(shop_url=SHOP)
    token = campaign_tokens.token_of(await a_personal_link(venue, await a_link(venue)))

    with recorded() as sent:
        assert (await asking.get(f"/c/{token}")).status_code == 302

    assert matches_golden("campaign_link_followed", sent, venue.id)
