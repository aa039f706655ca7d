"""Two open data sets as a house's programme and sales, to try the platform on real, untidy input.

The New York Philharmonic's performance history becomes a catalogue. CDNOW's purchases become its orders: each is moved
1,096 weeks forward (1997-01-01 becomes 2018-01-03) and buys one of the performances of the four weeks after, chosen by a
hash of its row; there is nothing random in it, so importing twice is importing once.
"""

import csv
import gzip
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zlib import crc32

from tenants.imports.mapping import FieldMapping, Mapping

WEEKS = 1096
WITHIN = timedelta(weeks=4)
CONCERTS, WORKS, PURCHASES = (
    "programme/nyphil_concerts.csv.gz",
    "programme/nyphil_works.csv.gz",
    "orders/cdnow_transactions.csv.gz",
)

CONCERT_ID = "{program_guid}/{date}/{time}"
CONCERT_MAPPING = Mapping(
    [
        FieldMapping("externalId", template=CONCERT_ID),
        FieldMapping("production", column="program_guid"),
        FieldMapping("productionName", template="{orchestra}, programme {program_id}"),
        FieldMapping("season", column="season"),
        FieldMapping("category", column="event_type"),
        FieldMapping("hall", template="{venue}, {location}"),
        FieldMapping("promoter", column="orchestra"),
        FieldMapping("startsOn", column="date"),
        FieldMapping("startTime", column="time"),
    ],
    ["None"],
)
WORK_MAPPING = Mapping([FieldMapping("externalId", column="program_guid"), FieldMapping("tags", column="composer")], [])
PURCHASE_MAPPING = Mapping(
    [
        FieldMapping("externalId", template="cdnow/{#}"),
        FieldMapping("customer", column="customer_id"),
        FieldMapping("channel", value="ONLINE"),
        FieldMapping("orderedAt", column="ordered_at"),
        FieldMapping("performance", column="performance"),
        FieldMapping("quantity", column="qty"),
        FieldMapping("amount", column="amount_usd"),
    ],
    [],
)


def purchases(folder: Path) -> Iterator[bytes]:
    """CDNOW's file with two more columns: when the order is said to be made, and the performance it buys."""
    days, concerts = _concerts(folder)
    yield b"customer_id,qty,amount_usd,ordered_at,performance\n"
    with gzip.open(folder / PURCHASES, "rt", newline="") as text:
        for number, row in enumerate(csv.DictReader(text), 2):
            day = date.fromisoformat(row["date"]) + timedelta(weeks=WEEKS)
            first = bisect_right(days, day)
            last = max(bisect_right(days, day + WITHIN), first + 1)
            concert = concerts[first + crc32(str(number).encode()) % (last - first)]
            yield f'{row["customer_id"]},{row["qty"]},{row["amount_usd"]},{day} 12:00,"{concert}"\n'.encode()


def _concerts(folder: Path) -> tuple[list[date], list[str]]:
    """All concerts' days and external ids, in order."""
    with gzip.open(folder / CONCERTS, "rt", newline="") as text:
        found = sorted({(date.fromisoformat(r["date"]), CONCERT_ID.format(**r)) for r in csv.DictReader(text)})
    return [day for day, _ in found], [concert for _, concert in found]
