"""What staff ask: the same answer as the shop's, with every reason and what it is about."""

from typing import Any

import pytest

from tenants import assignments, tenancy
from tenants.assignments import Assignment, Cause
from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.premiere import DAY, NOW, a_house, couple
from tests.recording import matches_golden, recorded

ASKED = """query ($performance: ID, $customer: ID, $at: DateTime, $link: ID) {
  it: eligibility(performanceId: $performance, customerId: $customer, at: $at, campaignLinkId: $link) {
    customer { id } performance { id } limits { kind limit used left by { pool { id } } }
    ticketTypes { ticketType { name } sellable startsAt maxQuantity
      prices { price { amount } before { amount } maxQuantity by { code pool { id } campaignLink { id } } }
      ways { kind left by { code } }
      reasons { code flag { id } benefit { id } pool { id } campaignLink { id } } } } }"""
WALLET = """query ($customer: ID!, $ended: Boolean!) { it: benefitWallet(customerId: $customer, includeEnded: $ended) {
  benefit { id } flag { id } assignmentId standing ticketsUsed ticketsLeft performancesUsed performancesLeft
  uses { quantity givenBack performance { id } ticketLine { id } } } }"""


async def asked(house: Any, customer: Any = None, *, as_: Any = None, **more: Any) -> dict[str, Any]:
    """The ticket types of the answer by their names."""
    answer = await whole(house, customer, as_=as_, **more)
    return {each.pop("ticketType")["name"]: each for each in answer["ticketTypes"]}


async def whole(house: Any, customer: Any = None, *, as_: Any = None, **more: Any) -> dict[str, Any]:
    customer_id = {"customer": gid(customer)} if customer else {}
    answer = await ask(as_ or caller_at(house.venue), ASKED, performance=gid(house.premiere), **customer_id, **more)
    assert answer.errors == []
    return answer.data["it"]


def reasons(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """The code of each reason, and the ids of what it is about."""
    return [(r["code"], *(v["id"] for v in r.values() if isinstance(v, dict))) for r in told["reasons"]]


async def test_d43_staff_see_why_a_customer_may_or_may_not_buy():
    house = await a_house()
    about = ("FLAG", gid(house.flag), gid(house.benefit))
    assert reasons((await asked(house, house.kari))["Friend"]) == [("NOT_COUPLED", *about[1:]), ("NO_RIGHT",)]
    async with tenancy.scope(house.venue.id):
        await couple(house)

    mine = await asked(house, house.kari)
    assert reasons(mine["Friend"]) == [about]
    assert (mine["Friend"]["sellable"], mine["Friend"]["ways"]) == (
        True,
        [{"kind": "BENEFIT", "left": 2, "by": {"code": "FLAG"}}],
    )
    assert reasons(mine["Adult"]) == [("PUBLIC",)]
    assert reasons((await asked(house, house.ola))["Friend"]) == [("NO_RIGHT",)]
    assert reasons((await asked(house))["Friend"]) == [("NOT_LOGGED_IN",)]


async def test_d46_the_answer_says_which_right_gave_what():
    house = await a_house(max_per_customer=4)
    async with tenancy.scope(house.venue.id):
        pool = await Pool.create(name="Members", number=1)
        terms = await PoolTerms.create(pool_id=pool.id, most=6, sale_starts_at=NOW - 2 * DAY)
        await Discount.create(pool_terms_id=terms.id, basis_points=1_000)
        await assignments.give("pool", pool.id, [house.kari.id], Cause("MANUAL"))
        link = await CampaignLink.create(name="November", performance_ids=[house.premiere.id], most=3)
        await Discount.create(campaign_link_id=link.id, ticket_type_id=house.adult.id, basis_points=2_500)
        await make_line(await make_order(house.kari), house.premiere, quantity=1)

    answer = await whole(house, house.kari, link=gid(link))
    (adult, _) = answer["ticketTypes"]
    quota = {"pool": {"id": gid(pool)}}
    assert answer["limits"] == [{"kind": "CUSTOMER", "limit": 6, "used": 1, "left": 5, "by": quota}]
    assert (adult["startsAt"][:10], adult["maxQuantity"]) == (f"{NOW - 2 * DAY:%Y-%m-%d}", 5)
    (price,) = adult["prices"]
    cheapest = {"code": "CAMPAIGN", "pool": None, "campaignLink": {"id": gid(link)}}
    assert price == {"price": {"amount": "337.50"}, "before": {"amount": "450.00"}, "maxQuantity": 3, "by": cheapest}
    assert reasons(adult) == [
        ("PUBLIC",), ("POOL_PRESALE", gid(pool)), ("CAMPAIGN", gid(link)), ("POOL_QUOTA", gid(pool)),
    ]  # fmt: skip
    adult = (await asked(house, house.kari))["Adult"]
    assert [(p["price"]["amount"], p["by"]["code"]) for p in adult["prices"]] == [("405.00", "POOL_DISCOUNT")]
    assert ("POOL_DISCOUNT", gid(pool)) in reasons(adult)


async def test_a_presale_is_tried_before_it_opens():
    house = await a_house(sale_starts_at=NOW + 7 * DAY)
    async with tenancy.scope(house.venue.id):
        coupling = await couple(house)
        start = (
            "insert into coupling_starts (tenant_id, coupling_id, benefit_id, sale_starts_at) values ({venue}, {c}, {b}, {at})"
        )
        await tenancy.execute(sql(start, c=coupling.id, b=house.benefit.id, at=NOW + 3 * DAY))

    told = [await asked(house, house.kari, at=(NOW + days * DAY).isoformat()) for days in (0, 4, 8, 40)]
    assert [(t["Friend"]["sellable"], t["Adult"]["sellable"]) for t in told] == [
        (False, False), (True, False), (True, True), (False, False),
    ]  # fmt: skip
    assert [r[0] for r in reasons(told[1]["Adult"])] == ["PUBLIC", "NOT_STARTED"]
    assert [r[0] for r in reasons(told[0]["Friend"])] == ["FLAG", "PRESALE_OVERRIDE", "NOT_STARTED"]
    assert [r[0] for r in reasons(told[3]["Adult"])] == ["PUBLIC", "ENDED"]


async def test_d54_who_is_limited_gets_the_whole_answer_without_the_names_of_others():
    house = await a_house(capacity=10)
    async with tenancy.scope(house.venue.id):
        ours, theirs = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        await couple(house)
        await Flag.all().update(organisation_ids=[theirs.id])
        await type(house.premiere).filter(id=house.premiere.id).update(organisation_ids=[ours.id])
        elsewhere = await make_performance(organisation_ids=[theirs.id])
        await make_line(await make_order(house.ola), house.premiere, quantity=10)

    limited = caller_at(house.venue, "BOX_OFFICE", organisations=[ours])
    told = (await asked(house, house.kari, as_=limited))["Friend"]
    assert reasons(told) == [("FLAG",), ("SOLD_OUT",)]
    assert (await ask(limited, ASKED, performance=gid(elsewhere))).data == {"it": None}
    wallet = (await ask(limited, WALLET, customer=gid(house.kari), ended=True)).data
    assert wallet == {"it": []}


@pytest.mark.parametrize("role", ["PROMOTER"])
async def test_d43_a_promoter_asks_in_vain(role: str):
    house = await a_house()
    answer = await ask(caller_at(house.venue, role), ASKED, performance=gid(house.premiere))
    assert answer.errors == [("FORBIDDEN", "it")]


async def test_another_venues_customer_is_nobody():
    house, other = await a_house(), await make_venue()
    async with tenancy.scope(other.id):
        stranger = await make_customer()
    answer = await ask(caller_at(house.venue), ASKED, performance=gid(house.premiere), customer=gid(stranger))
    assert answer.errors == [("NOT_FOUND", "it")]
    assert (await ask(caller_at(house.venue), WALLET, customer=gid(stranger), ended=False)).errors == [("NOT_FOUND", "it")]


async def test_the_wallet_shows_what_is_used_left_and_by_which_purchases():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
        await Benefit.all().update(most_performances=3, most_tickets=6, tickets_per="TOTAL")
        (assignment,) = await Assignment.all()
        right = {"assignment_id": assignment.id, "benefit_id": house.benefit.id}
        order = await make_order(house.kari)
        line = await make_line(order, house.premiere, quantity=3, **right)
        await make_line(order, house.premiere, quantity=-1, amount=-45_000, refund_of=line.id)

    use = {"quantity": 3, "givenBack": 1, "performance": {"id": gid(house.premiere)}, "ticketLine": {"id": gid(line)}}
    held = {
        "benefit": {"id": gid(house.benefit)}, "flag": {"id": gid(house.flag)}, "assignmentId": gid(assignment), "standing": True,
        "ticketsUsed": 2, "ticketsLeft": 4, "performancesUsed": 1, "performancesLeft": 2, "uses": [use],
    }  # fmt: skip
    assert (await ask(caller_at(house.venue), WALLET, customer=gid(house.kari), ended=False)).data == {"it": [held]}
    async with tenancy.scope(house.venue.id):
        await assignments.take("flag", house.flag.id, [house.kari.id], "REMOVED")
    assert (await ask(caller_at(house.venue), WALLET, customer=gid(house.kari), ended=False)).data == {"it": []}
    ended = (await ask(caller_at(house.venue), WALLET, customer=gid(house.kari), ended=True)).data
    assert ended == {"it": [{**held, "standing": False}]}


async def test_what_staff_ask_costs():
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
    for name, query, variables in (
        ("eligibility", ASKED, {"performance": gid(house.premiere), "customer": gid(house.kari)}),
        ("benefit_wallet", WALLET, {"customer": gid(house.kari), "ended": False}),
    ):
        with recorded() as sent:
            await ask(caller_at(house.venue), query, **variables)
        assert matches_golden(name, sent, house.venue.id)
