"""When tickets to a performance are bought: many when the sale starts, few for long, then more each day until it is played."""

from bisect import bisect
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from tenants.demo.houses import House
from tenants.demo.seasons import Evening

DAY = 24 * 60
LATE = {"family": 17, "rock": 24, "ballet": 15, "comedy": 14, "jazz": 6, "film": 5}  # mean days before; 10 for any other
# Of 1,000 orders in each hour of a day, local time: at work, at lunch, and on the sofa.
HOURS = tuple(accumulate((6, 2, 1, 1, 1, 2, 5, 16, 32, 52, 66, 68, 74, 64, 54, 52, 54, 52, 58, 80, 98, 92, 50, 20)))


def minutes(moment: datetime) -> int:
    """Whole minutes since 1970 in UTC."""
    return int(moment.timestamp()) // 60


def moments(house: House, evening: Evening, chance: Random, orders: int) -> list[int]:
    """The minutes at which so many orders for a performance come in."""
    opens, starts, premiere = (minutes(m) for m in (evening.sale_starts_at, evening.starts_at, evening.premiere))
    first_day, last_day = (_day(house, minute) for minute in (opens, starts))
    days, since_premiere = (last_day - first_day).days, (_day(house, premiere) - first_day).days
    rush = 0.42 if evening.fills > 1 else 0.1 + 0.14 * evening.fills
    reviewed = rush + (evening.reviews if since_premiere + 1 < days else 0)
    late = 1 / LATE.get(evening.show.taste, 10)
    found = []
    for _ in range(orders):
        kind = chance.random()
        if kind < rush:
            day = int(chance.expovariate(0.5))
        elif kind < reviewed:
            day = since_premiere + 1 + int(chance.expovariate(0.3))
        elif kind < reviewed + 0.2:
            day = int(chance.random() * days)
        else:
            day = days - int(chance.expovariate(late))
        day = day if 0 <= day <= days else int(chance.random() * days)
        found.append(_minute(house, first_day, day, chance, opens, starts))
    return found


def rush(house: House, opens: datetime, closes: datetime, chance: Random, orders: int) -> list[int]:
    """The minutes at which so many orders for a series come in, from the day its sale opens."""
    first, last = _day(house, minutes(opens)), _day(house, minutes(closes))
    days = [min(int(chance.expovariate(0.03)), (last - first).days) for _ in range(orders)]
    return sorted(_minute(house, first, day, chance, minutes(opens), minutes(closes)) for day in days)


def by_day(house: House, minute: int, chance: Random) -> int:
    """A minute of the same day at which people buy."""
    return _minute(house, _day(house, minute), 0, chance, 0, minute + 2 * DAY)


def weekday(house: House, moment: datetime) -> int:
    """There; Monday is 0."""
    return local(house.time_zone, minutes(moment) // 60)[0]


def _minute(house: House, first: date, day: int, chance: Random, opens: int, starts: int) -> int:
    if (first + timedelta(days=day)).weekday() == 5 and chance.random() < 0.3:
        day += 1  # fewer buy on Saturdays than on Sundays
    hour = bisect(HOURS, chance.random() * HOURS[-1])
    at = _midnight(house.time_zone, first.toordinal() + day) + hour * 60 + int(chance.random() * 60)
    if at < opens:
        return opens + int(chance.random() ** 2 * 400)
    return at if at < starts else starts - 1 - int(chance.random() ** 2 * 300)


def _day(house: House, minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, ZoneInfo(house.time_zone)).date()


@lru_cache(maxsize=4_000)
def _midnight(zone: str, day: int) -> int:
    return minutes(datetime.combine(date.fromordinal(day), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC))


@lru_cache(maxsize=4_000)
def local(zone: str, hours: int) -> tuple[int, int]:
    """Weekday and hour in a zone, of an hour counted from 1970 in UTC."""
    there = datetime.fromtimestamp(hours * 3600, ZoneInfo(zone))
    return there.weekday(), there.hour
