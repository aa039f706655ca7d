"""What an invented house plays: its catalogue, and performances before and after the day of the demo."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenants.demo.houses import House, Show
from tenants.demo.rows import insert

LEVELS = {"A": 1.0, "B": 0.75}  # price level -> part of the full price
FEE = 2_500
ON_SALE_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Evening:
    """A performance, as the sales need it."""

    id: UUID
    show: Show
    starts_at: datetime
    sale_starts_at: datetime
    capacity: int


def price(show: Show, part: float) -> int:
    """What that part of the full price costs, in minor units, in steps of five crowns."""
    return round(show.price * part / 5) * 500


async def fill(house: House, today: date) -> list[Evening]:
    """Write the programme into the house's open scope and answer its performances."""
    await _seasons(house, today)
    await _named(house, "organisations", [show.organisation for show in house.shows])
    await _named(house, "promoters", [show.promoter for show in house.shows if show.promoter])
    await _translated(house, "categories", [show.category for show in house.shows])
    await _translated(house, "tags", [tag for show in house.shows for tag in show.tags])
    halls = [(house.row_id("halls", n), n, c, _english(house, name=n)) for n, c in house.halls.items()]
    await insert("halls", ["id", "name", "capacity", "texts"], halls)
    types = [
        (house.row_id("ticket_types", k), k, position, _english(house, name=k)) for position, k in enumerate(house.ticket_types)
    ]
    await insert("ticket_types", ["id", "name", "position", "texts"], types)
    await _productions(house)
    evenings = [evening for show in house.shows for evening in _evenings(house, show, today)]
    await _performances(house, evenings, today)
    await _prices(house, evenings)
    return evenings


async def _seasons(house: House, today: date) -> None:
    """Last, this and the next."""
    first = _season(today)
    rows = [
        (house.row_id("seasons", y), f"{y}/{(y + 1) % 100:02}", date(y, 8, 1), date(y + 1, 7, 31))
        for y in range(first - 1, first + 2)
    ]
    await insert("seasons", ["id", "name", "starts_on", "ends_on"], rows)


def _season(day: date) -> int:
    """The year the day's season began in; seasons turn on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


async def _named(house: House, table: str, names: list[str]) -> None:
    await insert(table, ["id", "name"], [(house.row_id(table, each), each) for each in dict.fromkeys(names)])


async def _translated(house: House, table: str, names: list[str]) -> None:
    rows = [(house.row_id(table, each), each, _english(house, name=each)) for each in dict.fromkeys(names)]
    await insert(table, ["id", "name", "texts"], rows)


def _english(house: House, **texts: str) -> str:
    return json.dumps({f"{field}:en": house.english[text] for field, text in texts.items() if text in house.english})


async def _productions(house: House) -> None:
    rows = [
        (house.row_id("productions", s.title), s.title, s.subtitle, _english(house, name=s.title, subtitle=s.subtitle))
        for s in house.shows
    ]
    await insert("productions", ["id", "name", "subtitle", "texts"], rows)
    pairs = [(house.row_id("productions", show.title), house.row_id("tags", tag)) for show in house.shows for tag in show.tags]
    await insert("production_tags", ["production_id", "tag_id"], pairs)


def _evenings(house: House, show: Show, today: date) -> Iterator[Evening]:
    for number in range(show.performances):
        day = today + timedelta(days=show.first + number * show.every)
        starts_at = datetime.combine(day, time(show.hour), ZoneInfo(house.time_zone)).astimezone(UTC)
        one = house.row_id("performances", show.title, number)
        yield Evening(one, show, starts_at, starts_at - ON_SALE_BEFORE, house.halls[show.hall])


async def _performances(house: House, evenings: list[Evening], today: date) -> None:
    columns = (
        "id production_id season_id category_id hall_id promoter_id organisation_ids "
        "starts_at sale_starts_at sale_ends_at status capacity max_per_order"
    )
    await insert("performances", columns.split(), [_performance(house, each, today) for each in evenings])


def _performance(house: House, evening: Evening, today: date) -> tuple[object, ...]:
    show = evening.show
    return (
        evening.id,
        house.row_id("productions", show.title),
        house.row_id("seasons", _season(evening.starts_at.date())),
        house.row_id("categories", show.category),
        house.row_id("halls", show.hall),
        show.promoter and house.row_id("promoters", show.promoter),
        [house.row_id("organisations", show.organisation)],
        evening.starts_at,
        evening.sale_starts_at,
        evening.starts_at,
        "ANNOUNCED" if evening.sale_starts_at.date() > today else "ON_SALE",
        evening.capacity,
        10,
    )


async def _prices(house: House, evenings: list[Evening]) -> None:
    rows = [
        (
            house.row_id("prices", evening.id, kind, level),
            evening.id,
            house.row_id("ticket_types", kind),
            level,
            price(evening.show, part * dearness),
            FEE,
        )
        for evening in evenings
        for kind, part in house.ticket_types.items()
        for level, dearness in LEVELS.items()
    ]
    await insert("prices", ["id", "performance_id", "ticket_type_id", "price_level", "amount", "fee"], rows)
