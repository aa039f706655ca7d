"""Buying where several rights meet: each limit holds, and what is within all of them is sold."""

from typing import Any

import pytest

from tenants import assignments, tenancy
from tenants.assignments import Cause
from tenants.campaign_links import CampaignLink
from tenants.discounts import Discount
from tenants.personal_links import PersonalLink
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tests.asking import gid
from tests.builders import make_performance, make_price
from tests.buying import Shop, broken, rows
from tests.gateway.clients import client
from tests.groups import refused
from tests.premiere import DAY, NOW, a_house, offered, price

USED = "select used, most from usages where tenant_id = {venue} and pool_id is not null order by used, most"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def a_pool(house: Any, number: int, *, percent: int = 0, place: Any = None, **terms: Any) -> Any:
    """Kari's pool, with terms at the premiere, or at another place."""
    pool = await Pool.create(name=f"Pool {number}", number=number)
    its = await PoolTerms.create(pool_id=pool.id, performance_id=(place or house.premiere).id, **terms)
    if percent:
        await Discount.create(pool_terms_id=its.id, basis_points=percent * 100)
    await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))
    return pool


def prices(answer: Any) -> list[str]:
    return [line["price"]["amount"] for line in answer["order"]["lines"]]


async def test_who_names_a_pool_buys_at_no_other_pools_price(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await a_pool(house, 1, percent=50, allotment=2)
        other = await a_pool(house, 2, percent=10)
    shop = await Shop.of(asking, house)

    assert prices(await shop.reserve(shop.line(house.adult, 5, poolId=gid(other)), customer=house.kari)) == ["405.00"]
    assert prices(await shop.reserve(shop.line(house.adult, 2), customer=house.kari)) == ["225.00"]
    assert await rows(house.venue, USED) == [(2, 2), (5, None)]


async def test_who_names_a_campaign_buys_at_no_other_campaigns_price(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        links = []
        for now, most in ((10_000, 2), (40_000, None)):
            link = await CampaignLink.create(name=f"At {now}", most=most, access="FLAGGED", flag_ids=[house.flag.id],
                                             performance_ids=[house.premiere.id])  # fmt: skip
            await Discount.create(campaign_link_id=link.id, ticket_type_id=house.adult.id, price=now)
            links.append(link)
    shop = await Shop.of(asking, house)

    named = shop.line(house.adult, 5, campaignLinkId=gid(links[1]))
    assert prices(await shop.reserve(named, customer=house.kari)) == ["400.00"]
    used = "select used, most from usages where tenant_id = {venue} and campaign_link_id is not null"
    assert await rows(house.venue, used) == [(5, None)]


async def test_a_presale_by_one_pool_at_the_price_of_another_is_counted_where_there_is_a_limit(asking):
    house = await a_house(sale_starts_at=NOW + DAY)
    async with tenancy.scope(house.venue.id):
        await a_pool(house, 1, sale_starts_at=NOW - DAY, allotment=3)
        await a_pool(house, 2, percent=50)
    shop = await Shop.of(asking, house)

    assert prices(await shop.reserve_as(house.kari, shop.line(house.adult, 2))) == ["225.00"]
    assert await rows(house.venue, USED) == [(2, 3)]
    assert (await shop.reserve_as(house.kari, shop.line(house.adult, 2)))["order"] is None


async def test_a_presale_by_one_pool_is_not_at_the_price_of_another_where_both_are_limited(asking):
    house = await a_house(sale_starts_at=NOW + DAY)
    async with tenancy.scope(house.venue.id):
        await a_pool(house, 1, sale_starts_at=NOW - DAY, allotment=3)
        await a_pool(house, 2, percent=50, allotment=2)
    shop = await Shop.of(asking, house)

    assert (await offered(house, house.kari))["Adult"]["prices"] == [price("450.00", "450.00", 3, "5.00")]
    assert prices(await shop.reserve_as(house.kari, shop.line(house.adult, 3))) == ["450.00"]
    assert await rows(house.venue, USED) == [(3, 3)]


async def test_each_place_has_an_allotment_of_its_own(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        second = await make_performance(starts_at=NOW + 30 * DAY, sale_starts_at=NOW - DAY)
        await make_price(second, house.adult)
        pool = await a_pool(house, 1, percent=50, allotment=2)
        its = await PoolTerms.create(pool_id=pool.id, performance_id=second.id, allotment=5)
        await Discount.create(pool_terms_id=its.id, basis_points=5_000)
    shop = await Shop.of(asking, house)

    for lines in ((shop.line(house.adult, 5, second), shop.line(house.adult, 2)),
                  (shop.line(house.adult, 2), shop.line(house.adult, 5, second))):  # fmt: skip
        answer = await shop.reserve_as(house.kari, *lines)
        assert answer["userErrors"] == []
        await shop.release(answer["order"])
    assert await broken(house.venue) == {}


async def test_the_last_of_an_allotment_is_sold_by_the_quota_that_comes_with_it(asking):
    house = await a_house(max_per_customer=2)
    async with tenancy.scope(house.venue.id):
        await a_pool(house, 1, percent=50, allotment=4, most=4, most_per="CUSTOMER")
    shop = await Shop.of(asking, house)

    assert prices(await shop.reserve_as(house.kari, shop.line(house.adult, 4))) == ["225.00"]
    again = await shop.reserve_as(house.kari, shop.line(house.adult, 1))
    assert again["userErrors"][0]["code"] == "LIMIT_REACHED"


@pytest.mark.parametrize(
    ("campaign", "code"),
    [({"ends_at": NOW - DAY}, "CAMPAIGN_ENDED"), ({"starts_at": NOW + DAY}, "NOT_STARTED")],
)
async def test_who_names_a_campaign_learns_why_it_cannot_be_used(asking, campaign, code):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        link = await CampaignLink.create(name="Spring", access="PERSONAL", performance_ids=[house.premiere.id], **campaign)
        await Discount.create(campaign_link_id=link.id, ticket_type_id=house.adult.id, basis_points=1_000)
        await PersonalLink.create(campaign_link_id=link.id, customer_id=house.kari.id)
    shop = await Shop.of(asking, house)

    answer = await shop.reserve(shop.line(house.adult, campaignLinkId=gid(link)), customer=house.kari)
    assert answer == {"order": None, "userErrors": refused(code, "lines", "0", "campaignLinkId")}
    assert await rows(house.venue, "select id from orders where tenant_id = {venue}") == []
