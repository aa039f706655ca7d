"""Where postcodes lie, and how far away customers live."""

import gzip
import zipfile
from pathlib import Path

import pytest

from tenants import geonames, postcodes, tenancy
from tenants.errors import Refusal
from tenants.postcodes import Postcode, kilometres, postcode_key
from tenants.sql import sql
from tests.asking import ask, caller_at
from tests.builders import make_customer, make_venue
from tests.recording import recorded

OSLO = (59.9139, 10.7522)
LINE = "XA\t0001\tOslo\tOslo\t03\tOslo\t0301\t\t\t59.9138\t10.7387\t4\n"


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("NO", "0155", "0155"),
        ("NO", "155", "0155"),
        ("NO", "N-0155", "0155"),
        ("NO", "NO-0155", "0155"),
        ("SE", "624 66", "62466"),
        ("SE", "SE-624 66", "62466"),
        ("SE", "s 62466", "62466"),
        ("FI", "FIN-100", "00100"),
        ("NL", "1012 AB", "1012"),
        ("NL", "1012", "1012"),
        ("DK", "DK-800", "0800"),
        ("GB", "sw1a 1aa", "SW1A1AA"),
        ("NO", "æøå –", ""),
    ],
)
def test_a_postcode_is_the_same_however_it_is_written(country: str, written: str, key: str):
    assert postcode_key(country, written) == key


def test_distances_are_great_circles():
    assert kilometres(OSLO, OSLO) == 0.0
    assert kilometres((0, 0), (0, 180)) == kilometres((90, 0), (-90, 0)) == 20015.1
    assert kilometres(OSLO, (59.3293, 18.0686)) == 416.3  # Stockholm
    assert kilometres((0, 179.5), (0, -179.5)) == 111.2  # across the date line


async def kept(country: str) -> list[tuple[object, ...]]:
    async with tenancy.platform():
        rows = await tenancy.fetch(sql("select * from postcodes where country = {country} order by postcode", country=country))
    return [tuple(row) for row in rows]


async def put(path: Path) -> tuple[int, int]:
    async with tenancy.platform():
        return await postcodes.keep(geonames.places(path))


async def test_a_file_is_read_as_text_zipped_and_as_csv_and_the_second_time_nothing_changes(tmp_path: Path):
    text, csv, zipped, packed = (tmp_path / name for name in ("XA.txt", "xa.csv", "XA.zip", "xa.csv.gz"))
    text.write_text(LINE + 'XA\t0001\t"Aker"\t\t\t\t\t\t\t59.9140\t10.7389\t\n')
    csv.write_text("\ufefflng,Country,place,lat,postcode,region\n10.7,xa,Åmot,59.9,00 02,x\n", encoding="utf-8")
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("readme.txt", "about")
        archive.writestr("XA.txt", text.read_bytes())
    packed.write_bytes(gzip.compress(csv.read_bytes()))

    assert await put(text) == (1, 1)
    assert await put(zipped) == (1, 0)
    assert await put(csv) == (1, 1)
    assert await put(packed) == (1, 0)
    assert await kept("XA") == [("XA", "0001", '"Aker"', 59.9139, 10.7388), ("XA", "0002", "Åmot", 59.9, 10.7)]

    csv.write_text("country,postcode,place,lat,lng\nXA,0002,Åmot,60,10.7\n")
    assert await put(csv) == (1, 1)
    assert [row[3] for row in await kept("XA")] == [59.9139, 60.0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"country,place\n", "Line 1 is no heading of postcodes: it lacks postcode, lat, lng."),
        (LINE.encode() + b"XB\t0001\n", "Line 2 has 2 cells; 11 are needed."),
        (LINE.replace("59.9138", "north").encode(), "Line 1: 'north 10.7387' are no degrees north and east."),
        (LINE.replace("59.9138", "nan").encode(), "Line 1: 'nan 10.7387' are no degrees north and east."),
        (LINE.replace("59.9138", "91").encode(), "Line 1: '91 10.7387' are no degrees north and east."),
        (LINE.replace("XA", "Norway").encode(), "Line 1: 'NORWAY' is not a country code such as NO."),
        (LINE.replace("0001", "-").encode(), "Line 1: '-' is not a postcode."),
        (LINE.encode() * 3000 + b"\xff\n", "After line"),
        (gzip.compress(LINE.encode() * 3000)[:-9], "After line"),
        (b"PK\3\4 is no archive", "After line 0 the file cannot be read: File is not a zip file."),
    ],
)
async def test_a_broken_file_is_refused_with_its_line_and_changes_nothing(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "file"
    path.write_bytes(content.replace(b"XA", b"XB"))

    with pytest.raises(Refusal) as refused:
        await put(path)

    assert refused.value.code == "UNREADABLE_FILE"
    assert refused.value.message.startswith(sentence)
    assert await kept("XB") == []


async def test_customers_say_how_far_away_they_live_and_a_list_asks_once():
    async with tenancy.platform():
        await postcodes.keep([Postcode("XC", "624 66", "Fårö", 57.9, 19.1), Postcode("XC", "0155", "Oslo", *OSLO)])
    venue, nowhere = await make_venue(latitude=OSLO[0], longitude=OSLO[1]), await make_venue()
    for place in (venue, nowhere):
        async with tenancy.scope(place.id):
            await make_customer(last_name="A", country="XC", postcode="62466")
            await make_customer(last_name="B", country="XC", postcode="0155")
            await make_customer(last_name="C", country="XC", postcode="9999")
            await make_customer(last_name="D", country=None, postcode="0155")
            await make_customer(last_name="E", country="XC", postcode=None)
    query = "{ customers { nodes { lastName distanceKm } } }"

    with recorded() as statements:
        far = (await ask(caller_at(venue), query)).data["customers"]["nodes"]

    assert [(c["lastName"], c["distanceKm"]) for c in far] == [("A", 528.6), ("B", 0.0), ("C", None), ("D", None), ("E", None)]
    assert len([s for s in statements if "postcodes" in str(s)]) == 1
    unknown = (await ask(caller_at(nowhere), query)).data["customers"]["nodes"]
    assert [c["distanceKm"] for c in unknown] == [None] * 5
