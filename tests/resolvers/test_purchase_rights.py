"""By which right something is bought, through the API: benefits, pools, campaigns, the cheapest first."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tenants import assignments, tenancy
from tenants.assignments import Cause
from tenants.campaign_links import CampaignLink
from tenants.campaign_tokens import token_of
from tenants.discounts import Discount
from tenants.organisations import Organisation
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.products import Product, ProductPrice
from tenants.upserts.calls import upsert_orders
from tenants.upserts.shapes import OrderRow, TicketLineRow
from tests.asking import gid
from tests.builders import make_key, make_performance, make_price
from tests.buying import COMMIT, RELEASE, RESERVE, Shop, broken, rows, sold
from tests.gateway.clients import ask, client, codes
from tests.groups import refused, told
from tests.premiere import DAY, NOW, a_house, couple, offered


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_the_cheapest_right_is_used_and_counted_and_then_the_next(asking):
    """A pool with an allotment of two at half the price, and a campaign for three at 400."""
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        pool = await Pool.create(name="Members", number=1)
        terms = await PoolTerms.create(pool_id=pool.id, performance_id=house.premiere.id, allotment=2)
        await Discount.create(pool_terms_id=terms.id, basis_points=5_000)
        await assignments.give("pool", pool.id, [house.kari.id, house.ola.id], Cause("MANUAL"))
        link = await CampaignLink.create(name="Spring", most=3, access="ANYONE", performance_ids=[house.premiere.id])
        await Discount.create(campaign_link_id=link.id, ticket_type_id=house.adult.id, price=40_000)
        campaign = token_of(link)
    shop = await Shop.of(asking, house)

    many = await shop.reserve_as(house.kari, shop.line(house.adult, 3), campaign=campaign)
    assert many["userErrors"] == refused("LIMIT_REACHED", "lines", "0", "quantity")  # of no pool do customers learn (D43)
    assert (await shop.reserve(shop.line(house.adult, 3), customer=house.kari))["userErrors"] == refused(
        "ALLOTMENT_USED_UP", "lines", "0", "quantity"
    )
    lines = [shop.line(house.adult, 2), shop.line(house.adult, 3), shop.line(house.adult, 1)]
    order = (await shop.reserve_as(house.kari, *lines, campaign=campaign))["order"]
    assert [line["price"]["amount"] for line in order["lines"]] == ["225.00", "400.00", "450.00"]
    assert await sold(house.venue) == [(2, 2, None), (3, 3, None), (6, None, None)]
    assert (await offered(house, house.ola))["Adult"]["prices"][0]["price"] == {"amount": "450.00"}
    await shop.release(order)
    assert (await offered(house, house.ola))["Adult"]["prices"][0]["price"] == {"amount": "225.00"}
    assert await broken(house.venue) == {}


async def test_who_sells_may_name_the_pool_or_the_campaign(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        pool = await Pool.create(name="Members", number=1)
        await PoolTerms.create(pool_id=pool.id, performance_id=house.premiere.id, allotment=2, most=4)
        await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))
    shop = await Shop.of(asking, house)
    named = shop.line(house.adult, 2, poolId=gid(pool))

    assert (await shop.reserve(named, customer=house.ola))["userErrors"] == refused("NO_RIGHT", "lines", "0", "poolId")
    assert (await shop.reserve(named, customer=house.kari))["order"]
    assert await sold(house.venue) == [(2, 2, None), (2, None, None)]
    again = await shop.reserve(shop.line(house.adult, 1, poolId=gid(pool)), customer=house.kari)
    assert again["userErrors"] == refused("ALLOTMENT_USED_UP", "lines", "0", "poolId")


async def test_a_restricted_type_is_for_who_has_the_benefit_alone(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
    shop = await Shop.of(asking, house)
    line = shop.line(house.friend, 1, benefitId=gid(house.benefit))

    for answer in (
        await shop.reserve_as(house.ola, line),
        await shop.reserve(line),
        await shop.reserve(line, customer=house.ola),
    ):
        assert answer == {"order": None, "userErrors": refused("NO_RIGHT", "lines", "0", "ticketTypeId")}
    public = shop.line(house.adult, 1, benefitId=gid(house.benefit))
    assert (await shop.reserve_as(house.kari, public))["userErrors"] == refused("NO_RIGHT", "lines", "0", "benefitId")
    order = (await shop.reserve_as(house.kari, line))["order"]
    assert await rows(
        house.venue, "select benefit_id, assignment_id is not null from ticket_lines where tenant_id = {venue}"
    ) == [(house.benefit.id, True)]
    async with tenancy.scope(house.venue.id):  # rights are checked when it is reserved, and honoured when it is paid
        await assignments.take("flag", house.flag.id, [house.kari.id], "REMOVED")
    assert (await shop.commit(order))["order"]["state"] == "CONFIRMED"


async def test_a_refund_gives_back_what_was_used(asking):
    house = await a_house(capacity=2, external_id="premiere")
    async with tenancy.scope(house.venue.id):
        await couple(house)
        house.friend.external_id, house.kari.external_id = "friend", "kari"
        await house.friend.save()
        await house.kari.save()
    shop = await Shop.of(asking, house)
    order = (await shop.reserve_as(house.kari, shop.line(house.friend, 2)))["order"]
    await shop.commit(order, externalId="web-1")
    assert (await offered(house, house.kari))["Friend"]["reasons"] == ["BENEFIT_USED_UP", "SOLD_OUT"]

    async with tenancy.scope(house.venue.id):
        line = {"performance": "premiere", "ticket_type": "friend", "quantity": -1, "price": Decimal(225)}
        back = OrderRow(
            external_id="refund-1",
            customer="kari",
            channel="ONLINE",
            ordered_at=datetime.now(UTC),
            lines=[TicketLineRow(external_id="r1", **line)],
        )
        (result,) = await upsert_orders([back], "REJECT_EVERYTHING")
    assert result.status == "CREATED"
    assert (await offered(house, house.kari))["Friend"]["maxQuantity"] == 1
    assert await sold(house.venue) == [(1, 2, None)]
    assert (await shop.reserve_as(house.kari, shop.line(house.friend)))["order"]
    assert await broken(house.venue) == {}


async def test_a_membership_is_bought_too_and_makes_a_member(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        product = await Product.create(kind="MEMBERSHIP", name="Friends of the house", months=12)
        await ProductPrice.create(product_id=product.id, ticket_type_id=house.adult.id, amount=30_000)
    shop = await Shop.of(asking, house)

    order = (await shop.reserve_as(house.kari, shop.line(house.adult, productId=gid(product))))["order"]
    members = "select membership_count from customer_facts where tenant_id = {venue}"
    assert (order["total"], await rows(house.venue, members)) == ({"amount": "300.00"}, [])
    await shop.commit(order)
    assert await rows(house.venue, members) == [(1,)]
    both = {**shop.line(house.adult), "productId": gid(product)}
    assert (await shop.reserve_as(house.kari, both))["userErrors"] == refused("REQUIRED", "lines", "0", "performanceId")


async def test_staff_of_an_organisation_sell_and_give_back_what_is_theirs_whole(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        theirs, others = [await Organisation.create(name=name) for name in ("Theirs", "Others")]
        hidden = await make_performance(starts_at=NOW + 30 * DAY, organisation_ids=[others.id])
        await make_price(hidden, house.adult)
    shop = await Shop.of(asking, house)
    mixed = (await shop.reserve(shop.line(house.adult), shop.line(house.adult, place=hidden)))["order"]
    limited = await make_key(house.venue, "sales:write", organisation_ids=[theirs.id])

    for query, given in ((COMMIT, {"reference": "x"}), (RELEASE, {})):
        answer = await ask(asking, query, token=limited, id=mixed["id"], **given)
        assert codes(answer) == ["FORBIDDEN"]
    assert (await told(asking, limited, RESERVE, lines=[shop.line(house.adult, place=hidden)]))["userErrors"] == refused(
        "NOT_FOUND", "lines", "0", "performanceId"
    )
    assert await rows(house.venue, "select state from orders where tenant_id = {venue}") == [("RESERVED",)]
    assert (await shop.commit(mixed))["order"]["state"] == "CONFIRMED"
