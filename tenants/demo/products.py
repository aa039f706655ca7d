"""What an invented house sells beside single tickets: a membership of its circle of friends, and each season's series."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from tenants.demo import curve
from tenants.demo.houses import House, Series
from tenants.demo.programme import performance_id, season_name
from tenants.demo.rows import Row, insert
from tenants.demo.seasons import Evening, utc

REBATE = 0.8  # of what single tickets cost
WHOM = ("adult", "senior", "student")
MONTHS = 12  # of a membership
TOLD = timedelta(days=30)  # before it is sold
COLUMNS = "id kind name description texts season_id organisation_ids choose months status sale_starts_at sale_ends_at".split()


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


def membership_id(house: House) -> UUID:
    """Of the circle of friends: the same in every installation."""
    return house.row_id("products", house.friends.name)


async def fill(house: House, evenings: list[Evening], today: date) -> list[Subscription]:
    """Write the membership and the series that are told by today into the house's open scope; answers the series."""
    now = datetime.combine(today, time(), UTC)
    editions = [each for each in _editions(house, evenings) if each.opens < now + TOLD]
    await insert("products", COLUMNS, [_membership(house), *(_product(each, now) for each in editions)])
    pairs = [(each.id, performance_id(house, evening)) for each in editions for evening in each.evenings]
    await insert("product_performances", ["product_id", "performance_id"], pairs)
    prices = [(membership_id(house), whom, "", house.price(house.friends, house.ticket_types[whom][1]), 0) for whom in WHOM]
    for each in editions:
        levels = house.halls[each.series.hall].levels
        prices += [(each.id, whom, level, each.price(whom, level), house.fee) for whom in WHOM for level in levels]
    rows = [
        (house.row_id("product_prices", product, whom, level), product, house.type_id(whom), level, amount, fee)
        for product, whom, level, amount, fee in prices
    ]
    await insert("product_prices", ["id", "product_id", "ticket_type_id", "price_level", "amount", "fee"], rows)
    return editions


def _editions(house: House, evenings: list[Evening]) -> Iterator[Subscription]:
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


def _membership(house: House) -> Row:
    friends = house.friends
    texts = {"name:en": house.english[friends.name], "description:en": house.english[friends.text]}
    named = friends.name, friends.text, json.dumps(texts)
    return membership_id(house), "MEMBERSHIP", *named, None, [], None, MONTHS, "ON_SALE", None, None


def _product(each: Subscription, now: datetime) -> Row:
    series, house, years = each.series, each.house, season_name(each.season)
    texts = {"name:en": f"{house.english[series.name]} {years}", "description:en": house.english[series.text]}
    named = f"{series.name} {years}", series.text, json.dumps(texts)
    owners = dict.fromkeys(house.row_id("organisations", house.tastes[taste][1]) for taste in series.tastes)
    belongs = house.row_id("seasons", each.season), list(owners)
    status = "ANNOUNCED" if now < each.opens else "ON_SALE" if now < each.closes else "ENDED"
    return each.id, "SUBSCRIPTION", *named, *belongs, series.choose, None, status, each.opens, each.closes
