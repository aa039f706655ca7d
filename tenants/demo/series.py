"""The series of an invented house, season by season: which evenings each has, when it is sold, and for how much."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from tenants.demo import curve
from tenants.demo.houses import House, Series
from tenants.demo.seasons import Evening, utc

REBATE = 0.8  # of what single tickets cost


@dataclass(frozen=True, eq=False)
class Subscription:
    """One season's edition of a series."""

    house: House
    series: Series
    season: int
    evenings: list[Evening]

    @property
    def id(self) -> UUID:
        """The same in every installation."""
        return self.house.row_id("products", self.series.name, self.season)

    @property
    def opens(self) -> datetime:
        """A Thursday in April before the season."""
        day = date(self.season, 4, 14)
        return utc(self.house, day + timedelta(days=(3 - day.weekday()) % 7), 10)

    @property
    def closes(self) -> datetime:
        """When a third of its evenings is over."""
        return self.evenings[len(self.evenings) // 3].starts_at

    def price(self, whom: str, level: str) -> int:
        """In minor units."""
        part = self.house.ticket_types[whom][1] * self.house.halls[self.series.hall].levels[level][0]
        single = [self.house.price(evening.show, part) for evening in self.evenings]
        each = sum(single) / len(single) * (self.series.choose or len(single))
        return round(each * REBATE / self.house.step) * self.house.step


def editions(house: House, evenings: list[Evening]) -> Iterator[Subscription]:
    """Of each series one a season: the first evening of each production on its weekday, or all, of which to choose some."""
    for series in house.series:
        fitting = [e for e in evenings if e.show.taste in series.tastes and e.show.hall == series.hall]
        for season in sorted({evening.season for evening in fitting}):
            here = sorted((e for e in fitting if e.season == season), key=lambda e: e.starts_at)
            if not series.choose:
                there = [e for e in here if curve.weekday(house, e.starts_at) == series.weekday]
                here = [e for n, e in enumerate(there) if e.show not in {earlier.show for earlier in there[:n]}]
            if len(here) > (series.choose or 1):
                yield Subscription(house, series, season, here)
