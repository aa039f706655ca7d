"""Files that are broken or vicious: their rows have problems, or the file is refused in a sentence; never half of it comes in."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from tenants.imports.mapping import FieldMapping, Mapping
from tests.tenants.test_import_files import NAMES, bring, customers, repacked, workbook
from tests.tenants.test_imports import problems

HOSTILE = Path(os.environ.get("FOYER_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "hostile"
hostile = pytest.mark.skipif(not HOSTILE.exists(), reason=f"the hostile texts are not in {HOSTILE}")
ENTITY, NINES = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"9" * (4 << 20)
FINE = workbook(("Kunder", [["Nr", "Navn", "By"], ["1", "Ås", "Oslo"]]))


async def refused(data, kind="customers", mapping=NAMES):
    """Why a file is refused as a whole; nothing of it is there."""
    venue, done = await bring(data, kind, mapping)
    assert (done.state, await customers(venue)) == ("FAILED", [])
    return done.error_code, done.error_message


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "UNREADABLE_FILE", "empty"),
        (b"\xef\xbb\xbf\r\n", "UNREADABLE_FILE", "empty"),
        (b",,\n,,\n", "UNREADABLE_FILE", "heading"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "UNREADABLE_FILE", ".xls"),
        (b"%PDF-1.7\n", "UNREADABLE_FILE", "PDF"),
        (b"<HTML><table><tr><td>Nr</td></tr></table></HTML>", "UNREADABLE_FILE", "web page"),
        (FINE[:-30], "UNREADABLE_FILE", "damaged"),
        (FINE[:100] + bytes(200) + FINE[300:], "UNREADABLE_FILE", "damaged"),
        (repacked(FINE, sheet1=lambda xml: xml[:-40]), "UNREADABLE_FILE", "damaged"),
        (repacked(FINE, sheet1=lambda xml: ENTITY + xml), "UNREADABLE_FILE", "no spreadsheet"),
        (repacked(FINE, styles=lambda xml: xml + b" " * (200 << 20)), "UNREADABLE_FILE", "larger"),
        (repacked(FINE, sheet1=lambda xml: xml.replace(b'r="2"', b'r="99999999"')), "UNREADABLE_FILE", "at most"),
        (repacked(FINE, sheet1=lambda xml: xml.replace(b"<t>", b"<t>" + NINES, 1)), "UNREADABLE_FILE", "no spreadsheet"),
        (",".join(f"c{n}" for n in range(100_000)) + "\n", "UNREADABLE_FILE", "100,000 columns"),
        (b'Nr;Navn;By\n1;"' + b"x" * (3 << 20) + b'";Oslo\n', "UNREADABLE_FILE", "Row 2"),
        (b"Nr;Navn;By\n" + b"x" * (9 << 20), "UNREADABLE_FILE", "characters"),
        ('Nr;Navn;By\n1;"Ås;Oslo\n2;Bo;Oslo\n', "UNREADABLE_FILE", "Row 2"),
        ("Nr;Navn;By\n1;Ås;Oslo\n".encode("utf-16")[:-1], "UNREADABLE_FILE", "encoding UTF_16"),
        ("Nr;Navn;By;Navn\n1;Ås;Oslo;Bø\n", "DUPLICATE_COLUMN", "Navn"),
        ("Nr;Navn\n1;Ås\n", "UNKNOWN_COLUMN", "By"),
    ],
)  # fmt: skip
async def test_what_is_no_table_is_refused_in_a_sentence(data, code, word):
    told, sentence = await refused(data)
    assert (told, word in sentence) == (code, True), sentence


async def test_a_sheet_that_is_not_there_is_told_with_those_that_are():
    assert await refused(FINE, mapping=Mapping(NAMES.fields, [], sheet="Salg")) == (
        "UNKNOWN_SHEET",
        "There is no sheet 'Salg'; there are Kunder.",
    )


async def test_rows_that_are_broken_are_told_and_the_others_come_in():
    data = b'Nr;Navn;By\n1;Peer "den yngre" Gynt;Oslo\n2;"Peer "den yngre" Gynt";Oslo\n3;Bo;Oslo;Norge\n'
    data += b"4;Bo\n5;N\0L;Oslo\n6;\xffr;Oslo\n7;\xc3\x85se;Oslo;;\n"
    venue, done = await bring(data)
    assert await problems(venue, done.id) == [
        (3, None, "UNREADABLE_FILE"),
        (4, None, "WRONG_COLUMN_COUNT"),
        (5, None, "WRONG_COLUMN_COUNT"),
        (6, "last_name", "INVALID_VALUE"),
        (7, "last_name", "INVALID_VALUE"),
    ]
    assert await customers(venue) == [("1", 'Peer "den yngre" Gynt', "Oslo"), ("7", "Åse", "Oslo")]


async def test_a_heading_alone_is_a_file_without_rows():
    _, done = await bring("Nr;Navn;By\n")
    assert (done.state, done.rows_total, set(done.planned.values())) == ("APPLIED", 0, {0})


@hostile
async def test_files_that_are_valid_and_vicious_are_read_as_they_are_meant():
    folder = HOSTILE / "csv" / "csv-spectrum"
    told = {}
    for file in sorted((folder / "csvs").glob("*.csv")):
        expected = json.loads((folder / "json" / f"{file.stem}.json").read_text())
        if file.stem == "location_coordinates":
            continue  # its JSON names another telephone number than its CSV
        first, *others = expected[0]
        fields = [FieldMapping("externalId", template="{#}"), FieldMapping("street", first)]
        fields += [FieldMapping(f, c) for f, c in zip(("city", "company", "phone", "last_name"), others, strict=False)]
        venue, done = await bring(file.read_bytes(), mapping=Mapping(fields, []))
        names = ", ".join(f.field for f in fields[1:])
        found = [tuple(value or "" for value in row) for row in await customers(venue, names)]
        told[file.stem] = (done.state, found)
        assert found == [tuple(str(v).strip() for v in list(row.values())[:5]) for row in expected if any(row.values())], (
            file.stem
        )
    assert len(told) == 11


@hostile
async def test_naughty_strings_come_back_as_they_were_or_are_refused():
    naughty = json.loads((HOSTILE / "strings" / "blns.json").read_text())
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Nr", "Navn", "By"], *([str(n), text, "Oslo"] for n, text in enumerate(naughty))])
    venue, done = await bring(out.getvalue().encode("utf-8", "surrogatepass"))

    broken = {number - 2 for number, _, _ in await problems(venue, done.id)}
    kept = {int(number): name for number, name, _ in await customers(venue)}
    assert kept == {n: text.strip() or None for n, text in enumerate(naughty) if n not in broken}
    assert len(broken) < 12


@hostile
async def test_addresses_valid_and_invalid_come_back_as_they_were_or_are_refused():
    with (HOSTILE / "email" / "isemail_443.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Nr", "Epost"], *([n, row["address"]] for n, row in enumerate(rows))])
    venue, done = await bring(
        out.getvalue(), mapping=Mapping([FieldMapping("externalId", "Nr"), FieldMapping("email", "Epost")], [])
    )

    broken = {number - 2 for number, _, _ in await problems(venue, done.id)}
    kept = {int(number): email for number, email in await customers(venue, "external_id, email")}
    assert kept == {n: row["address"].strip() or None for n, row in enumerate(rows) if n not in broken}
    assert done.applied["creates"] + len(broken) == len(rows)
