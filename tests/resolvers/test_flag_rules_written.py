"""Rules of flags are written, changed, ended and tried out, through the API and by whom they belong to."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tenants import tenancy
from tenants.flag_rules import trial
from tenants.flag_rules.records import FlagRule
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_token
from tests.gateway.clients import ask, codes
from tests.resolvers.buying import ARCHIVE, ASSIGN, CREATE, DRY_RUN, NOW, REMOVE, UPDATE, a_house
from tests.tenants.test_upserts import write


@pytest.fixture
async def house():
    async with a_house() as made:
        yield made


async def test_a_rule_is_changed_and_ended_for_everybody(house):
    id = await house.rule(performanceIds=["a1", "b1"], revokeOnRefund=False)
    await house.sell("l1")
    await house.sell("l2", "ola", "b1")
    await house.told(ASSIGN, flag=gid(house.flag), who=[house.ids["per"]])

    same = await house.told(UPDATE, id=id, input={"minimum": "1", "revokeOnRefund": False})
    assert (same["jobId"], same["flagRule"]["performances"]) == (None, [{"externalId": "a1"}, {"externalId": "b1"}])
    changed = await house.told(UPDATE, id=id, input={"performanceIds": [house.ids["b1"]]})
    assert (changed["userErrors"], changed["flagRule"]["performances"]) == ([], [{"externalId": "b1"}])
    await house.work()
    assert await house.flagged() == {"ola": ["l2"], "per": []}

    ended = await house.told(ARCHIVE, id=id)
    assert ended["flagRule"] == (await house.told(ARCHIVE, id=id))["flagRule"]
    await house.work()
    assert await house.flagged() == {"per": []}
    assert await house.ends() == [("RULE", "RULE"), ("RULE", "RULE"), ("MANUAL", None)]
    assert (await house.told(UPDATE, id=id, input={}))["userErrors"] == [{"code": "WRONG_STATE", "field": ["id"]}]


async def test_what_a_rule_cannot_ask_for_is_refused_and_nothing_is_written(house):
    for wrong, code, field in [
        ({"minimum": "0"}, "INVALID_VALUE", "minimum"),
        ({"minimum": "1.5"}, "INVALID_VALUE", "minimum"),
        ({"minimum": None}, "REQUIRED", "minimum"),
        ({"measure": "AMOUNT"}, "REQUIRED", "minimum"),
        ({"measure": "AMOUNT", "minimum": "0.001"}, "INVALID_VALUE", "minimum"),
        ({"measure": "AMOUNT", "minimum": "999999999999999999"}, "INVALID_VALUE", "minimum"),
        ({"lastDays": 0}, "INVALID_VALUE", "lastDays"),
        ({"lastDays": 30, "fromOn": "2026-01-01"}, "INVALID_VALUE", "lastDays"),
        ({"fromOn": "2026-02-01", "untilOn": "2026-01-31"}, "INVALID_VALUE", "untilOn"),
        ({"performanceIds": [f"Performance_{uuid4().hex}"]}, "UNKNOWN_REFERENCE", "performanceIds"),
        ({"productIds": [f"Product_{uuid4().hex}"]}, "UNKNOWN_REFERENCE", "productIds"),
        ({"productionIds": [f"Production_{UUID(int=n).hex}" for n in range(501)]}, "INVALID_VALUE", "productionIds"),
    ]:
        told = await house.told(CREATE, flag=gid(house.flag), input=wrong)
        assert (told["userErrors"], told["flagRule"]) == ([{"code": code, "field": ["input", field]}], None)
    async with tenancy.scope(house.venue.id):
        await Flag.filter(id=house.flag.id).update(archived_at=NOW)
        assert await FlagRule.rows(sql("true")) == []
    told = await house.told(CREATE, flag=gid(house.flag), input={})
    assert told["userErrors"] == [{"code": "WRONG_STATE", "field": []}]


async def test_a_dry_run_tells_who_would_gain_keep_and_lose_the_flag_and_writes_nothing(house, monkeypatch):
    monkeypatch.setattr(trial, "AT_ONCE", 1)  # as if there were very many customers
    for line, customer, what in (("l1", "kari", "a1"), ("l2", "ola", "b1"), ("l3", "per", "a1"), ("l4", "per", "b1")):
        await house.sell(line, customer, what)
    await house.told(ASSIGN, flag=gid(house.flag), who=[house.ids["per"]])
    told = await house.told(DRY_RUN, flag=gid(house.flag), input={"performanceIds": [house.ids["a1"]]})

    def of(*names: str) -> Any:
        return {"count": len(names), "customers": [{"externalId": name} for name in names]}

    assert told == {"wouldAdd": of("kari"), "wouldKeep": of("per"), "wouldRemove": of()}
    assert await house.flagged() == {"per": []}

    id = await house.rule(performanceIds=["a1"])
    change = {"performanceIds": [house.ids["b1"]]}
    told = await house.told(DRY_RUN, flag=gid(house.flag), input=change, rule=id)
    assert told == {"wouldAdd": of("ola"), "wouldKeep": of("per"), "wouldRemove": of("kari")}
    assert await house.flagged() == {"kari": ["l1"], "per": ["l3"]}
    await house.told(UPDATE, id=id, input=change)
    await house.work()
    assert await house.flagged() == {"ola": ["l2"], "per": ["l4"]}

    await house.told(REMOVE, flag=gid(house.flag), who=[house.ids["ola"]])
    assert (await house.told(DRY_RUN, flag=gid(house.flag), input={}))["wouldAdd"] == of("kari")
    wrong = await ask(house.asking, DRY_RUN, token=house.key, flag=gid(house.flag), input={"minimum": "0"})
    assert codes(wrong) == ["INVALID_VALUE"]


async def test_o2_d54_a_flag_of_an_organisation_counts_its_sales_and_the_whole_venues(house):
    async with tenancy.scope(house.venue.id):
        theatre, cinema = [await Organisation.create(name=name, external_id=name) for name in ("theatre", "cinema")]
        await Flag.filter(id=house.flag.id).update(organisation_ids=[theatre.id])
    await house.rule()
    await house.sell("l1", "kari", "a1")
    await house.sell("l2", "ola", "b1")
    assert await house.flagged() == {"kari": ["l1"], "ola": ["l2"]}
    await write(house.venue, "performances", {"external_id": "a1", "organisations": ["theatre"]})
    await write(house.venue, "performances", {"external_id": "b1", "organisations": ["cinema"]})
    assert await house.flagged() == {"kari": ["l1"]}

    theirs = await make_token(house.venue, "MARKETING", organisation_ids=[cinema.id])
    ours = await make_token(house.venue, "MARKETING", organisation_ids=[theatre.id])
    told = await house.told(DRY_RUN, token=ours, flag=gid(house.flag), input={"performanceIds": [house.ids["a1"]]})
    assert [told[each]["count"] for each in ("wouldAdd", "wouldKeep", "wouldRemove")] == [0, 1, 0]
    refused = await ask(house.asking, DRY_RUN, token=theirs, flag=gid(house.flag), input={})
    assert codes(refused) == ["NOT_FOUND"]
    hidden = await house.told(CREATE, token=ours, flag=gid(house.flag), input={"performanceIds": [house.ids["b1"]]})
    assert hidden["userErrors"] == [{"code": "UNKNOWN_REFERENCE", "field": ["input", "performanceIds"]}]


async def test_a_flag_of_the_whole_venue_is_not_for_staff_of_an_organisation_to_rule(house):
    id = await house.rule()
    async with tenancy.scope(house.venue.id):
        theatre = await Organisation.create(name="theatre")
    staff = await make_token(house.venue, "MARKETING", organisation_ids=[theatre.id])

    assert codes(await ask(house.asking, DRY_RUN, token=staff, flag=gid(house.flag), input={})) == ["FORBIDDEN"]
    for refused in (
        await ask(house.asking, CREATE, token=staff, flag=gid(house.flag), input={}),
        await ask(house.asking, UPDATE, token=staff, id=id, input={"minimum": "2"}),
        await ask(house.asking, ARCHIVE, token=staff, id=id),
    ):
        assert codes(refused) == ["FORBIDDEN"]
    async with tenancy.scope(house.venue.id):
        assert [(rule.minimum, rule.archived_at) for rule in await FlagRule.rows(sql("true"))] == [(1, None)]
