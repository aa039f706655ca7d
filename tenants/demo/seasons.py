"""What is played when. No hall holds two performances on one evening, and shows keep to the days people go to their kind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tenants.demo.houses import House, Show

DAYS = {  # what is played on which weekdays (Monday is 0) and at what hour, the premiere on the first
    "theatre": ((4, 5, 2, 3, 1), 19),
    "ballet": ((5, 6, 3, 4), 19),
    "family": ((5, 2, 6, 3), 13),
    "classical": ((6, 4, 3), 19),
    "comedy": ((3, 4, 5), 20),
    "folk": ((3, 5, 4), 19),
    "jazz": ((4,), 21),
    "rock": ((5, 4), 20),
    "film": ((2,), 19),
}
SCHOOL_HOUR = 10  # of family shows on weekdays
WEEKS = 42
HOLIDAYS = {(12, 24), (12, 25), (12, 31), (1, 1), (5, 1), (5, 17)}


@dataclass(frozen=True, eq=False, slots=True)
class Evening:
    """A performance, as the sales need it. `fills` is the part of the hall that wants to come (more than 1: sold out)."""

    show: Show
    season: int
    number: int  # within the run, from 0
    of: int
    starts_at: datetime
    sale_starts_at: datetime
    premiere: datetime
    fills: float
    reviews: float  # the part of the tickets bought because of them
    cancelled: bool = False

    @property
    def for_schools(self) -> bool:
        """A weekday morning."""
        return self.show.taste == "family" and self.starts_at.weekday() < 5


def season_of(day: date) -> int:
    """The year the day's season began in; seasons turn on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


def plan(house: House, season: int, density: float, today: date) -> list[Evening]:
    """A season's performances; `density` multiplies what the shows' runs say, as far as the halls have free days."""
    taken: set[tuple[str, date, bool]] = set()
    monday = _first_monday(season)
    evenings = [
        evening
        for show in sorted(shows_of(house, season), key=lambda show: not show.every)  # those of fixed days choose first
        for evening in _run(house, show, season, _days(show, monday, density, taken))
    ]
    return _with_illness(house, season, evenings, today)


def _with_illness(house: House, season: int, evenings: list[Evening], today: date) -> list[Evening]:
    """One evening in seventy, never a premiere, is cancelled on its day."""
    chance = Random(f"{house.slug}/{season}/ill")  # noqa: S311  # an invented house, no secret
    later = [evening for evening in evenings if evening.number]
    ill = set(chance.sample(later, min(len(later), max(1, len(later) // 70))))
    return [replace(e, cancelled=True) if e in ill and e.starts_at.date() < today else e for e in evenings]


def shows_of(house: House, season: int) -> list[Show]:
    """What is played in a season."""
    return [show for show in house.shows if str(season % 3) in show.years]


def _first_monday(season: int) -> date:
    day = date(season, 8, 18)
    return day + timedelta(days=-day.weekday() % 7)


def _days(show: Show, monday: date, density: float, taken: set[tuple[str, date, bool]]) -> list[tuple[date, int]]:
    """The days of a run and their hours, in order."""
    weekdays, hour = DAYS[show.taste]
    wanted, found = max(1, round(show.run * density)), list[tuple[date, int]]()
    week = show.week
    step = max(1, (WEEKS - show.week) // wanted) if show.every else 1
    while len(found) < wanted and week < WEEKS:
        for weekday in sorted(weekdays[:1] if step > 1 else weekdays if density > 0.5 else weekdays[:2]):
            day = monday + timedelta(weeks=week, days=weekday)
            at = SCHOOL_HOUR if show.taste == "family" and weekday < 5 else show.hour or hour
            at = 14 if weekday == 6 and at >= 19 else at
            key = show.hall, day, at < 16
            early = not found and weekday < weekdays[0]  # a premiere waits for its day
            if not early and len(found) < wanted and key not in taken and _open(day, at):
                taken.add(key)
                found.append((day, at))
        week += step
    return found


def _open(day: date, hour: int) -> bool:
    """Whether there are performances: not on holidays, from Maundy Thursday to Easter, and for schools while they are closed."""
    feast = (day.month, day.day) in HOLIDAYS or -3 <= (day - _easter(day.year)).days <= 1
    return not feast and not (hour == SCHOOL_HOUR and ((day.month, day.day) > (12, 19) or (day.month, day.day) < (1, 4)))


def _easter(year: int) -> date:
    """By the rule of Meeus, Jones and Butcher."""
    moon = (19 * (year % 19) + year // 100 - year // 400 - (8 * (year // 100) + 13) // 25 + 15) % 30
    moon -= (year % 19 + 11 * moon) // 319
    to_sunday = (2 * (year // 100 % 4) + 2 * (year % 100 // 4) - year % 100 % 4 - moon + 32) % 7
    return date(year, 3, 22) + timedelta(days=moon + to_sunday)


def _run(house: House, show: Show, season: int, days: list[tuple[date, int]]) -> Iterator[Evening]:
    if not days:
        return
    chance = Random(f"{house.slug}/{show.title}/{season}")  # noqa: S311  # an invented house, no secret
    mood, reviews = chance.uniform(0.86, 1.12), chance.choice([0.0, 0.06, 0.12, 0.28])
    starts = [utc(house, day, hour) for day, hour in days]
    on_sale = days[0][0] - timedelta(weeks=chance.randint(9, 17))
    on_sale -= timedelta(days=(on_sale.weekday() - 3) % 7)  # a Thursday
    on_sale -= timedelta(weeks=2 * (not _open(on_sale, 10)))
    for number, start in enumerate(starts):
        fills = show.pull * mood * _wish(days[number], number, len(days)) * (1 + reviews / 2 if number else 1.12)
        yield Evening(show, season, number, len(days), start, utc(house, on_sale, 10), starts[0], fills, reviews)


def _wish(day: tuple[date, int], number: int, of: int) -> float:
    """How much likelier people come on that day: weekends, and the end of a run."""
    weekday = (0.8, 0.8, 0.86, 0.93, 1.06, 1.12, 0.98)[day[0].weekday()]
    return weekday * (1.06 if number == of - 1 > 0 else 1.0 - 0.12 * min(1.0, number / max(of, 8)))


def utc(house: House, day: date, hour: int) -> datetime:
    """That hour of the day at the house."""
    return datetime.combine(day, time(hour), ZoneInfo(house.time_zone)).astimezone(UTC)


@dataclass(frozen=True)
class Extent:
    """How much an invented house plays for so many customers: which seasons, and how densely."""

    first: int
    last: int
    density: float


TICKETS_EACH = 5.4  # what a customer, and the unknown buyers beside, buy in all these years
DENSEST = 2.6  # beyond it the halls have no free days


def extent(house: House, customers: int, today: date) -> Extent:
    """Three seasons for as many customers as their halls have seats for; for more, also the seasons before those."""
    this = season_of(today)
    wanted = customers * TICKETS_EACH
    back = 2
    while (seats := _sold(house, this - back, this, DENSEST, today)) < wanted and back < 60:
        back += max(1, int((wanted - seats) / seats * back / 2))
    low, high = 0.0, DENSEST
    for _ in range(7):
        middle = (low + high) / 2
        low, high = (middle, high) if _sold(house, this - back, this, middle, today) < wanted else (low, middle)
    return Extent(this - back, this + 1, high)


def _sold(house: House, first: int, last: int, density: float, today: date) -> float:
    return sum(
        house.halls[evening.show.hall].seats * min(1.0, evening.fills)
        for season in range(first, last + 1)
        for evening in plan(house, season, density, today)
        if evening.starts_at.date() < today
    )
