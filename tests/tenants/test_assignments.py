"""The one engine under flags, pools and attributes: who is in a group, since when, until when and why."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tenants import assignments, tenancy
from tenants.assignments import TODAY, Assignment, AssignmentCause, Cause, give, take
from tenants.attributes import Attribute
from tenants.flags import Flag
from tenants.pools import Pool
from tenants.sql import sql
from tenants.syncs import Sync
from tests.builders import make_customer, make_venue

BY_HAND = Cause("MANUAL")


async def today() -> date:
    return await tenancy.fetch_value(sql("select {today}", today=TODAY))


async def standing(group: Any) -> set[Any]:
    """Who is in a group today."""
    condition = sql("t.group_id = {group} and {standing}", group=group.id, standing=assignments.standing("t", TODAY))
    return {row.customer_id for row in await Assignment.rows(condition)}


async def test_who_is_given_a_flag_twice_has_it_once_with_two_causes():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        flag = await Flag.create(name="VIP", abbreviation="VIP")
        kari, ola = await make_customer("Kari"), await make_customer("Ola")

        assert await give("flag", flag.id, [kari.id, ola.id, uuid4()], BY_HAND) == {kari.id, ola.id}
        assert await give("flag", flag.id, [kari.id], Cause("IMPORT")) == set()

        assert await standing(flag) == {kari.id, ola.id}
        (hers,) = await Assignment.rows(sql("t.customer_id = {kari}", kari=kari.id))
        causes = await AssignmentCause.rows(sql("t.assignment_id = {id}", id=hers.id), tail=sql("order by t.id"))
    assert (hers.source, hers.expires_on, [c.source for c in causes]) == ("MANUAL", None, ["MANUAL", "IMPORT"])


async def test_d27_a_flag_holds_to_its_day_or_for_some_days_and_giving_it_again_keeps_the_later_day():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        day = await today()
        fixed = await Flag.create(name="Festival", abbreviation="F", expires_on=day + timedelta(days=3))
        counted = await Flag.create(name="New", abbreviation="N", expires_after_days=10)
        kari = await make_customer()
        for flag in (fixed, counted):
            await give("flag", flag.id, [kari.id], BY_HAND)
        await Flag.filter(id=counted.id).update(expires_after_days=4)
        await give("flag", counted.id, [kari.id], BY_HAND)
        await give("flag", fixed.id, [kari.id], Cause("MEMBERSHIP", until={kari.id: day + timedelta(days=1)}))

        rows = {row.flag_id: row.expires_on for row in await Assignment.rows(sql("true"))}
    assert rows == {fixed.id: day + timedelta(days=3), counted.id: day + timedelta(days=10)}


async def test_what_has_expired_stands_no_more_and_starts_afresh_when_it_is_given_again():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        flag = await Flag.create(name="New", abbreviation="N", expires_after_days=1)
        kari = await make_customer()
        await give("flag", flag.id, [kari.id], BY_HAND)
        await Assignment.filter(flag_id=flag.id).update(expires_on=await today() - timedelta(days=1))
        assert await standing(flag) == set()

        assert await give("flag", flag.id, [kari.id], BY_HAND) == {kari.id}

        assert await standing(flag) == {kari.id}
        rows = await Assignment.rows(sql("true"), tail=sql("order by t.id"))
        assert [row.end_reason for row in rows] == ["EXPIRED", None]
        assert await assignments.expire() == 0


async def test_the_night_ends_what_has_expired():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        flag = await Flag.create(name="New", abbreviation="N")
        kari = await make_customer()
        await give("flag", flag.id, [kari.id], BY_HAND)
        assert await assignments.expire() == 0
        await Assignment.all().update(expires_on=await today() - timedelta(days=1))
        assert await assignments.expire() == 1
        assert (await Assignment.rows(sql("true")))[0].end_reason == "EXPIRED"


async def test_taking_ends_the_assignment_and_keeps_its_story():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        pool = await Pool.create(name="Members", number=1)
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        await give("pool", pool.id, [kari.id], BY_HAND)

        assert await take("pool", pool.id, [kari.id, ola.id], "REMOVED") == {kari.id}
        assert await take("pool", pool.id, [kari.id], "REMOVED") == set()

        assert await standing(pool) == set()
        assert [row.end_reason for row in await Assignment.rows(sql("true"))] == ["REMOVED"]


async def test_d21_a_pool_and_an_attribute_that_are_kept_alike_follow_each_other():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        pool = await Pool.create(name="Members", number=1)
        attribute = await Attribute.create(name="Member")
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        sync = await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=True, reconcile="UNION")

        await give("pool", pool.id, [kari.id], BY_HAND)
        await give("attribute", attribute.id, [ola.id], BY_HAND)
        assert await standing(pool) == await standing(attribute) == {kari.id, ola.id}
        await take("attribute", attribute.id, [kari.id], "REMOVED")
        assert await standing(pool) == await standing(attribute) == {ola.id}

        await Sync.filter(id=sync.id).update(two_way=False)  # as with the pool of a performance
        await give("attribute", attribute.id, [kari.id], BY_HAND)
        assert (await standing(pool), await standing(attribute)) == ({ola.id}, {kari.id, ola.id})


async def test_what_differed_when_they_began_to_be_kept_alike_stays_until_it_changes():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        pool = await Pool.create(name="Members", number=1)
        attribute = await Attribute.create(name="Member")
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        await give("pool", pool.id, [kari.id], BY_HAND)
        await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=True, reconcile="NONE")

        assert await give("pool", pool.id, [kari.id, ola.id], BY_HAND) == {ola.id}

        assert (await standing(pool), await standing(attribute)) == ({kari.id, ola.id}, {ola.id})


async def test_many_writers_at_once_make_one_assignment_and_no_deadlock():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        pool, attribute = await Pool.create(name="Members", number=1), await Attribute.create(name="Member")
        await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=True, reconcile="UNION")
        customers = [(await make_customer(f"No. {n}")).id for n in range(6)]

    async def write(n: int) -> None:
        kind, group = (("pool", pool), ("attribute", attribute))[n % 2]
        async with tenancy.scope(venue.id):
            theirs = customers[n % 3 :][:: -1 if n % 2 else 1]
            if n % 5 == 4:
                await take(kind, group.id, theirs, "REMOVED")
            else:
                await give(kind, group.id, theirs, BY_HAND)

    await asyncio.gather(*(write(n) for n in range(20)))

    async with tenancy.scope(venue.id):
        assert await standing(pool) == await standing(attribute)
        twice = (
            "select from assignments where tenant_id = {venue} and ended_at is null "
            "group by group_id, customer_id having count(*) > 1"
        )
        assert await tenancy.fetch(sql(twice)) == []
