"""Files of postcodes: GeoNames' own (tab-separated, as text or zipped) or CSV with a heading; either may be gzipped."""

import csv
import gzip
import io
import math
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tenants.errors import Refusal
from tenants.postcodes import Postcode, postcode_key

HEADING = ("country", "postcode", "place", "lat", "lng")  # of a CSV file, in any order and among others
_GEONAMES = (0, 1, 2, 9, 10)  # where a line of GeoNames has the same
_LONGEST_PLACE = 200


def places(path: Path) -> Iterator[Postcode]:
    """The places of a file, one after the other. Raises UNREADABLE_FILE with the line and what is wrong with it."""
    line = 0
    try:
        with _text(path) as file:
            if not (first := file.readline()):
                raise Refusal("UNREADABLE_FILE", "The file is empty.")
            file.seek(0)
            if "\t" in first:
                rows: Iterator[list[str]] = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                where: Sequence[int] = _GEONAMES
            else:
                rows = csv.reader(file, strict=True)
                where, line = _columns(next(rows, [])), 1
            for row in rows:
                line += 1
                if row:
                    yield _place(row, where, line)
    except (UnicodeDecodeError, EOFError, OSError, csv.Error, zipfile.BadZipFile) as error:
        raise Refusal("UNREADABLE_FILE", f"After line {line} the file cannot be read: {error}.") from error


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == b"PK\3\4":
            with zipfile.ZipFile(file) as archive, archive.open(_table_in(archive)) as table:
                yield io.TextIOWrapper(table, "utf-8-sig", newline="")
        elif start.startswith(b"\x1f\x8b"):
            with gzip.open(file) as table:
                yield io.TextIOWrapper(table, "utf-8-sig", newline="")
        else:
            yield io.TextIOWrapper(file, "utf-8-sig", newline="")


def _table_in(archive: zipfile.ZipFile) -> str:
    names = [n for n in archive.namelist() if n.lower().endswith((".txt", ".csv")) and "readme" not in n.lower()]
    if len(names) != 1:
        raise Refusal("UNREADABLE_FILE", "The archive does not hold one file of postcodes.")
    return names[0]


def _columns(heading: list[str]) -> Sequence[int]:
    names = [cell.strip().lower() for cell in heading]
    if missing := [name for name in HEADING if name not in names]:
        raise Refusal("UNREADABLE_FILE", f"Line 1 is no heading of postcodes: it lacks {', '.join(missing)}.")
    return [names.index(name) for name in HEADING]


def _place(row: list[str], where: Sequence[int], line: int) -> Postcode:
    if len(row) <= max(where):
        raise Refusal("UNREADABLE_FILE", f"Line {line} has {len(row)} cells; {max(where) + 1} are needed.")
    country, postcode, place, *degrees = [row[at].strip() for at in where]
    country = country.upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Refusal("UNREADABLE_FILE", f"Line {line}: {country[:40]!r} is not a country code such as NO.")
    if not 0 < len(postcode_key(country, postcode)) <= 20:
        raise Refusal("UNREADABLE_FILE", f"Line {line}: {postcode[:40]!r} is not a postcode.")
    try:
        north, east = map(float, degrees)
    except ValueError:
        north = east = math.nan
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise Refusal("UNREADABLE_FILE", f"Line {line}: {' '.join(degrees)[:80]!r} are no degrees north and east.")
    return Postcode(country, postcode, place.replace("\0", "")[:_LONGEST_PLACE], north, east)
