"""Files: planned, then applied; interrupted and resumed; what is wrong is said with row, column, code and sentence."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tenants import files, tenancy
from tenants.catalogue import TicketType
from tenants.errors import Refusal
from tenants.imports import apply as applying
from tenants.imports import reading, records
from tenants.imports.apply import apply
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.sql import sql
from tests.builders import make_venue

SALES = Mapping(
    [
        FieldMapping("externalId", template="line {#}"),
        FieldMapping("order", column="Order no"),
        FieldMapping("customer", column="Buyer"),
        FieldMapping("channel", value="BOX_OFFICE"),
        FieldMapping("orderedAt", template="{Day} {Time}"),
        FieldMapping("performance", column="Show"),
        FieldMapping("quantity", column="Qty"),
        FieldMapping("amount", column="Paid"),
    ],
    ["-"],
)
HEADING = "Order no,Buyer,Day,Time,Show,Qty,Paid\n"


async def hand_in(venue, text, kind="sales", mapping=SALES, **options):
    async def arriving():
        data = text if isinstance(text, bytes) else text.encode()
        for start in range(0, len(data), 700_000):
            yield data[start : start + 700_000]

    file = await files.store(venue.id, "sales.csv", arriving())
    async with tenancy.scope(venue.id):
        made = await records.create(kind, file, mapping, create_missing=True, by_job=False, **options)
    return made.id


async def look(venue, import_id):
    async with tenancy.scope(venue.id):
        return await records.find(import_id)


async def problems(venue, import_id):
    async with tenancy.scope(venue.id):
        found = await tenancy.fetch(
            sql(
                "select row_number, column_name, code from import_problems "
                "where tenant_id = {venue} and import_id = {i} order by 1, position",
                i=import_id,
            )
        )
        return [tuple(p.values()) for p in found]


async def start(venue, import_id):
    async with tenancy.scope(venue.id):
        await records.start_applying(import_id, by_job=False)


async def sold(venue):
    async with tenancy.scope(venue.id):
        return tuple(
            await tenancy.fetch_one(
                sql(
                    "select count(*), coalesce(sum(l.quantity), 0)::int, coalesce(sum(l.amount), 0)::int, "
                    "count(distinct l.order_id) from ticket_lines l where l.tenant_id = {venue}"
                )
            )
        )


async def a_house(*shows):
    from tests.tenants.test_upserts import write

    venue = await make_venue()
    await write(venue, "performances", *({"external_id": s, "production": s} for s in shows), create_missing=True)
    return venue


async def test_a_plan_says_what_applying_does_and_applying_twice_changes_nothing():
    venue = await a_house("hedda")
    text = HEADING + (
        "1,anna,2026-03-01,19:30,hedda,2,500.00\n"
        "1,anna,2026-03-01,19:30,hedda,1,125.50\n"
        "2,-,2026-03-02,7:30PM,hedda,x,10\n"
        "3,bo,2026-03-02,10:00,peer,1,10.00\n"
        "1,bo,2026-03-01,19:30,hedda,1,10.00\n"
        "4,bo,2026-03-02\n"
        "5,-,2026-03-03,10:00,hedda,-,99\n"
    )
    import_id = await hand_in(venue, text)

    await plan(venue.id, import_id)

    planned = await look(venue, import_id)
    assert (planned.state, planned.rows_total) == ("PLANNED", 7)
    assert planned.planned == {"creates": 3, "updates": 0, "unchanged": 0, "conflicts": 1, "invalid": 3}
    assert await problems(venue, import_id) == [
        (4, "quantity", "INVALID_VALUE"),
        (5, "performance", "UNKNOWN_REFERENCE"),
        (6, "customer", "CONFLICTING_ROWS"),
        (7, None, "WRONG_COLUMN_COUNT"),
    ]
    assert await sold(venue) == (0, 0, 0, 0)

    await start(venue, import_id)
    await apply(venue.id, import_id)

    applied = await look(venue, import_id)
    assert (applied.state, applied.applied) == ("APPLIED", planned.planned)
    assert await sold(venue) == (3, 4, 72_450, 2)

    again = await hand_in(venue, text)
    await plan(venue.id, again)
    await start(venue, again)
    await apply(venue.id, again)
    assert (await look(venue, again)).applied == {"creates": 0, "updates": 0, "unchanged": 3, "conflicts": 1, "invalid": 3}
    assert await sold(venue) == (3, 4, 72_450, 2)


async def test_an_interrupted_import_goes_on_where_it_was(monkeypatch):
    venue = await a_house("hedda")
    text = HEADING + "".join(f"{n // 3},c{n // 3 % 7},2026-03-01,19:30,hedda,1,10.00\n" for n in range(2000))
    monkeypatch.setattr(reading.batches, "__kwdefaults__", {"after": 0, "size": 300})
    import_id = await hand_in(venue, text)
    await plan(venue.id, import_id)
    await start(venue, import_id)

    real, calls = applying._apply, 0

    async def breaks(task, batch, house):
        nonlocal calls
        calls += 1
        await real(task, batch, house)
        if calls == 4:
            raise RuntimeError("the worker died inside this batch")

    monkeypatch.setattr(applying, "_apply", breaks)
    with pytest.raises(RuntimeError):
        await apply(venue.id, import_id)
    assert (await sold(venue))[0] == 900
    assert (await look(venue, import_id)).state == "APPLYING"

    await apply(venue.id, import_id)
    assert (await look(venue, import_id)).applied == {"creates": 2000, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 0}
    assert await sold(venue) == (2000, 2000, 2_000_000, 667)


async def test_two_processes_applying_write_everything_once(monkeypatch):
    venue = await a_house("hedda")
    text = HEADING + "".join(f"{n},c{n % 7},2026-03-01,19:30,hedda,1,10.00\n" for n in range(1000))
    monkeypatch.setattr(reading.batches, "__kwdefaults__", {"after": 0, "size": 100})
    import_id = await hand_in(venue, text)
    await plan(venue.id, import_id)
    await start(venue, import_id)

    ended = await asyncio.gather(apply(venue.id, import_id), apply(venue.id, import_id), return_exceptions=True)

    assert {e.code for e in ended if isinstance(e, Refusal)} <= {"WRONG_STATE"}
    await apply(venue.id, import_id)
    assert await sold(venue) == (1000, 1000, 1_000_000, 1000)
    assert (await look(venue, import_id)).applied["creates"] == 1000


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (Mapping([FieldMapping("externalId", column="Nope")], []), "UNKNOWN_COLUMN"),
        (Mapping([FieldMapping("colour", column="Buyer")], []), "UNKNOWN_FIELD"),
        (Mapping([FieldMapping("order", column="Buyer")], []), "REQUIRED"),
        (Mapping([FieldMapping("externalId", template="{Buyer")], []), "BAD_USER_INPUT"),
    ],
)
async def test_a_mapping_that_does_not_fit_fails_with_a_reason(mapping, code):
    venue = await make_venue()
    import_id = await hand_in(venue, HEADING, mapping=mapping)
    await plan(venue.id, import_id)
    failed = await look(venue, import_id)
    assert (failed.state, failed.error_code) == ("FAILED", code)


async def test_bytes_that_are_no_text_are_a_problem_of_their_row():
    venue = await make_venue()
    text = b"external_id;name\na;Sm\xe5 sal\nb;\xc3\x98vre sal\n\xff;x\nc;" + b"x" * 400 + b"\n"
    import_id = await hand_in(venue, text, "halls", Mapping([], []))
    await plan(venue.id, import_id)
    assert (await look(venue, import_id)).planned == {"creates": 1, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 3}
    assert await problems(venue, import_id) == [
        (2, "name", "INVALID_VALUE"),
        (4, "external_id", "INVALID_VALUE"),
        (5, "name", "TOO_LONG"),
    ]


async def test_what_old_imports_hold_about_people_goes_after_a_month():
    venue = await a_house("hedda")
    text = HEADING + "1,anna,2026-03-01,19:30,hedda,1,500.00\n2,bo,2026-03-01,19:30,hedda,x,500.00\n"
    applied, only_planned, fresh = [await hand_in(venue, text) for _ in range(3)]
    for import_id in (applied, only_planned, fresh):
        await plan(venue.id, import_id)
    await start(venue, applied)
    await apply(venue.id, applied)
    async with tenancy.scope(venue.id):
        await records.Import.filter(id__in=[applied, only_planned]).update(updated_at=datetime.now(UTC) - timedelta(days=31))

    async with tenancy.scope(venue.id):
        await records.forget_old()
    await files.forget_bytes(venue.id)

    assert [(i.state, i.error_code) for i in [await look(venue, i) for i in (applied, only_planned, fresh)]] == [
        ("APPLIED", None),
        ("FAILED", "EXPIRED"),
        ("PLANNED", None),
    ]
    assert [len(await problems(venue, i)) for i in (applied, only_planned, fresh)] == [0, 0, 1]
    async with tenancy.scope(venue.id):
        left = await tenancy.fetch(sql("select file_id from file_chunks where tenant_id = {venue}"))
    assert [piece.file_id for piece in left] == [(await look(venue, fresh)).file_id]
    assert (await look(venue, applied)).applied["creates"] == 1
    await start(venue, fresh)
    await apply(venue.id, fresh)
    assert (await look(venue, fresh)).applied["unchanged"] == 1


async def test_a_file_of_another_house_is_not_there():
    ours, theirs = await make_venue(), await make_venue()
    import_id = await hand_in(theirs, "external_id,name\na,A\n", "halls", Mapping([], []))
    file_id = (await look(theirs, import_id)).file_id
    for file in (file_id, uuid4()):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            async with tenancy.scope(ours.id):
                await records.create("halls", file, Mapping([], []))


async def test_yes_and_no_are_read_as_people_write_them():
    venue = await make_venue()
    text = "external_id,name,restricted\na,Adult,nei\nb,Member,JA\nc,Staff,1\nd,Student,\ne,Child,perhaps\n"
    import_id = await hand_in(venue, text, "ticket_types", Mapping([], []))
    await plan(venue.id, import_id)
    assert await problems(venue, import_id) == [(6, "restricted", "INVALID_VALUE")]

    await start(venue, import_id)
    await apply(venue.id, import_id)

    async with tenancy.scope(venue.id):
        types = await TicketType.rows(sql("true"), tail=sql("order by t.name"))
    assert {row.name: row.restricted for row in types} == {"Adult": False, "Member": True, "Staff": True, "Student": False}
