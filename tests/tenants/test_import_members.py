"""Files that put customers in flags, pools and attributes: planned, applied, applied again, kept alike by a sync."""

from datetime import date
from typing import Any

import pytest

from tenants import tenancy
from tenants.assignments import Assignment, Cause, give
from tenants.attributes import Attribute
from tenants.flags import Flag
from tenants.imports.apply import apply
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.organisations import Organisation
from tenants.pools import Pool
from tenants.sql import sql
from tenants.syncs import Sync
from tests.builders import make_customer, make_performance, make_venue
from tests.tenants.test_imports import hand_in, look, problems, start

NOTHING = {"creates": 0, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 0}
BY_HEADING = Mapping([], [])


async def a_house() -> tuple[Any, dict[str, Any]]:
    """A venue and three customers, two of whom share an address."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        made = {
            "kari": await make_customer("Kari", external_id="k1", number=11, email="kari@example.org"),
            "ola": await make_customer("Ola", external_id="o1", number=12, email="Home@example.org"),
            "per": await make_customer("Per", external_id="p1", number=13, email="home@example.org"),
        }
    return venue, made


async def brought(venue: Any, text: str, kind: str, mapping: Mapping = BY_HEADING) -> Any:
    """The import once it is applied; planning and applying said the same."""
    import_id = await hand_in(venue, text, kind, mapping)
    await plan(venue.id, import_id)
    assert (await look(venue, import_id)).state == "PLANNED"
    await start(venue, import_id)
    await apply(venue.id, import_id)
    done = await look(venue, import_id)
    assert (done.state, done.applied) == ("APPLIED", done.planned)
    return done


async def members(venue: Any, group: Any) -> list[Any]:
    """Who is in a group, and how they came to be."""
    async with tenancy.scope(venue.id):
        found = await tenancy.fetch(
            sql(
                "select c.first_name, a.source from assignments a "
                "join customers c on c.tenant_id = {venue} and c.id = a.customer_id "
                "where a.tenant_id = {venue} and a.group_id = {group} and a.ended_at is null order by 1",
                group=group.id,
            )
        )
        return [tuple(row.values()) for row in found]


async def test_a4_a_list_of_customers_is_brought_in_for_a_flag_a_pool_and_an_attribute():
    venue, _ = await a_house()
    async with tenancy.scope(venue.id):
        groups = {
            "flag": await Flag.create(name="VIP", abbreviation="V", external_id="vip"),
            "pool": await Pool.create(name="Members", number=7, external_id="7x"),
            "attribute": await Attribute.create(name="Member"),
        }
    for kind, field, text in [
        ("flag_assignments", "flag", "vip"),
        ("pool_members", "pool", "7"),
        ("attribute_assignments", "attribute", "Member"),
    ]:
        mapping = Mapping([FieldMapping("customer", column="id"), FieldMapping(field, value=text)], [])
        done = await brought(venue, "id\nk1\no1\nk1\n", kind, mapping)
        assert done.applied == NOTHING | {"creates": 2, "unchanged": 1}
        assert await members(venue, groups[field]) == [("Kari", "IMPORT"), ("Ola", "IMPORT")]

        again = await brought(venue, "id\nk1\no1\np1\n", kind, mapping)
        assert again.applied == NOTHING | {"creates": 1, "unchanged": 2}


async def test_a_row_names_a_customer_in_three_ways_and_may_take_them_out():
    venue, made = await a_house()
    async with tenancy.scope(venue.id):
        vip, other = await Flag.create(name="VIP", abbreviation="V"), await Flag.create(name="Press", abbreviation="P")
        await give("flag", other.id, [made["per"].id], Cause("MANUAL"))
    text = (
        "customer,number,email,flag,remove\n"
        "k1,,,VIP,\n"
        ",12,,VIP,no\n"
        ",,KARI@example.org,Press,\n"
        "p1,999,,Press,yes\n"
        ",,home@example.org,VIP,\n"
        "nobody,12,,VIP,\n"
        ",,,VIP,\n"
        "k1,,,VIP,ja\n"
        "k1,,,Nothing,\n"
        "k1,,,,\n"
    )

    done = await brought(venue, text, "flag_assignments")

    assert done.applied == {"creates": 3, "updates": 1, "unchanged": 0, "conflicts": 1, "invalid": 5}
    assert await problems(venue, done.id) == [
        (6, "email", "UNKNOWN_REFERENCE"),
        (7, "customer", "UNKNOWN_REFERENCE"),
        (8, "customer", "REQUIRED"),
        (9, "remove", "CONFLICTING_ROWS"),
        (10, "flag", "UNKNOWN_REFERENCE"),
        (11, "flag", "REQUIRED"),
    ]
    assert await members(venue, vip) == [("Kari", "IMPORT"), ("Ola", "IMPORT")]
    assert await members(venue, other) == [("Kari", "IMPORT")]


@pytest.mark.parametrize("kind", ["pool", "attribute"])
async def test_y3_y6_a_list_for_a_pool_or_an_attribute_that_are_kept_alike_is_on_the_other_side_at_once(kind):
    venue, _ = await a_house()
    async with tenancy.scope(venue.id):
        pool = await Pool.create(name="Members", number=1)
        attribute = await Attribute.create(name="Member")
        await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=True, reconcile="UNION")
    here, there = (pool, attribute) if kind == "pool" else (attribute, pool)
    of = {"pool": "pool_members", "attribute": "attribute_assignments"}[kind]

    await brought(venue, f"customer,{kind}\nk1,{here.name}\no1,{here.name}\n", of)
    assert await members(venue, there) == [("Kari", "SYNC"), ("Ola", "SYNC")]

    await brought(venue, f"customer,{kind},remove\nk1,{here.name},x\n", of)
    assert await members(venue, there) == [("Ola", "SYNC")]


async def test_what_takes_nobody_or_is_anothers_gets_nobody_by_a_file():
    venue, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        await Flag.create(name="Over", abbreviation="O", expires_on=date(2020, 1, 1))
        await Flag.create(name="Film club", abbreviation="F", organisation_ids=[cinema.id])
        await Flag.create(name="Twice", abbreviation="T")
        await Flag.create(name="Twice", abbreviation="T")
        evening = await make_performance()
        await Pool.create(name="Premiere", number=3, kind="EVENT", performance_id=evening.id)
    text = "customer,flag\nk1,Over\nk1,Film club\nk1,Twice\n"

    flags = await hand_in(venue, text, "flag_assignments", BY_HEADING)
    async with tenancy.scope(venue.id):
        await tenancy.execute(
            sql(
                "update imports set organisation_ids = {o}::uuid[] where tenant_id = {venue} and id = {i}",
                o=[theatre.id],
                i=flags,
            )
        )
    await plan(venue.id, flags)
    assert await problems(venue, flags) == [
        (2, "flag", "WRONG_STATE"),
        (3, "flag", "UNKNOWN_REFERENCE"),
        (4, "flag", "UNKNOWN_REFERENCE"),
    ]
    pools = await brought(venue, "customer,pool\nk1,3\n", "pool_members")
    assert await problems(venue, pools.id) == [(2, "pool", "WRONG_STATE")]
    async with tenancy.scope(venue.id):
        assert await Assignment.rows(sql("true")) == []
