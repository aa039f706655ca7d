"""What an invented house plays: its catalogue, and the performances of some seasons."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from tenants.demo.houses import House
from tenants.demo.rows import insert
from tenants.demo.seasons import Evening, extent, plan

SET_UP = timedelta(days=60)  # so long before its sale starts, all about it is decided
ANNOUNCED = timedelta(days=330)  # so long before it a performance is told


async def fill(house: House, today: date, customers: int) -> list[Evening]:
    """Write a programme for so many customers into the house's open scope and answer its performances."""
    asked = extent(house, customers, today)
    seasons = range(asked.first, asked.last + 1)
    evenings = [
        evening
        for season in seasons
        for evening in plan(house, season, asked.density, today)
        if evening.starts_at.date() < today + ANNOUNCED
    ]
    rows = [(house.row_id("seasons", y), season_name(y), date(y, 8, 1), date(y + 1, 7, 31)) for y in seasons]
    await insert("seasons", ["id", "name", "starts_on", "ends_on"], rows)
    await _named(house, "organisations", [organisation for _, organisation in house.tastes.values()])
    await _named(house, "promoters", [show.promoter for show in house.shows if show.promoter])
    await _translated(house, "categories", [category for category, _ in house.tastes.values()])
    await _translated(house, "tags", [tag for show in house.shows for tag in show.tags])
    halls = [(house.row_id("halls", n), n, hall.seats, _english(house, name=n)) for n, hall in house.halls.items()]
    await insert("halls", ["id", "name", "capacity", "texts"], halls)
    names = [kind for kind, _ in house.ticket_types.values()]
    types = [(house.row_id("ticket_types", n), n, place, _english(house, name=n)) for place, n in enumerate(names)]
    await insert("ticket_types", ["id", "name", "position", "texts"], types)
    await _productions(house)
    await _performances(house, evenings, today)
    for _, of_season in groupby(evenings, key=lambda evening: evening.season):
        await _prices(house, list(of_season))
    return evenings


def season_name(year: int) -> str:
    """Of the season that begins in that year."""
    return f"{year}/{(year + 1) % 100:02}"


def performance_id(house: House, evening: Evening) -> UUID:
    """The same in every installation."""
    return house.row_id("performances", evening.show.title, evening.season, evening.number)


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


async def _performances(house: House, evenings: list[Evening], today: date) -> None:
    columns = (
        "id production_id season_id category_id hall_id promoter_id organisation_ids "
        "starts_at sale_starts_at sale_ends_at status capacity max_per_order"
    )
    await insert("performances", columns.split(), [_performance(house, each, today) for each in evenings])


def _performance(house: House, evening: Evening, today: date) -> tuple[object, ...]:
    show = evening.show
    category, organisation = house.tastes[show.taste]
    on_sale = evening.sale_starts_at < datetime.combine(today, time(), UTC) + SET_UP
    return (
        performance_id(house, evening),
        house.row_id("productions", show.title),
        house.row_id("seasons", evening.season),
        house.row_id("categories", category),
        house.row_id("halls", show.hall),
        show.promoter and house.row_id("promoters", show.promoter),
        [house.row_id("organisations", organisation)],
        evening.starts_at,
        evening.sale_starts_at,
        evening.starts_at,
        "CANCELLED" if evening.cancelled else "ON_SALE" if on_sale else "ANNOUNCED",
        house.halls[show.hall].seats,
        10,
    )


async def _prices(house: House, evenings: list[Evening]) -> None:
    rows = [
        (
            house.row_id("prices", evening.season, evening.show.title, evening.number, kind, level),
            performance_id(house, evening),
            house.row_id("ticket_types", kind),
            level,
            house.price(evening.show, part * dearness),
            house.fee,
        )
        for evening in evenings
        for whom, (kind, part) in house.ticket_types.items()
        if evening.for_schools or whom != "group"
        for level, (dearness, _) in house.halls[evening.show.hall].levels.items()
    ]
    await insert("prices", ["id", "performance_id", "ticket_type_id", "price_level", "amount", "fee"], rows)
