"""What the shop asks: what may this customer buy here, when, at what price and how many."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tenants import assignments, tenancy
from tenants.assignments import Assignment, Cause
from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.customers import Customer
from tenants.discounts import Discount
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.products import Product, ProductPrice
from tenants.sql import sql
from tenants.upserts.calls import upsert_orders
from tenants.upserts.shapes import OrderRow, TicketLineRow
from tests.asking import ask, customer_at, gid, shopper_at
from tests.builders import make_line, make_order, make_performance, make_price
from tests.premiere import DAY, NOW, OFFERS, a_house, couple, offered, price
from tests.recording import matches_golden, recorded

MINE = """{ myOffers { benefits { ticketType { name } expiresOn ticketsPer ticketsLeft performancesLeft
  performances { id } products { id } } } }"""


async def test_p1_f9_d22_a_benefit_is_offered_where_its_flag_is_coupled_to_who_is_signed_in():
    house = await a_house()
    before = await offered(house, house.kari)
    async with tenancy.scope(house.venue.id):
        await couple(house)

    public = {"sellable": True, "startsAt": (NOW - DAY).isoformat().replace("+00:00", "Z"), "reasons": [], "benefits": []}
    adult = {**public, "maxQuantity": None, "prices": [price("450.00", "450.00", fee="5.00")]}
    friend = {**public, "maxQuantity": 2, "prices": [price("225.00", "225.00", 2)], "benefits": [{"left": 2}]}
    assert before == {"Adult": adult}
    assert await offered(house, house.kari) == {"Adult": adult, "Friend": friend}
    assert await offered(house, house.ola) == {"Adult": adult}
    assert await offered(house) == {"Adult": adult}


async def test_p4_d30_a_benefits_own_start_is_a_presale_and_may_be_later_than_everybodys():
    house = await a_house(sale_starts_at=NOW + 7 * DAY)
    async with tenancy.scope(house.venue.id):
        coupling = await couple(house)
        start = (
            "insert into coupling_starts (tenant_id, coupling_id, benefit_id, sale_starts_at) values ({venue}, {c}, {b}, {at})"
        )
        await tenancy.execute(sql(start, c=coupling.id, b=house.benefit.id, at=NOW - DAY))

    told = await offered(house, house.kari)
    assert (told["Friend"]["sellable"], told["Friend"]["reasons"]) == (True, [])
    assert (told["Adult"]["sellable"], told["Adult"]["reasons"], told["Adult"]["maxQuantity"]) == (False, ["NOT_STARTED"], 0)

    async with tenancy.scope(house.venue.id):
        await tenancy.execute(sql("update coupling_starts set sale_starts_at = {at} where tenant_id = {venue}", at=NOW + 9 * DAY))
    told = await offered(house, house.kari)
    assert (told["Friend"]["sellable"], told["Friend"]["startsAt"][:10]) == (False, f"{NOW + 9 * DAY:%Y-%m-%d}")


@pytest.mark.parametrize("earlier", [True, False])
async def test_po4_d45_a_pool_has_a_sale_start_of_its_own_and_the_earliest_counts(earlier: bool):
    house = await a_house(sale_starts_at=NOW + 7 * DAY if earlier else NOW - DAY)
    async with tenancy.scope(house.venue.id):
        pool = await Pool.create(name="Members", number=1)
        start = NOW - DAY if earlier else NOW + 7 * DAY
        await PoolTerms.create(pool_id=pool.id, production_id=house.premiere.production_id, sale_starts_at=start)
        await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))

    assert (await offered(house, house.kari))["Adult"]["sellable"]
    assert (await offered(house, house.ola))["Adult"]["sellable"] == (not earlier)


async def test_po5_po6_a_pool_has_its_own_prices_and_quotas_and_the_best_of_each_holds():
    house = await a_house(max_per_customer=4)
    async with tenancy.scope(house.venue.id):
        for number, (most, discount) in enumerate([(6, {"basis_points": 1_250}), (2, {"amount": 6_000}), (3, {"price": 46_000})]):
            pool = await Pool.create(name=f"Pool {number}", number=number)
            terms = await PoolTerms.create(pool_id=pool.id, most=most)
            await Discount.create(pool_terms_id=terms.id, ticket_type_id=house.adult.id, **discount)
            await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))
        await make_line(await make_order(house.kari), house.premiere, quantity=2)
        await make_line(await make_order(house.ola), house.premiere, quantity=2)

    mine, theirs = (await offered(house, house.kari))["Adult"], (await offered(house, house.ola))["Adult"]
    assert (mine["maxQuantity"], mine["prices"]) == (4, [price("390.00", "450.00", 4, "5.00")])  # 393.75, 390.00, 460.00
    assert (theirs["maxQuantity"], theirs["prices"]) == (2, [price("450.00", "450.00", 2, "5.00")])


async def test_po6_an_allotment_that_is_sold_ends_what_the_pool_gives():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        pool = await Pool.create(name="Members", number=1)
        terms = await PoolTerms.create(pool_id=pool.id, performance_id=house.premiere.id, allotment=3)
        await Discount.create(pool_terms_id=terms.id, price=30_000)
        await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))
        order = await make_order(house.ola)
        line = await make_line(order, house.premiere, quantity=2, pool_id=pool.id)
    one_left = (await offered(house, house.kari))["Adult"]
    async with tenancy.scope(house.venue.id):
        await make_line(order, house.premiere, quantity=1, pool_id=pool.id)
    none_left = (await offered(house, house.kari))["Adult"]
    async with tenancy.scope(house.venue.id):
        await make_line(order, house.premiere, quantity=-1, refund_of=line.id)
    given_back = (await offered(house, house.kari))["Adult"]

    assert one_left["prices"] == given_back["prices"] == [price("300.00", "450.00", 1, "5.00")]
    assert (one_left["maxQuantity"], none_left["prices"]) == (None, [price("450.00", "450.00", fee="5.00")])


async def test_b4_b5_b6_d24_a_benefit_is_good_for_so_many_tickets_and_performances():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        second = await make_performance(starts_at=NOW + 31 * DAY)
        await make_price(second, house.friend, amount=22_500)
        await couple(house), await couple(house, second)
        await Benefit.all().update(most_performances=1, most_tickets=3, tickets_per="TOTAL")
        (assignment,) = await Assignment.all()
        right = {"assignment_id": assignment.id, "benefit_id": house.benefit.id}
        line = await make_line(await make_order(house.kari), house.premiere, quantity=2, **right)

    async def left() -> list[tuple[int, list[str]]]:
        told = [await offered(house, house.kari, performance=gid(p)) for p in (house.premiere, second)]
        return [(t["Friend"]["maxQuantity"], t["Friend"]["reasons"]) for t in told]

    assert await left() == [(1, []), (0, ["BENEFIT_USED_UP"])]
    async with tenancy.scope(house.venue.id):
        await type(line).filter(id=line.id).update(state="REFUNDED")
    assert await left() == [(3, []), (3, [])]


async def test_d23_an_order_that_names_a_benefit_counts_against_the_flag_its_buyer_had():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
        await type(house.premiere).filter(id=house.premiere.id).update(external_id="premiere")
        await Benefit.all().update(external_id="friend")
        await Customer.filter(id=house.kari.id).update(external_id="kari")
        lines = [TicketLineRow("1-1", performance="premiere", quantity=1, price=Decimal(225), benefit="friend")]
        at = datetime.now(UTC)
        order = OrderRow(external_id="1", customer="kari", channel="ONLINE", ordered_at=at, lines=lines)
        (wrong,) = await upsert_orders([replace(order, lines=[replace(lines[0], benefit="foe")])], "REJECT_EVERYTHING")
        (done,) = await upsert_orders([order], "REJECT_EVERYTHING")

    assert [(path, p.code) for path, p in wrong.problems] == [(["lines", "0", "benefit"], "UNKNOWN_REFERENCE")]
    assert done.status == "CREATED"
    told = (await offered(house, house.kari))["Friend"]
    assert (told["maxQuantity"], told["benefits"]) == (1, [{"left": 1}])


async def test_d23_a_flag_that_is_given_again_starts_afresh():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
        (assignment,) = await Assignment.all()
        right = {"assignment_id": assignment.id, "benefit_id": house.benefit.id}
        await make_line(await make_order(house.kari), house.premiere, quantity=2, **right)
    used_up = (await offered(house, house.kari))["Friend"]
    async with tenancy.scope(house.venue.id):
        await assignments.take("flag", house.flag.id, [house.kari.id], "REMOVED")
    gone = await offered(house, house.kari)
    async with tenancy.scope(house.venue.id):
        await assignments.give("flag", house.flag.id, [house.kari.id], Cause("MANUAL"))

    assert (used_up["sellable"], used_up["reasons"]) == (False, ["BENEFIT_USED_UP"])
    assert [*gone] == ["Adult"]
    assert (await offered(house, house.kari))["Friend"]["maxQuantity"] == 2


async def test_d25_benefits_are_for_subscriptions_too():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        series = await Product.create(name="Thursdays", kind="SUBSCRIPTION")
        await ProductPrice.create(product_id=series.id, ticket_type_id=house.friend.id, amount=90_000)
        await couple(house, product_id=series.id)

    assert await offered(house, house.ola, product=gid(series)) == {}
    assert (await offered(house, house.kari, product=gid(series)))["Friend"]["prices"] == [price("900.00", "900.00", 2)]


async def test_c1_l5_a_campaign_links_offer_is_there_for_its_flags_between_its_start_and_end():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        link = await CampaignLink.create(
            name="Black week", performance_ids=[house.premiere.id], flag_ids=[house.flag.id], access="FLAGGED",
            starts_at=NOW - DAY, ends_at=NOW + DAY, most_per_customer=1,
        )  # fmt: skip
        await Discount.create(campaign_link_id=link.id, ticket_type_id=house.adult.id, basis_points=5_000)

    mine = (await offered(house, house.kari))["Adult"]
    assert (mine["maxQuantity"], mine["prices"]) == (None, [price("225.00", "450.00", 1, "5.00")])
    assert (await offered(house, house.ola))["Adult"]["prices"] == [price("450.00", "450.00", fee="5.00")]
    async with tenancy.scope(house.venue.id):
        await CampaignLink.all().update(starts_at=NOW - 2 * DAY, ends_at=NOW - DAY)
    assert (await offered(house, house.kari))["Adult"]["prices"] == [price("450.00", "450.00", fee="5.00")]


@pytest.mark.parametrize(
    ("performance", "reason"),
    [
        ({"status": "PAUSED"}, "NOT_ON_SALE"),
        ({"starts_at": NOW - DAY}, "ENDED"),
        ({"sale_ends_at": NOW - DAY / 2}, "ENDED"),
        ({"capacity": 0}, "SOLD_OUT"),
        ({"sale_starts_at": NOW + DAY}, "NOT_STARTED"),
    ],
)
async def test_what_cannot_be_bought_says_why(performance: Any, reason: str):
    house = await a_house(**performance)
    told = (await offered(house))["Adult"]
    assert (told["sellable"], told["maxQuantity"], told["reasons"]) == (False, 0, [reason])


async def test_the_shop_learns_of_no_place_it_may_not_show():
    house = await a_house(status="DRAFT")
    elsewhere = await a_house()
    for caller in (shopper_at(house.venue), customer_at(house.venue, house.kari)):
        for hidden in (house.premiere, elsewhere.premiere):
            assert (await ask(caller, OFFERS, performance=gid(hidden))).data == {"offers": None}
    for wrong in ({}, {"performance": gid(house.premiere), "product": gid(house.premiere)}):
        assert (await ask(shopper_at(house.venue), OFFERS, **wrong)).errors == [("REQUIRED", "offers")]


async def test_b2_b3_d42_the_customers_page_of_offers_says_where_each_benefit_works():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        draft = await make_performance(status="DRAFT", starts_at=NOW + 31 * DAY)
        unpriced = await make_performance(starts_at=NOW + 31 * DAY)
        over = await make_performance(starts_at=NOW - DAY)
        for place in (draft, over):
            await make_price(place, house.friend)

    benefit = {
        "ticketType": {"name": "Friend"}, "expiresOn": None, "ticketsPer": "PERFORMANCE", "ticketsLeft": 2,
        "performancesLeft": None, "performances": [], "products": [],
    }  # fmt: skip
    assert (await ask(customer_at(house.venue, house.kari), MINE)).data == {"myOffers": {"benefits": [benefit]}}
    async with tenancy.scope(house.venue.id):
        for place in (draft, unpriced, over, house.premiere):
            await couple(house, place)
    (mine,) = (await ask(customer_at(house.venue, house.kari), MINE)).data["myOffers"]["benefits"]
    assert mine == {**benefit, "performances": [{"id": gid(house.premiere)}]}
    assert (await ask(customer_at(house.venue, house.ola), MINE)).data == {"myOffers": {"benefits": []}}
    assert (await ask(shopper_at(house.venue), MINE)).errors == [("FORBIDDEN", "myOffers")]


async def test_the_question_costs_one_statement():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)

    with recorded() as sent:
        await offered(house, house.kari)
    assert matches_golden("offers", sent, house.venue.id)
    with recorded() as sent:
        await ask(customer_at(house.venue, house.kari), MINE)
    assert matches_golden("my_offers", sent, house.venue.id)
