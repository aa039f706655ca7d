"""Buying through the API: reserved together or not at all, held for a while, paid or given back."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs import purchases as job
from tenants import assignments, tenancy
from tenants.assignments import Cause
from tenants.benefits import Benefit
from tenants.couplings import Coupling
from tenants.flags import Flag
from tenants.sql import sql
from tests.builders import make_customer_token, make_key, make_performance, make_price, make_token
from tests.buying import COMMIT, RELEASE, RESERVE, SHOP, SHOPPER_RESERVE, Shop, broken, let_lapse, rows, sold
from tests.gateway.clients import ask, client, codes
from tests.groups import refused, told
from tests.premiere import DAY, NOW, a_house, couple, offered
from tests.recording import matches_golden, recorded


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_tickets_are_reserved_paid_and_become_an_order_that_counts(asking):
    house = await a_house(capacity=10)
    async with tenancy.scope(house.venue.id):
        await couple(house)
    shop = await Shop.of(asking, house)

    held = (await shop.reserve_as(house.kari, shop.line(house.adult, 2), shop.line(house.friend)))["order"]
    assert (held["state"], held["total"], [line["state"] for line in held["lines"]]) == (
        "RESERVED",
        {"amount": "1135.00"},
        ["RESERVED", "RESERVED"],
    )
    assert [(line["quantity"], line["price"]["amount"], line["fee"]["amount"]) for line in held["lines"]] == [
        (2, "450.00", "10.00"),
        (1, "225.00", "0.00"),
    ]
    until = datetime.fromisoformat(held["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < until <= timedelta(minutes=10)
    assert await sold(house.venue) == [(3, 10, None)]
    assert (await offered(house, house.kari))["Adult"]["maxQuantity"] == 7
    assert (await offered(house, house.kari))["Friend"]["maxQuantity"] == 1
    spent = "select spent, order_count from customer_facts where tenant_id = {venue}"
    assert await rows(house.venue, spent) == []

    paid = (await shop.commit(held, "psp-77", externalId="web-1"))["order"]
    assert (paid["id"], paid["state"], [line["state"] for line in paid["lines"]]) == (held["id"], "CONFIRMED", ["VALID", "VALID"])
    assert await rows(house.venue, spent) == [(112_500, 1)]
    assert await rows(house.venue, "select payment_reference, external_id from orders where tenant_id = {venue}") == [
        ("psp-77", "web-1")
    ]
    assert await sold(house.venue) == [(3, 10, None)]
    assert (await shop.commit(held, "psp-77"))["order"] == paid
    assert (await shop.commit(held, "psp-78"))["userErrors"] == refused("WRONG_STATE", "id")
    assert (await shop.release(held))["userErrors"] == refused("WRONG_STATE", "id")
    assert await broken(house.venue) == {}


async def test_all_lines_are_taken_or_none(asking):
    house = await a_house(capacity=10)
    async with tenancy.scope(house.venue.id):
        await couple(house)
        small = await make_performance(capacity=1, starts_at=NOW + 30 * DAY)
        await make_price(small, house.adult)
    shop = await Shop.of(asking, house)

    answer = await shop.reserve_as(house.kari, shop.line(house.friend, 2), shop.line(house.adult, 2, small))
    assert answer == {"order": None, "userErrors": refused("SOLD_OUT", "lines", "1", "quantity")}
    assert await rows(house.venue, "select id from orders where tenant_id = {venue}") == []
    assert await sold(house.venue) == []

    assert (await shop.reserve_as(house.kari, shop.line(house.friend, 2), shop.line(house.adult, 1, small)))["order"]
    answer = await shop.reserve_as(house.ola, shop.line(house.adult, 1, small))
    assert answer == {"order": None, "userErrors": refused("SOLD_OUT", "lines", "0", "ticketTypeId")}


async def test_what_earlier_lines_take_is_gone_for_the_later_ones(asking):
    house = await a_house(capacity=3)
    async with tenancy.scope(house.venue.id):
        await couple(house)
    shop = await Shop.of(asking, house)

    twice = await shop.reserve_as(house.kari, shop.line(house.friend, 1), shop.line(house.friend, 2))
    assert twice["userErrors"] == refused("BENEFIT_USED_UP", "lines", "1", "quantity")
    more = await shop.reserve_as(house.kari, shop.line(house.friend, 2), shop.line(house.adult, 2))
    assert more["userErrors"] == refused("SOLD_OUT", "lines", "1", "quantity")
    assert (await shop.reserve_as(house.kari, shop.line(house.friend, 2), shop.line(house.adult, 1)))["order"]


async def test_a_right_that_works_at_several_places_is_used_up_at_all_of_them(asking):
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        other = await make_performance(starts_at=NOW + 31 * DAY)
        for place in (house.premiere, other):
            await couple(house, place)
        for each in (house.adult, house.friend):
            await make_price(other, each)
        only = {"most_performances": 1, "most_tickets": 4, "tickets_per": "TOTAL"}
        await Benefit.filter(id=house.benefit.id).update(**only)
    shop = await Shop.of(asking, house)

    evenings = [shop.line(house.friend, 2), shop.line(house.adult, 1, other), shop.line(house.friend, 1, other)]
    answer = await shop.reserve_as(house.kari, *evenings)
    assert answer == {"order": None, "userErrors": refused("BENEFIT_USED_UP", "lines", "2", "ticketTypeId")}
    assert await sold(house.venue) == []

    async with tenancy.scope(house.venue.id):  # a second flag of hers is good for one evening too
        flag = await Flag.create(name="Founders", abbreviation="FO")
        benefit = await Benefit.create(flag_id=flag.id, ticket_type_id=house.friend.id, **only)
        for place in (house.premiere, other):
            await Coupling.create(flag_id=flag.id, performance_id=place.id)
        await assignments.give("flag", flag.id, [house.kari.id], Cause("MANUAL"))
    assert (await shop.reserve_as(house.kari, *evenings))["order"]["total"] == {"amount": "1350.00"}
    used = "select benefit_id, performance_id, taken from ticket_lines where tenant_id = {venue} and benefit_id is not null"
    first, second = sorted(await rows(house.venue, used), key=lambda row: -row[2])
    assert {first[0], second[0]} == {house.benefit.id, benefit.id}
    assert (first[1:], second[1:]) == ((house.premiere.id, 2), (other.id, 1))
    assert await broken(house.venue) == {}


async def test_what_was_held_for_too_long_is_free_at_once_and_cannot_be_paid(asking):
    house = await a_house(capacity=2)
    shop = await Shop.of(asking, house)
    held = (await shop.reserve_as(house.kari, shop.line(house.adult, 2)))["order"]
    assert (await shop.reserve_as(house.ola, shop.line(house.adult)))["userErrors"] == refused(
        "SOLD_OUT", "lines", "0", "ticketTypeId"
    )

    await let_lapse(house.venue)
    assert (await offered(house, house.ola))["Adult"]["maxQuantity"] == 2
    assert (await shop.commit(held))["userErrors"] == refused("RESERVATION_EXPIRED", "id")
    assert (await shop.reserve_as(house.ola, shop.line(house.adult, 2)))["order"]
    states = "select state, count(*) from orders where tenant_id = {venue} group by 1 order by 1"
    assert await rows(house.venue, states) == [("CANCELLED", 1), ("RESERVED", 1)]
    assert (await shop.commit(held))["userErrors"] == refused("RESERVATION_EXPIRED", "id")
    assert await sold(house.venue) == [(2, 2, None)]
    assert await broken(house.venue) == {}


async def test_what_nobody_asks_for_any_more_is_given_back_by_a_job(asking):
    house = await a_house(capacity=2)
    shop = await Shop.of(asking, house)
    await shop.reserve_as(house.kari, shop.line(house.adult, 1))
    live = (await shop.reserve_as(house.ola, shop.line(house.adult, 1)))["order"]
    late = "update orders set expires_at = now() where tenant_id = {venue} and customer_id = {kari}"
    async with tenancy.scope(house.venue.id):
        await tenancy.execute(sql(late, kari=house.kari.id))

    await job.expire()
    states = "select o.state, l.state from orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id"
    assert await rows(house.venue, f"{states} where o.tenant_id = {{venue}} order by 1") == [
        ("CANCELLED", "CANCELLED"),
        ("RESERVED", "RESERVED"),
    ]
    assert await sold(house.venue) == [(1, 2, None)]
    assert (await shop.commit(live))["order"]["state"] == "CONFIRMED"


async def test_given_up_is_given_back_to_each_that_it_was_taken_from(asking):
    house = await a_house(capacity=5)
    async with tenancy.scope(house.venue.id):
        await couple(house)
    shop = await Shop.of(asking, house)
    held = (await shop.reserve_as(house.kari, shop.line(house.friend, 2)))["order"]
    assert "Friend" in await offered(house, house.kari)
    assert (await offered(house, house.kari))["Friend"]["reasons"] == ["BENEFIT_USED_UP"]

    mine = await told(asking, shop.tokens[house.kari.id], RELEASE, id=held["id"], path=SHOP)
    assert (mine["order"]["state"], mine["order"]["total"]) == ("CANCELLED", {"amount": "0.00"})
    assert (await shop.release(held))["order"]["state"] == "CANCELLED"
    assert (await shop.commit(held))["userErrors"] == refused("WRONG_STATE", "id")
    assert (await offered(house, house.kari))["Friend"]["maxQuantity"] == 2
    assert await sold(house.venue) == [(0, 5, None)]


@pytest.mark.parametrize(
    ("performance", "quantity", "code", "about"),
    [
        ({"status": "PAUSED"}, 1, "NOT_ON_SALE", "ticketTypeId"),
        ({"sale_starts_at": None, "sale_ends_at": datetime(2026, 1, 1, tzinfo=UTC)}, 1, "ENDED", "ticketTypeId"),
        ({"sale_starts_at": datetime(2036, 1, 1, tzinfo=UTC)}, 1, "NOT_STARTED", "ticketTypeId"),
        ({"max_per_order": 4}, 5, "LIMIT_REACHED", "quantity"),
        ({"max_per_customer": 4}, 5, "LIMIT_REACHED", "quantity"),
        ({"capacity": 4}, 5, "SOLD_OUT", "quantity"),
        ({}, 0, "INVALID_VALUE", "quantity"),
        ({}, 501, "INVALID_VALUE", "quantity"),
    ],
)
async def test_what_cannot_be_bought_is_refused_with_the_reason(asking, performance, quantity, code, about):
    house = await a_house(**performance)
    shop = await Shop.of(asking, house)

    answer = await shop.reserve_as(house.kari, shop.line(house.adult, quantity))
    assert answer == {"order": None, "userErrors": refused(code, "lines", "0", about)}
    assert await rows(house.venue, "select id from orders where tenant_id = {venue}") == []
    assert await sold(house.venue) == []


async def test_who_buys_again_is_held_to_their_own_limit(asking):
    house = await a_house(max_per_customer=4)
    shop = await Shop.of(asking, house)
    assert (await shop.reserve_as(house.kari, shop.line(house.adult, 3)))["order"]
    again = await shop.reserve_as(house.kari, shop.line(house.adult, 2))
    assert again["userErrors"] == refused("LIMIT_REACHED", "lines", "0", "quantity")
    assert (await shop.reserve_as(house.ola, shop.line(house.adult, 4)))["order"]
    assert (await shop.reserve(shop.line(house.adult, 4)))["order"]  # a guest, for each order


async def test_the_same_request_again_reserves_once(asking):
    house = await a_house(capacity=2)
    shop = await Shop.of(asking, house)
    token = await make_customer_token(house.venue, house.kari.id)
    given = {"lines": [shop.line(house.adult, 2)], "path": SHOP}

    first = await ask(asking, SHOPPER_RESERVE, token=token, headers={"Idempotency-Key": "basket-1"}, **given)
    second = await ask(asking, SHOPPER_RESERVE, token=token, headers={"Idempotency-Key": "basket-1"}, **given)
    assert first.json()["data"] == second.json()["data"]
    assert await sold(house.venue) == [(2, 2, None)]


async def test_only_the_house_says_that_it_was_paid_and_nobody_touches_anothers(asking):
    house, elsewhere = await a_house(), await a_house()
    shop, other = await Shop.of(asking, house), await Shop.of(asking, elsewhere)
    order = (await shop.reserve_as(house.kari, shop.line(house.adult)))["order"]
    await shop.reserve_as(house.ola, shop.line(house.adult))
    ola = shop.tokens[house.ola.id]

    assert (
        "Cannot query field"
        in (await ask(asking, COMMIT, token=shop.tokens[house.kari.id], id=order["id"], reference="x", path=SHOP)).text
    )
    assert await told(asking, ola, RELEASE, id=order["id"], path=SHOP) == {"order": None, "userErrors": refused("NOT_FOUND")}
    assert await other.commit(order) == {"order": None, "userErrors": refused("NOT_FOUND")}
    assert await other.release(order) == {"order": None, "userErrors": refused("NOT_FOUND")}
    publishable = await make_key(house.venue, kind="PUBLISHABLE")
    assert codes(await ask(asking, SHOPPER_RESERVE, token=publishable, lines=[shop.line(house.adult)], path=SHOP)) == [
        "FORBIDDEN"
    ]
    marketing = await make_token(house.venue, "MARKETING")
    for query, given in (
        (COMMIT, {"id": order["id"], "reference": "x"}),
        (RELEASE, {"id": order["id"]}),
        (RESERVE, {"lines": []}),
    ):
        assert codes(await ask(asking, query, token=marketing, **given)) == ["FORBIDDEN"]
    assert (await shop.reserve(shop.line(elsewhere.adult, place=elsewhere.premiere)))["userErrors"] == refused(
        "NOT_FOUND", "lines", "0", "performanceId"
    )
    assert (await shop.reserve(shop.line(house.adult), customer=elsewhere.kari))["userErrors"] == refused(
        "NOT_FOUND", "customerId"
    )
    assert await rows(house.venue, "select state from orders where tenant_id = {venue}") == [("RESERVED",), ("RESERVED",)]


async def test_golden_what_it_costs_to_reserve_and_to_commit(asking):
    house = await a_house(capacity=10, max_per_customer=4)
    shop = await Shop.of(asking, house)
    await shop.release((await shop.reserve_as(house.kari, shop.line(house.adult)))["order"])

    with recorded() as sent:
        order = (await shop.reserve_as(house.kari, shop.line(house.adult, 2)))["order"]
    assert matches_golden("purchase_reserve", sent, house.venue.id)
    with recorded() as sent:
        await shop.commit(order)
    assert matches_golden("purchase_commit", sent, house.venue.id)
