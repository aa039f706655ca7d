"""How customers get flags by buying, through the API: orders come and go, nights pass."""

from datetime import timedelta
from typing import Any

import pytest

from tenants import tenancy
from tenants.flags import Flag
from tests.asking import gid
from tests.resolvers.buying import ASSIGN, CREATE, DELETE, FLAG, REMOVE, TODAY, UPDATE, a_house
from tests.tenants.test_upserts import write


@pytest.fixture
async def house():
    async with a_house() as made:
        yield made


async def test_l1_who_buys_chosen_performances_subscriptions_or_memberships_gets_the_flag(house):
    await house.rule(performanceIds=["a1"], productionIds=["b"], productIds=["series"])

    await house.sell("l1", "kari", "a2")
    await house.sell("l2", "kari", "friend")
    assert await house.flagged() == {}
    await house.sell("l3", "kari", "a1")
    await house.sell("l4", "ola", "b2")
    await house.sell("l5", "per", "series")
    assert await house.flagged() == {"kari": ["l3"], "ola": ["l4"], "per": ["l5"]}
    assert await house.ends() == [("RULE", None)] * 3


async def test_l1_a_new_rule_is_for_those_too_who_bought_before(house):
    await house.sell("l1")
    made = await house.told(CREATE, flag=gid(house.flag), input={})

    assert made["userErrors"] == []
    assert made["jobId"].startswith("Job_")
    id = made["flagRule"].pop("id")
    assert made["flagRule"] == {
        "measure": "TICKETS", "minimum": "1", "fromOn": None, "untilOn": None, "lastDays": None, "revokeOnRefund": True,
        "archivedAt": None, "flag": {"name": "VIP"}, "performances": [], "productions": [], "products": [],
    }  # fmt: skip
    assert await house.flagged() == {}
    await house.work()
    assert await house.flagged() == {"kari": ["l1"]}
    assert (await house.told(FLAG, id=gid(house.flag)))["rules"] == [{"id": id}]


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        ({"measure": "TICKETS", "minimum": "4"}, ["l1", "l2", "l3"]),
        ({"measure": "PERFORMANCES", "minimum": "2"}, ["l1", "l2"]),
        ({"measure": "ORDERS", "minimum": "3"}, ["l1", "l2", "l3"]),
        ({"measure": "AMOUNT", "minimum": "1500.01"}, ["l1", "l2", "l3"]),
        ({"measure": "AMOUNT", "minimum": "1500.00"}, ["l1", "l2"]),
    ],
)
async def test_l2_so_many_tickets_performances_orders_or_so_much_money(house, wanted, lines):
    await house.rule(**wanted)
    sold = []
    for line, what, quantity in (("l1", "a1", 1), ("l2", "b1", 2), ("l3", "b1", 1)):
        assert await house.flagged() == {}
        await house.sell(line, "kari", what, quantity=quantity)
        sold.append(line)
        if sold == lines:
            break
    assert await house.flagged() == {"kari": lines}


async def test_l2_d29_within_a_fixed_period(house):
    first, last = TODAY - timedelta(days=20), TODAY - timedelta(days=10)
    id = await house.rule(minimum="2", fromOn=str(first), untilOn=str(last), revokeOnRefund=True)
    await house.sell("l1", days=20, quantity=2)
    await house.sell("l2", "ola", days=21, quantity=2)
    await house.sell("l3", "per", days=9, quantity=2)
    await house.sell("l4", "per", days=10)
    assert await house.flagged() == {"kari": ["l1"]}

    await house.sell("l5", days=1, quantity=-1)  # later, and still of what was bought in time
    assert await house.flagged() == {}
    changed = await house.told(UPDATE, id=id, input={"minimum": "1"})
    assert changed["flagRule"]["minimum"] == "1"
    await house.work()
    assert await house.flagged() == {"kari": ["l1"], "per": ["l4"]}


@pytest.mark.parametrize("revoke", [False, True])
async def test_l2_d28_d29_within_the_last_days_the_flag_stays_unless_it_is_to_go(house, revoke):
    await house.rule(measure="AMOUNT", minimum="1000.00", lastDays=30, **({"revokeOnRefund": True} if revoke else {}))
    await house.sell("l1", days=29)
    await house.sell("l2", days=30)
    await house.sell("l3", "ola", days=31, quantity=2)
    assert await house.flagged() == {"kari": ["l1", "l2"]}

    await house.days_pass(1)
    assert await house.flagged() == ({} if revoke else {"kari": ["l1", "l2"]})


async def test_d28_unless_it_is_said_a_refund_takes_the_flag_where_the_rule_has_no_period_or_is_of_memberships(house):
    period = {"lastDays": 30}
    for wanted, revokes in [
        ({}, True),
        (period, False),
        ({**period, "productIds": [house.ids["friend"]]}, True),
        ({**period, "productIds": [house.ids["friend"]], "performanceIds": [house.ids["a1"]]}, False),
        ({**period, "revokeOnRefund": True}, True),
        ({"revokeOnRefund": False}, False),
    ]:
        made = await house.told(CREATE, flag=gid(house.flag), input=wanted)
        assert made["flagRule"]["revokeOnRefund"] is revokes


async def test_d28_a_refund_a_deletion_and_another_customer_take_the_flag_unless_it_has_another_cause(house):
    await house.rule(performanceIds=["a1"])
    await house.sell("l1")
    order = await house.sell("l2", "ola")
    await house.sell("l3", "per")
    await house.told(ASSIGN, flag=gid(house.flag), who=[house.ids["kari"]])

    await house.sell("l1", lineState="REFUNDED")
    await house.told(DELETE, id=order)
    assert await house.flagged() == {"kari": [], "per": ["l3"]}
    await house.sell("l3", "ola")
    assert await house.flagged() == {"kari": [], "ola": ["l3"]}
    assert sorted(await house.ends(), key=str) == [("RULE", "REFUNDED"), ("RULE", "REFUNDED"), ("RULE", None), ("RULE", None)]


async def test_d28_a_flag_that_is_not_to_go_with_a_refund_stays(house):
    await house.rule(revokeOnRefund=False)
    await house.sell("l1")
    await house.sell("l1", lineState="REFUNDED")
    await house.night()

    assert await house.flagged() == {"kari": ["l1"]}


async def test_d28_two_rules_are_two_causes_and_the_flag_goes_with_the_last(house):
    await house.rule(performanceIds=["a1"])
    await house.rule(productionIds=["b"])
    await house.sell("l1")
    await house.sell("l2", what="b1")
    await house.sell("l1", lineState="REFUNDED")
    assert await house.flagged() == {"kari": ["l2"]}
    await house.sell("l2", lineState="REFUNDED")
    assert await house.flagged() == {}
    assert await house.ends() == [("RULE", "REFUNDED")]


async def test_d28_what_was_taken_by_hand_comes_back_only_for_something_new(house):
    await house.rule()
    await house.sell("l1")
    await house.told(REMOVE, flag=gid(house.flag), who=[house.ids["kari"]])
    await house.sell("l1", quantity=4)
    await house.night()
    assert await house.flagged() == {}

    await house.sell("l2")
    assert await house.flagged() == {"kari": ["l1", "l2"]}
    await house.sell("l2", lineState="REFUNDED")  # only what was bought before is left, and of that it was taken by hand
    assert await house.flagged() == {}


async def test_f7_a_flag_that_has_run_out_comes_back_only_for_something_new_and_counts_its_own_days(house):
    async with tenancy.scope(house.venue.id):
        await Flag.filter(id=house.flag.id).update(expires_after_days=10)
    await house.rule()
    await house.sell("l1")
    await house.days_pass(5)
    await house.sell("l2")

    async def until() -> list[Any]:
        return [each["expiresOn"] for each in (await house.told(FLAG, id=gid(house.flag)))["assignments"]["nodes"]]

    assert await until() == [str(TODAY + timedelta(days=5))]
    await house.days_pass(6)
    assert await house.flagged() == {}
    await house.sell("l3")
    assert await until() == [str(TODAY + timedelta(days=10))]
    assert await house.ends() == [("RULE", "EXPIRED"), ("RULE", None)]


async def test_f7_a_flag_whose_day_is_over_is_given_to_nobody(house):
    async with tenancy.scope(house.venue.id):
        await Flag.filter(id=house.flag.id).update(expires_on=TODAY)
    await house.rule()
    await house.sell("l1")
    assert await house.flagged() == {"kari": ["l1"]}
    await house.days_pass(1)
    await house.sell("l2", "ola")
    await house.sell("l3")
    assert await house.flagged() == {}
    assert await house.ends() == [("RULE", "EXPIRED")]


async def test_f7_a_flag_gained_by_a_membership_ends_with_it_and_is_renewed_with_it(house):
    await write(house.venue, "products", {"external_id": "friend", "months": None, "ends_on": TODAY + timedelta(days=3)})
    await house.rule(productIds=["friend", "series"])
    await house.sell("l1", what="friend")
    await house.sell("l2", "ola", "friend", days=-1)

    async def until() -> list[Any]:
        shown = (await house.told(FLAG, id=gid(house.flag)))["assignments"]["nodes"]
        return [(each["customer"]["externalId"], each["source"], each["expiresOn"]) for each in shown]

    three = str(TODAY + timedelta(days=3))
    assert await until() == [("kari", "MEMBERSHIP", three), ("ola", "MEMBERSHIP", three)]
    await house.sell("l3", what="series", days=10)
    (kari, ola) = await until()
    assert (kari[2] > three, ola[2]) == (True, three)
    await house.sell("l3", what="series", days=10, lineState="REFUNDED")
    assert (await until())[0] == ("kari", "MEMBERSHIP", three)
    await write(house.venue, "products", {"external_id": "friend", "ends_on": TODAY + timedelta(days=2)})
    assert [each[2] for each in await until()] == [str(TODAY + timedelta(days=2))] * 2

    await write(house.venue, "products", {"external_id": "friend", "ends_on": TODAY - timedelta(days=1)})
    assert await house.flagged() == {}
    await house.night()
    assert await house.ends() == [("MEMBERSHIP", "EXPIRED")] * 2
