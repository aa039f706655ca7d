"""What a plan says of rows that are there already: before and after; and that nobody overwrites what they have not seen."""

from datetime import timedelta

from tenants import tenancy
from tenants.imports import changes
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tests.builders import make_key, make_venue
from tests.gateway.clients import ask, client
from tests.tenants.test_import_files import bring, customers, read
from tests.tenants.test_imports import hand_in, look, problems
from tests.tenants.test_refunds import HEADING, SALES, a_house
from tests.tenants.test_upserts import write

BUYERS = Mapping([FieldMapping(field, field) for field in ("externalId", "lastName", "city", "version")], [])


async def planned(venue, data, kind="customers", mapping=BUYERS):
    """An import that is planned, and what it says would change."""
    task = await hand_in(venue, data, kind, mapping)
    await plan(venue.id, task)
    async with tenancy.scope(venue.id):
        found = await changes.page(task, 0)
    return task, [tuple(change.values()) for change in found]


async def test_a_plan_tells_what_was_there_and_what_would_be():
    venue = await make_venue()
    await write(venue, "customers", *({"external_id": e, "last_name": "Ås", "city": "Oslo"} for e in "abc"))
    data = "externalId,lastName,city,version\na,Ås,Oslo,\nb,Øs,,\nc,Ås,Bodø,\nd,Ny,Oslo,\n"

    task, told = await planned(venue, data)

    assert told == [(3, "last_name", "Ås", "Øs"), (3, "city", "Oslo", None), (4, "city", "Oslo", "Bodø")]
    assert (await look(venue, task)).planned == {"creates": 1, "updates": 2, "unchanged": 1, "conflicts": 0, "invalid": 0}
    assert [name for _, name, _ in await customers(venue)] == ["Ås"] * 3


async def test_of_sales_amounts_and_other_objects_are_told_as_people_know_them():
    venue = await a_house()
    await bring(HEADING + "1,1,anna,2026-03-01 10:00,hedda,2,900.00\n", "sales", SALES, venue)
    _, told = await planned(venue, HEADING + "1,1,bo,2026-03-01 10:00,peer,2,850.50\n", "sales", SALES)
    assert sorted(told) == [
        (2, "amount", "900.00", "850.50"),
        (2, "customer", "anna", "bo"),
        (2, "performance", "hedda", "peer"),
        (2, "price", "450.00", "425.25"),
    ]


async def test_a_file_that_was_exported_before_somebody_else_wrote_does_not_overwrite_it():
    venue = await make_venue()
    await write(venue, "customers", *({"external_id": e, "last_name": "Ås", "city": "Oslo"} for e in "abc"))
    versions = dict(await read(venue, "select external_id, updated_at from customers where tenant_id = {venue}"))
    await write(venue, "customers", {"external_id": "b", "city": "Bodø"}, {"external_id": "c", "city": "Bodø"})
    told = {"a": "Vik,Oslo", "b": "Vik,Oslo", "c": "Ås,Bodø"}  # c is as it has become in the meantime
    data = "externalId,lastName,city,version\n" + "".join(f"{e},{said},{versions[e].isoformat()}\n" for e, said in told.items())

    venue, done = await bring(data, mapping=BUYERS, venue=venue)

    assert done.applied == {"creates": 0, "updates": 1, "unchanged": 1, "conflicts": 1, "invalid": 0}
    assert await problems(venue, done.id) == [(3, "version", "CHANGED_SINCE")]
    assert await customers(venue) == [("a", "Vik", "Oslo"), ("b", "Ås", "Bodø"), ("c", "Ås", "Bodø")]
    async with tenancy.scope(venue.id):
        lost = [tuple(change.values()) for change in await changes.page(done.id, 2)]
    assert lost == [(3, "last_name", "Ås", "Vik"), (3, "city", "Bodø", "Oslo")]


async def test_an_upsert_that_names_a_version_is_refused_when_it_is_old():
    venue = await make_venue()
    await write(venue, "halls", {"external_id": "a", "name": "Store sal"})
    ((version,),) = await read(venue, "select updated_at from halls where tenant_id = {venue}")
    short = version.replace(microsecond=version.microsecond // 1000 * 1000)

    assert await write(venue, "halls", {"external_id": "a", "name": "Lille sal", "version": short}) == [("UPDATED", [])]
    assert await write(venue, "halls", {"external_id": "a", "name": "Kjeller", "version": version - timedelta(seconds=1)}) == [
        ("REJECTED", [("version", "CHANGED_SINCE")])
    ]
    assert await write(venue, "halls", {"external_id": "b", "name": "Ny", "version": version}) == [("CREATED", [])]
    assert await read(venue, "select name from halls where tenant_id = {venue} order by name") == [("Lille sal",), ("Ny",)]


async def test_who_may_not_read_customers_is_not_told_of_them_by_an_import():
    venue = await make_venue()
    await write(venue, "customers", {"external_id": "a", "last_name": "Ås", "city": "Oslo"})
    task, _ = await planned(venue, "externalId,lastName,city,version\na,Vik,Oslo,\n")
    asked = f'{{ node(id: "Import_{task.hex}") {{ ... on Import {{ changes {{ row field before after }} }} }} }}'
    async with client() as asking:
        blind, seeing = [
            (await ask(asking, asked, token=await make_key(venue, "imports:write", *more))).json()["data"]["node"]["changes"]
            for more in ((), ("customers:read",))
        ]
    assert (blind, seeing) == (None, [{"row": 2, "field": "lastName", "before": "Ås", "after": "Vik"}])


async def test_texts_in_other_languages_are_told_one_by_one():
    venue = await make_venue()
    await bring("external_id,name,name:en\na,Sal,Hall\n", "halls", Mapping([], []), venue)
    _, told = await planned(venue, "external_id,name,name:en\na,Sal,Great hall\n", "halls", Mapping([], []))
    assert told == [(2, "name:en", "Hall", "Great hall")]
