"""A venue's own fields in files: as the house writes them, told before and after, and written by many at once."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.custom_fields import holding
from tenants.custom_fields.inputs import CustomFieldCreate, CustomFieldOptionRow, CustomFieldTranslationRow, CustomFieldUpdate
from tenants.custom_fields.manage import archive, create, update
from tenants.custom_fields.values import held as value_of
from tenants.customers import Customer
from tenants.errors import Refusal
from tenants.imports import changes, preview, saved
from tenants.imports.apply import apply
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.sql import sql
from tenants.texts import NameTranslationRow
from tenants.upserts import calls, shapes
from tenants.upserts.custom import CustomFieldValueRow
from tests.builders import make_venue
from tests.tenants.test_import_files import workbook
from tests.tenants.test_imports import hand_in, look, problems, start
from tests.tenants.test_refunds import HEADING, SALES, a_house

TYPES = {"diet": "TEXT", "seats": "INTEGER", "rate": "DECIMAL", "vip": "BOOLEAN", "since": "DATE", "called_at": "DATETIME"}
OPTIONS = [
    CustomFieldOptionRow("front", "Foran", [NameTranslationRow("en", "Front")]),
    CustomFieldOptionRow("middle_row", "Midt på"),
]


async def defined(venue, on="CUSTOMER"):
    """All types of fields; their ids by key."""
    made = {}
    async with tenancy.scope(venue.id):
        for key, type_ in TYPES.items():
            made[key] = (await create(CustomFieldCreate(object=on, key=key, type=type_, name=key.capitalize()))).id
        english = [CustomFieldTranslationRow("en", "Seat row")]
        row = CustomFieldCreate(object=on, key="row", type="CHOICE", name="Rad", translations=english, options=OPTIONS)
        made["row"] = (await create(row)).id
    return made


async def held(venue, on="CUSTOMER"):
    """What objects hold, as texts, by external id and key."""
    async with tenancy.scope(venue.id):
        table = f"{on.lower()}s"
        ids = {row.id: row.external_id for row in await tenancy.fetch(sql(f"select * from {table} where tenant_id = {{venue}}"))}
        found = await holding.OF[on](list(ids))
        values = {ids[i]: {row.key: row for row in rows} for i, rows in found.items()}
        return {e: {key: value_of(row, row) for key, row in of.items()} for e, of in sorted(values.items())}


async def planned(venue, data, kind, mapping):
    task = await hand_in(venue, data, kind, mapping)
    await plan(venue.id, task)
    async with tenancy.scope(venue.id):
        return task, [tuple(change.values()) for change in await changes.page(task, 0)]


async def applied(venue, data, kind, mapping):
    task, told = await planned(venue, data, kind, mapping)
    await start(venue, task)
    await apply(venue.id, task)
    return await look(venue, task), told


def mapped(**columns):
    named = [FieldMapping("externalId", column="Nr")]
    return Mapping([*named, *(FieldMapping(f"custom.{key}", column=column) for key, column in columns.items())], [])


ALL = mapped(diet="Kost", seats="Plasser", rate="Sats", vip="VIP", since="Siden", called_at="Ringt", row="Rad")
TITLES = "Nr;Kost;Plasser;Sats;VIP;Siden;Ringt;Rad\n"


async def test_a_file_says_values_in_the_language_of_the_house():
    venue = await make_venue()
    await defined(venue)
    first = "1;Vegan;1 200;1.257,75;Ja;31.12.2019;21.11.2026 kl. 19.30;Foran\n"
    data = TITLES + first + "2;;;-2,5;nei;1. mai 2020;;FRONT\n3;;;;x;;;middle row\n"

    done, told = await applied(venue, data, "customers", ALL)

    assert (done.applied["creates"], told) == (3, [])
    assert await held(venue) == {
        "1": {
            "diet": "Vegan", "seats": 1200, "rate": Decimal("1257.75"), "vip": True, "since": date(2019, 12, 31),
            "called_at": datetime(2026, 11, 21, 18, 30, tzinfo=UTC), "row": "front",
        },
        "2": {"rate": Decimal("-2.5"), "vip": False, "since": date(2020, 5, 1), "row": "front"},
        "3": {"vip": True, "row": "middle_row"},
    }  # fmt: skip
    again, told = await applied(venue, data, "customers", ALL)
    assert (again.applied["unchanged"], told) == (3, [])


async def test_a_workbook_holds_values_as_what_they_are():
    venue = await make_venue()
    await defined(venue)
    row = ["1", "Vegan", 12, 1257.75, True, date(2019, 12, 31), datetime(2026, 11, 21, 19, 30), "front"]
    await applied(venue, workbook(("A", [TITLES.strip().split(";"), row])), "customers", ALL)
    assert (await held(venue))["1"] == {
        "diet": "Vegan", "seats": 12, "rate": Decimal("1257.75"), "vip": True, "since": date(2019, 12, 31),
        "called_at": datetime(2026, 11, 21, 18, 30, tzinfo=UTC), "row": "front",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "cell", "code"),
    [
        ("diet", "x" * 1001, "TOO_LONG"),
        ("seats", "1,5", "INVALID_VALUE"),
        ("seats", "2147483648", "INVALID_VALUE"),
        ("rate", "0.0000001", "INVALID_VALUE"),
        ("rate", "1.257", "AMBIGUOUS_VALUE"),
        ("vip", "kanskje", "INVALID_VALUE"),
        ("since", "03/04/2026", "AMBIGUOUS_VALUE"),
        ("since", "32.1.2026", "INVALID_VALUE"),
        ("called_at", "9999-12-31 23:59", "INVALID_VALUE"),
        ("row", "Bak", "INVALID_VALUE"),
    ],
)
async def test_a_cell_that_does_not_fit_is_a_problem_of_its_column(key, cell, code):
    venue = await make_venue(time_zone="America/New_York")
    await defined(venue)
    task, _ = await planned(venue, f"Nr;K\n1;\n2;{cell}\n", "customers", mapped(**{key: "K"}))
    assert await problems(venue, task) == [(3, f"custom.{key}", code)]
    assert (await look(venue, task)).planned == {"creates": 1, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 1}


async def test_a_plan_tells_before_and_after_and_empties_are_taken_away():
    venue = await make_venue()
    await defined(venue)
    await applied(venue, TITLES + "1;Vegan;1;1,5;ja;31.12.2019;21.11.2026 19:30;Foran\n2;Vegan;;;;;;\n", "customers", ALL)

    data = "Nr;Kost;Sats;VIP;Rad\n1;;2,50;nei;Midt på\n2;vegan;;;\n"
    done, told = await applied(venue, data, "customers", mapped(diet="Kost", rate="Sats", vip="VIP", row="Rad"))

    assert told == [
        (2, "custom.diet", "Vegan", None),
        (2, "custom.rate", "1.5", "2.5"),
        (2, "custom.vip", "true", "false"),
        (2, "custom.row", "front", "middle_row"),
        (3, "custom.diet", "Vegan", "vegan"),
    ]
    assert done.applied["updates"] == 2
    found = await held(venue)
    assert (sorted(found["1"]), found["2"]) == (["called_at", "rate", "row", "seats", "since", "vip"], {"diet": "vegan"})


async def test_lines_of_one_order_say_the_same_of_its_fields():
    venue = await a_house()
    await defined(venue, "ORDER")
    mapping = Mapping([*SALES.fields, FieldMapping("custom.diet", column="Note")], SALES.empty)
    sold = ["1,1,anna,2026-03-01 10:00,hedda,2,900.00,A", *(f"{n},1,anna,2026-03-01 10:00,peer,1,450.00,{n}" for n in "AB")]
    lines = "\n".join(sold)
    task, _ = await planned(venue, HEADING.strip() + ",Note\n" + lines, "sales", mapping)
    assert [(row, code) for row, _, code in await problems(venue, task)] == [(4, "CONFLICTING_ROWS")]
    await start(venue, task)
    await apply(venue.id, task)
    assert await held(venue, "ORDER") == {"1": {"diet": "A"}}


async def test_a_preview_proposes_the_fields_by_their_names_in_any_language():
    venue = await make_venue()
    await defined(venue)
    task = await hand_in(venue, "Kundenr;Seat row;custom.vip;DIET\n1;front;ja;Vegan\n2;back;nei;\n", "customers", Mapping([], []))
    seen = await preview.look(venue.id, None, (await look(venue, task)).file_id, "customers", None)
    assert [column.fields for column in seen.columns] == [["external_id"], ["custom.row"], ["custom.vip"], ["custom.diet"]]
    first, second = seen.rows
    assert dict(first.values) == {"external_id": "1", "custom.diet": "Vegan", "custom.vip": "true", "custom.row": "front"}
    assert [(p.field, p.code) for p in second.problems] == [("custom.row", "INVALID_VALUE")]


async def test_a_mapping_of_an_unknown_or_archived_field_is_refused():
    venue = await make_venue()
    ids = await defined(venue)
    async with tenancy.scope(venue.id):
        await archive(ids["diet"])
    for key in ("diet", "nowhere"):
        task, _ = await planned(venue, "Nr;K\n1;x\n", "customers", mapped(**{key: "K"}))
        failed = await look(venue, task)
        assert (failed.state, failed.error_code) == ("FAILED", "UNKNOWN_FIELD")
    async with tenancy.scope(venue.id):
        kept = await saved.save("Kunder", "customers", mapped(vip="K"))
        assert kept.mapping["fields"][1] == {"field": "custom.vip", "column": "K"}
        with pytest.raises(Refusal, match="UNKNOWN_FIELD"):
            await saved.save("Kunder", "customers", mapped(diet="K"))


async def test_everything_one_field_holds_is_read_by_its_id():
    venue = await make_venue()
    ids = await defined(venue)
    await applied(venue, "Nr;Sats\n1;1,5\n2;\n3;-2\n", "customers", mapped(rate="Sats"))
    async with tenancy.scope(venue.id):
        numbers = dict(await holding.whole(ids["rate"]))
        with pytest.raises(Refusal, match="NOT_FOUND"):
            await holding.whole(uuid4())
    assert sorted(numbers.values()) == [Decimal(-2), Decimal("1.5")]


async def test_many_who_write_the_same_values_at_once_end_with_one_of_each():
    venue = await make_venue()
    await defined(venue)

    async def write(n):
        rows = [
            shapes.CustomerRow(external_id=str(e), custom_fields=[CustomFieldValueRow("seats", str(n))])
            for e in (range(20) if n % 2 else reversed(range(20)))
        ]
        async with tenancy.scope(venue.id):
            return await calls.upsert_rows("customers", rows, "REJECT_FAILED_ROWS")

    await write(0)
    await asyncio.gather(*(write(n) for n in range(1, 7)))
    found = await held(venue)
    assert len(found) == 20
    assert {tuple(values) for values in found.values()} == {("seats",)}
    assert len({values["seats"] for values in found.values()} - set(range(1, 7))) == 0


async def test_options_of_a_file_follow_their_new_names():
    venue = await make_venue()
    ids = await defined(venue)
    async with tenancy.scope(venue.id):
        await update(ids["row"], CustomFieldUpdate(options=[CustomFieldOptionRow("front", "Første rad")]))
    await applied(venue, "Nr;Rad\n1;første rad\n2;Midt på\n", "customers", mapped(row="Rad"))
    assert await held(venue) == {"1": {"row": "front"}}


async def test_values_go_with_their_customer():
    venue = await make_venue()
    await defined(venue)
    await applied(venue, "Nr;Sats\n1;1,5\n2;3\n", "customers", mapped(rate="Sats"))
    async with tenancy.scope(venue.id):
        await Customer.filter(external_id="1").delete()
        (left,) = await tenancy.fetch(sql("select number from customer_values where tenant_id = {venue}"))
    assert (left.number, await held(venue)) == (3_000_000, {"2": {"rate": Decimal(3)}})
