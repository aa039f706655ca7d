"""Files as houses have them: each is read for what it says, or says itself why it cannot be."""

import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from tenants import tenancy
from tenants.imports.apply import apply
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.sql import sql
from tests.builders import make_venue
from tests.tenants.test_imports import hand_in, look, problems, start

NAMES = Mapping([FieldMapping("externalId", "Nr"), FieldMapping("lastName", "Navn"), FieldMapping("city", "By")], [])
BUYERS = "Nr;Navn;By\n1;Bjørnstad;Ås\n2;Sørensen, Åse;Tromsø\n"
SHOWN = [("1", "Bjørnstad", "Ås"), ("2", "Sørensen, Åse", "Tromsø")]


async def bring(data, kind="customers", mapping=NAMES, venue=None):
    """Plan and, unless it failed, apply; answers the venue and the import."""
    venue = venue or await make_venue()
    task = await hand_in(venue, data, kind, mapping)
    await plan(venue.id, task)
    if (await look(venue, task)).state == "PLANNED":
        await start(venue, task)
        await apply(venue.id, task)
    return venue, await look(venue, task)


async def read(venue, statement):
    async with tenancy.scope(venue.id):
        return [tuple(row.values()) for row in await tenancy.fetch(sql(statement))]


async def customers(venue, columns="external_id, last_name, city"):
    return await read(
        venue, f"select {columns} from customers where tenant_id = {{venue}} order by length(external_id), external_id"
    )


def workbook(*sheets, change=None):
    """The bytes of an XLSX file: sheets as names and rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data, **parts):
    """A workbook in which some parts hold something else; a name is that of the part without its folders and ending."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = Path(name).stem
            new.writestr(name, parts[stem](old.read(name)) if stem in parts else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "encoding", "separator"),
    [
        (BUYERS.encode(), "UTF_8", "SEMICOLON"),
        (BUYERS.encode("utf-8-sig"), "UTF_8", "SEMICOLON"),
        (BUYERS.encode("utf-16"), "UTF_16", "SEMICOLON"),
        (BUYERS.encode("utf-16-be"), "UTF_16", "SEMICOLON"),
        (BUYERS.replace(";", "\t").encode("utf-16-le"), "UTF_16", "TAB"),
        (BUYERS.encode("cp1252"), "WINDOWS_1252", "SEMICOLON"),
        (BUYERS.replace(";", "|").replace("\n", "\r\n").encode("latin-1"), "WINDOWS_1252", "PIPE"),
        (b"sep=;\r\n" + BUYERS.encode(), "UTF_8", "SEMICOLON"),
        (b"\n\n" + BUYERS.encode(), "UTF_8", "SEMICOLON"),
        (b'Nr,Navn,By\r1,Bj\xc3\xb8rnstad,\xc3\x85s\r2,"S\xc3\xb8rensen, \xc3\x85se",Troms\xc3\xb8\r', "UTF_8", "COMMA"),
        (BUYERS.replace("Nr;", "Nr;").replace("\n", ";;;\n").encode(), "UTF_8", "SEMICOLON"),
    ],
)
async def test_a_text_file_tells_how_it_is_written(data, encoding, separator):
    venue, done = await bring(data)
    assert (done.of_dialect.format, done.of_dialect.encoding, done.of_dialect.separator) == ("CSV", encoding, separator)
    assert (done.state, done.applied["creates"], await customers(venue)) == ("APPLIED", 2, SHOWN)


async def test_separators_inside_a_quoted_heading_mislead_nobody():
    mapping = Mapping([FieldMapping("externalId", "Nr, løpende"), FieldMapping("lastName", "Navn, etternavn, tittel")], [])
    data = '"Nr, løpende";"Navn, etternavn, tittel"\n1;"Ås, Kari, frue"\n2;Bo\n'
    venue, done = await bring(data, mapping=mapping)
    assert done.of_dialect.separator == "SEMICOLON"
    assert await customers(venue) == [("1", "Ås, Kari, frue", None), ("2", "Bo", None)]


async def test_an_encoding_that_is_named_holds_and_what_it_cannot_say_is_told():
    euro = "Nr;Navn;By\n1;5 € klubben;Ås\n".encode("iso-8859-15")
    venue, _ = await bring(euro, mapping=Mapping(NAMES.fields, [], encoding="ISO_8859_15"))
    assert await customers(venue) == [("1", "5 € klubben", "Ås")]

    quotes = "Nr;Navn;By\n1;“Ås”;Oslo\n2;Bø;Oslo\n".encode("cp1252")
    venue, done = await bring(quotes, mapping=Mapping(NAMES.fields, [], encoding="ISO_8859_1"))
    assert (done.applied["invalid"], await problems(venue, done.id)) == (1, [(2, "last_name", "INVALID_VALUE")])
    assert await customers(venue) == [("2", "Bø", "Oslo")]


SALES = Mapping(
    [
        FieldMapping("externalId", "Linje"),
        FieldMapping("orderedAt", template="{Dato} {Kl}"),
        FieldMapping("channel", value="BOX_OFFICE"),
        FieldMapping("performance", value="hedda"),
        FieldMapping("quantity", "Antall"),
        FieldMapping("amount", "Beløp"),
    ],
    [],
)


async def sold(venue):
    return await read(
        venue,
        "select l.external_id, to_char(o.ordered_at at time zone 'Europe/Oslo', 'YYYY-MM-DD HH24:MI'), l.quantity, l.amount "
        "from ticket_lines l join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id "
        "where l.tenant_id = {venue} order by 1",
    )


async def a_house():
    from tests.tenants.test_upserts import write

    venue = await make_venue()
    await write(venue, "performances", {"external_id": "hedda", "production": "hedda"}, create_missing=True)
    return venue


async def test_a_norwegian_box_office_report():
    data = (
        "Linje;Dato;Kl;Antall;Beløp\n"
        "a;03.04.2026;19.30;2;kr 1.250,-\n"
        "b;3. april 2026;kl. 10:00;1;kr 450,00\n"
        "c;31.12.2026;0900;1 000;NOK 450 000,50\n"
        "d;04.04.26;12:00;1;1.250\n"
        "e;05.04.26;12:00;1;€ 12,50\n"
    )
    venue, done = await bring(data.encode("cp1252"), "sales", SALES, await a_house())
    assert done.of_dialect.columns == {"ordered_at": {"date_order": "DMY"}, "amount": {"number_format": "COMMA"}}
    assert await sold(venue) == [
        ("a", "2026-04-03 19:30", 2, 125_000),
        ("b", "2026-04-03 10:00", 1, 45_000),
        ("c", "2026-12-31 09:00", 1000, 45_000_050),
        ("d", "2026-04-04 12:00", 1, 125_000),
    ]
    assert await problems(venue, done.id) == [(6, "amount", "INVALID_VALUE")]


async def test_an_american_report_is_known_by_one_date_far_down():
    rows = "".join(f'{n},"03/04/2026",7:30 PM,1,"1,000"\n' for n in range(100))
    data = "Linje,Dato,Kl,Antall,Beløp\n" + rows + '100,03/25/2026,12:00 AM,2,"$1,257.75"\n'
    venue, done = await bring(data, "sales", SALES, await make_venue(currency="USD"))
    assert done.of_dialect.columns == {"ordered_at": {"date_order": "MDY"}, "amount": {"number_format": "POINT"}}
    assert done.applied["invalid"] == 101  # there is no such performance: but dates and amounts are well
    assert {(column, code) for _, column, code in await problems(venue, done.id)} == {("performance", "UNKNOWN_REFERENCE")}


async def test_what_a_file_leaves_open_is_asked_and_the_mapping_answers():
    data = "Linje;Dato;Kl;Antall;Beløp\na;03/04/2026;19:30;2;1.250\n"
    venue, done = await bring(data, "sales", SALES, await a_house())
    assert (done.of_dialect.columns, await sold(venue)) == ({}, [])
    assert await problems(venue, done.id) == [(2, "ordered_at", "AMBIGUOUS_VALUE"), (2, "amount", "AMBIGUOUS_VALUE")]

    told = Mapping(SALES.fields, [], number_format="COMMA", date_order="DMY")
    await bring(data, "sales", told, venue)
    assert await sold(venue) == [("a", "2026-04-03 19:30", 2, 125_000)]


async def test_a_workbook_says_what_its_cells_are():
    buyers = [
        ["Kundenr", "Etternavn", "Født", "Postnr", "Telefon"],
        [1001, "Ås", date(1985, 3, 4), 150, 4722000000],
        [],
        [1002.0, "  Bø ", "31.12.1990", 9990, "22 00 00 00"],
        [1003, "#N/A", datetime(2001, 1, 1), None, None],
    ]
    columns = {"externalId": "Kundenr", "lastName": "Etternavn", "birthDate": "Født", "postcode": "Postnr", "phone": "Telefon"}
    mapping = Mapping([FieldMapping(field, column) for field, column in columns.items()], [])

    def as_postcodes(book):
        for row in book["Kunder"].iter_rows(min_row=2, min_col=4, max_col=4):
            row[0].number_format = "0000"

    data = workbook(("Om", []), ("Kunder", buyers), ("Mer", [["x"]]), change=as_postcodes)
    venue, done = await bring(data, mapping=mapping)
    assert done.error_message is None
    assert (done.of_dialect.sheet, done.of_dialect.sheets) == ("Kunder", ["Om", "Kunder", "Mer"])
    assert await customers(venue, "external_id, last_name, birth_date, postcode, phone") == [
        ("1001", "Ås", date(1985, 3, 4), "0150", "4722000000"),
        ("1002", "Bø", date(1990, 12, 31), "9990", "22 00 00 00"),
    ]
    assert await problems(venue, done.id) == [(5, "last_name", "INVALID_VALUE")]


async def test_a_workbook_of_sales_with_a_title_merged_cells_and_dates_from_1904():
    rows = [
        ["Salg uke 14"],
        ["Linje", "Dato", "Kl", "Antall", "Beløp"],
        ["a", date(2026, 4, 3), time(19, 30), 2, 1257.75],
        ["b", None, None, 1, 0.1 + 0.2],
        ["c", date(2026, 4, 4), time(12), 1, "1 257,75"],
    ]

    def merge(book):
        book["Salg"].merge_cells("B3:B4")
        book["Salg"].merge_cells("C3:C4")
        book.epoch = datetime(1904, 1, 1)

    data = workbook(("Salg", rows), ("Annet", [["Linje"]]), change=merge)
    mapping = Mapping(SALES.fields, [], sheet="Salg", heading_row=2)
    venue, done = await bring(data, "sales", mapping, await a_house())
    assert (done.of_dialect.dates_from_1904, done.of_dialect.heading_row) == (True, 2)
    assert await sold(venue) == [
        ("a", "2026-04-03 19:30", 2, 125_775),
        ("b", "2026-04-03 19:30", 1, 30),
        ("c", "2026-04-04 12:00", 1, 125_775),
    ]


async def test_formulas_stand_for_what_they_last_were():
    data = workbook(("Kunder", [["Nr", "Navn", "By"], ["1", "=1+1", "Ås"]]))
    kept = repacked(data, sheet1=lambda xml: re.sub(rb"<f>1\+1</f><v ?(/>|></v>)", b"<f>1+1</f><v>2</v>", xml))
    venue, _ = await bring(kept)
    assert await customers(venue) == [("1", "2", "Ås")]
