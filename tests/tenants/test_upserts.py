"""Rows by external id: created, changed, left alone, rejected; one engine behind the API's upserts and the imports."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tenants import tenancy
from tenants.errors import Refusal
from tenants.sql import sql
from tenants.upserts.engine import upsert
from tenants.upserts.kinds import KINDS
from tenants.upserts.rows import House, Row
from tests.builders import make_venue

OSLO = House(ZoneInfo("Europe/Oslo"), "NOK")


def rows(*values):
    return [Row(n, dict(v)) for n, v in enumerate(values, 1)]


async def write(venue, kind, *values, **options):
    given = rows(*values)
    async with tenancy.scope(venue.id):
        await upsert(KINDS[kind], given, OSLO, **options)
    return [(r.status, [(p.field, p.code) for p in r.problems]) for r in given]


async def read(venue, statement):
    async with tenancy.scope(venue.id):
        return [tuple(r.values()) for r in await tenancy.fetch(sql(statement))]


async def test_rows_are_created_then_left_alone_then_changed():
    venue = await make_venue()
    halls = [{"external_id": "a", "name": "Store sal", "capacity": 600}, {"external_id": "b", "name": "Lille sal"}]

    assert await write(venue, "halls", *halls) == [("CREATED", []), ("CREATED", [])]
    assert await write(venue, "halls", *halls) == [("UNCHANGED", []), ("UNCHANGED", [])]
    assert await write(venue, "halls", {"external_id": "a", "capacity": 650}, {"external_id": "c", "name": "Kjeller"}) == [
        ("UPDATED", []),
        ("CREATED", []),
    ]

    assert await read(venue, "select external_id, name, capacity from halls where tenant_id = {venue} order by 1") == [
        ("a", "Store sal", 650),
        ("b", "Lille sal", None),
        ("c", "Kjeller", None),
    ]


async def test_a_new_object_must_be_whole_and_a_known_one_need_not():
    venue = await make_venue()
    assert await write(venue, "performances", {"external_id": "p1", "status": "CANCELLED"}) == [
        ("REJECTED", [("production", "REQUIRED")])
    ]
    await write(venue, "productions", {"external_id": "hedda", "name": "Hedda Gabler"})
    await write(venue, "performances", {"external_id": "p1", "production": "hedda"})
    assert await write(venue, "performances", {"external_id": "p1", "status": "CANCELLED"}) == [("UPDATED", [])]
    assert await read(venue, "select external_id, status from performances where tenant_id = {venue}") == [("p1", "CANCELLED")]


async def test_an_unknown_reference_is_a_problem_or_is_made():
    venue = await make_venue()
    row = {"external_id": "p1", "production": "hedda", "production_name": "Hedda Gabler", "hall": "H", "season": "S"}

    assert await write(venue, "performances", row) == [("REJECTED", [("production", "UNKNOWN_REFERENCE")])]
    assert await read(venue, "select count(*) from performances where tenant_id = {venue}") == [(0,)]

    assert await write(venue, "performances", row, create_missing=True) == [("CREATED", [])]
    made = (
        "select p.name, h.name, s.name from performances e, productions p, halls h, seasons s "
        "where e.tenant_id = {venue} and p.tenant_id = {venue} and h.tenant_id = {venue} and s.tenant_id = {venue}"
    )
    assert await read(venue, made) == [("Hedda Gabler", "H", "S")]


async def test_rows_of_one_object_must_agree_and_a_repetition_is_no_harm():
    venue = await make_venue()
    same, other = {"external_id": "a", "name": "Store sal"}, {"external_id": "a", "name": "Lille sal"}

    assert await write(venue, "halls", same, same, other) == [
        ("CREATED", []),
        ("UNCHANGED", []),
        ("REJECTED", [("external_id", "CONFLICTING_ROWS")]),
    ]
    assert await read(venue, "select name from halls where tenant_id = {venue}") == [("Store sal",)]


@pytest.mark.parametrize(
    ("kind", "good", "bad", "told"),
    [
        ("halls", {"name": "Store sal"}, {"name": None}, ("name", "REQUIRED")),
        (
            "seasons",
            {"name": "2026"},
            {"starts_on": date(2027, 6, 1), "ends_on": date(2027, 5, 31)},
            ("ends_on", "INVALID_VALUE"),
        ),
        ("customers", {}, {"country": ""}, ("country", "INVALID_VALUE")),
        ("ticket_types", {"name": "Adult", "position": None}, {"name": None, "position": 1}, ("name", "REQUIRED")),
    ],
)
async def test_what_the_database_would_refuse_is_told_before(kind, good, bad, told):
    venue = await make_venue()

    assert await write(venue, kind, {"external_id": "a", **good}) == [("CREATED", [])]
    assert await write(venue, kind, {"external_id": "a", **bad}) == [("REJECTED", [told])]
    assert await write(venue, kind, {"external_id": "a", **good}) == [("UNCHANGED", [])]


async def test_a_season_cannot_end_before_the_start_it_has_already():
    venue = await make_venue()
    await write(venue, "seasons", {"external_id": "a", "name": "2027", "starts_on": date(2027, 6, 1)})

    with pytest.raises(Refusal, match="send both"):
        await write(venue, "seasons", {"external_id": "a", "ends_on": date(2027, 5, 31)})
    assert await read(venue, "select ends_on from seasons where tenant_id = {venue}") == [(None,)]


async def test_all_or_nothing_writes_nothing():
    venue = await make_venue()
    good, bad = {"external_id": "a", "name": "Store sal"}, {"external_id": "b"}
    assert await write(venue, "halls", good, bad, all_or_nothing=True) == [("REJECTED", []), ("REJECTED", [("name", "REQUIRED")])]
    assert await read(venue, "select count(*) from halls where tenant_id = {venue}") == [(0,)]


async def test_a_dry_run_says_what_a_real_one_does_and_writes_nothing():
    venue = await make_venue()
    await write(venue, "halls", {"external_id": "a", "name": "A"}, {"external_id": "b", "name": "B"})
    given = [{"external_id": "a", "name": "A"}, {"external_id": "b", "name": "Ny"}, {"external_id": "c", "name": "C"}]

    said = await write(venue, "halls", *given, dry=True)
    assert said == [("UNCHANGED", []), ("UPDATED", []), ("CREATED", [])]
    assert await read(venue, "select name from halls where tenant_id = {venue} order by 1") == [("A",), ("B",)]
    assert await write(venue, "halls", *given) == said


async def test_lines_of_sale_make_orders_customers_and_exact_money():
    venue = await make_venue()
    await write(venue, "performances", {"external_id": "p", "production": "x"}, create_missing=True)
    at = datetime(2026, 3, 1, 18, tzinfo=UTC)
    order = {"order": "o1", "customer": "c1", "channel": "ONLINE", "ordered_at": at, "performance": "p"}
    lines = [
        {"external_id": "l1", **order, "quantity": 3, "amount": Decimal("20.00")},
        {"external_id": "l2", **order, "quantity": 2, "price": Decimal("12.345"), "ticket_type": "Adult"},
        {"external_id": "l3", **order, "quantity": 0, "price": Decimal(1)},
    ]
    assert await write(venue, "sales", *lines, create_missing=True) == [
        ("CREATED", []),
        ("CREATED", []),
        ("REJECTED", [("quantity", "INVALID_VALUE")]),
    ]
    assert await read(
        venue, "select quantity, price, amount from ticket_lines where tenant_id = {venue} order by external_id"
    ) == [
        (3, 667, 2000),
        (2, 1235, 2469),
    ]
    assert await read(
        venue,
        "select o.external_id, o.currency, o.ordered_at, c.external_id, c.number from orders o join customers c "
        "on c.tenant_id = o.tenant_id and c.id = o.customer_id where o.tenant_id = {venue}",
    ) == [("o1", "NOK", at, "c1", 1)]


async def test_a_foreign_house_is_not_there():
    ours, theirs = await make_venue(), await make_venue()
    await write(theirs, "productions", {"external_id": "hedda", "name": "Hedda Gabler"})
    assert await write(ours, "performances", {"external_id": "p", "production": "hedda"}) == [
        ("REJECTED", [("production", "UNKNOWN_REFERENCE")])
    ]
    assert await write(ours, "productions", {"external_id": "hedda", "name": "Ours"}) == [("CREATED", [])]
    assert await read(theirs, "select name from productions where tenant_id = {venue}") == [("Hedda Gabler",)]


async def test_staff_of_an_organisation_write_their_own_performances_only():
    venue = await make_venue()
    await write(venue, "organisations", {"external_id": "theatre", "name": "T"}, {"external_id": "cinema", "name": "C"})
    await write(venue, "productions", {"external_id": "x", "name": "X"})
    await write(venue, "performances", {"external_id": "film", "production": "x", "organisations": ["cinema"]})
    ids = dict(await read(venue, "select external_id, id from organisations where tenant_id = {venue}"))

    async def as_theatre(kind, *values):
        given = rows(*values)
        async with tenancy.scope(venue.id, organisations=frozenset({ids["theatre"]})):
            await upsert(KINDS[kind], given, OSLO)
        return [(r.status, [(p.field, p.code) for p in r.problems]) for r in given]

    assert await as_theatre(
        "performances",
        {"external_id": "film", "status": "CANCELLED"},
        {"external_id": "play", "production": "x"},
        {"external_id": "show", "production": "x", "organisations": ["cinema"]},
    ) == [
        ("REJECTED", [("external_id", "FORBIDDEN")]),
        ("CREATED", []),
        ("REJECTED", [("organisations", "UNKNOWN_REFERENCE")]),
    ]
    assert await as_theatre("performances", {"external_id": "play", "organisations": []}) == [("UNCHANGED", [])]
    price = {"performance": "film", "ticket_type": "adult", "amount": Decimal(1)}
    await write(venue, "ticket_types", {"external_id": "adult", "name": "Adult"})
    assert await as_theatre("prices", price) == [("REJECTED", [("performance", "UNKNOWN_REFERENCE")])]

    assert await read(
        venue, "select external_id, status, organisation_ids from performances where tenant_id = {venue} order by 1"
    ) == [("film", "ON_SALE", [ids["cinema"]]), ("play", "ON_SALE", [ids["theatre"]])]


async def test_staff_of_one_organisation_take_nothing_from_another():
    venue = await make_venue()
    await write(venue, "organisations", {"external_id": "theatre", "name": "T"}, {"external_id": "cinema", "name": "C"})
    await write(venue, "productions", {"external_id": "x", "name": "X"})
    both = {"external_id": "both", "production": "x", "organisations": ["theatre", "cinema"]}
    await write(venue, "performances", both, {"external_id": "everybody's", "production": "x"})
    ids = dict(await read(venue, "select external_id, id from organisations where tenant_id = {venue}"))

    async def as_staff(organisations, *values):
        given = rows(*values)
        async with tenancy.scope(venue.id, organisations=frozenset(ids[o] for o in organisations)):
            await upsert(KINDS["performances"], given, OSLO)
        return [(r.status, [(p.field, p.code) for p in r.problems]) for r in given]

    taken = [{"external_id": e, "organisations": ["theatre"], "capacity": 1} for e in ("both", "everybody's")]
    assert await as_staff(["theatre"], *taken) == [("REJECTED", [("organisations", "FORBIDDEN")])] * 2
    unsaid = [{"external_id": e, "organisations": [], "capacity": 2} for e in ("both", "everybody's")]
    assert await as_staff(["theatre"], *unsaid) == [("UPDATED", [])] * 2
    now = "select external_id, capacity, cardinality(organisation_ids) from performances where tenant_id = {venue} order by 1"
    assert await read(venue, now) == [("both", 2, 2), ("everybody's", 2, 0)]

    assert await as_staff(["theatre", "cinema"], taken[0]) == [("UPDATED", [])]
    assert await read(venue, now) == [("both", 1, 1), ("everybody's", 2, 0)]


async def test_two_calls_at_once_make_one_object():
    venue = await make_venue()
    given = [{"external_id": f"c{n}", "last_name": "Nordmann"} for n in range(200)]

    told = await asyncio.gather(*(write(venue, "customers", *given) for _ in range(8)))

    assert {status for result in told for status, _ in result} <= {"CREATED", "UNCHANGED"}
    found = await read(
        venue, "select count(*), count(distinct number), count(distinct external_id) from customers where tenant_id = {venue}"
    )
    assert found == [(200, 200, 200)]
