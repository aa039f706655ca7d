"""Who buys at an invented house. A few come all the time and most came once; families share a name and an address.

Only a few numbers of each customer stay in memory: everything else about a household follows from its number.
"""

from array import array
from bisect import bisect_left
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from random import Random
from typing import Any
from uuid import UUID

from tenants.demo.houses import House
from tenants.search import search_key

COLUMNS = (
    "id postcode city country number first_name last_name company email birth_date gender street language created_at "
    "first_name_key last_name_key company_key email_key"
).split()
AGES = {  # of who likes what: mean, deviation
    "theatre": (53, 14),
    "ballet": (44, 15),
    "family": (38, 5),
    "classical": (61, 12),
    "comedy": (37, 11),
    "folk": (55, 12),
    "jazz": (49, 13),
    "rock": (33, 10),
    "film": (35, 12),
}
WOMEN = {"rock": 0.36, "jazz": 0.46, "comedy": 0.52, "film": 0.5, "ballet": 0.72, "family": 0.7}  # 0.6 for any other
TO_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "é": "e", "'": None, " ": None})
REGULAR, NOW_AND_THEN = 0.12, 0.36  # of all customers; the rest came once


class Buyers:
    """All customers of a house so far. Times are minutes since 1970."""

    def __init__(self, house: House, today: date, most: int) -> None:
        self.house, self.year, self.most = house, today.year, most
        self.fresh: list[tuple[Any, ...]] = []  # rows not written yet
        self._chance = Random(f"{house.slug}/buyers")  # noqa: S311  # an invented house, no secret
        self._places = [(place.postcode, place.place) for place in house.places]
        self._last_names, self._streets = house.last_names.split(", "), house.streets.split(", ")
        self._since, self._home, self._born, self._place = array("I"), array("I"), array("h"), array("H")
        self._regulars = {taste: array("I") for taste in ("", *house.tastes)}  # "" is everybody
        self._sometimes = {taste: array("I") for taste in ("", *house.tastes)}
        self._lately: dict[
            str, tuple[int, str, bool]
        ] = {}  # taste -> number, name and sex of somebody new, whose family may follow
        self._groups = {"school": array("I"), "company": array("I")}
        self._group_names = {
            "school": self._named(house.schools, [*self._streets, *dict.fromkeys(town for _, town in self._places)]),
            "company": self._named(house.companies, self._last_names),
        }

    def __len__(self) -> int:
        return len(self._since)

    def age(self, customer: int, at: int) -> int | None:
        """None when unknown."""
        return None if self._born[customer] <= 0 else _year(at) - self._born[customer]

    def place(self, customer: int) -> tuple[str, str, str]:
        """Postcode, town, country."""
        return (*self._places[self._place[customer]], self.house.country)

    def id(self, customer: int) -> UUID:
        """The same in every installation, and in order of time as ids are."""
        return dated_id(self._since[customer], f"{self.house.slug}/customers", customer)

    def again(self, taste: str) -> int:
        """Somebody who has been here before and is likely to like it; mostly a regular."""
        chance = self._chance
        shelves = self._regulars if chance.random() < 0.55 else self._sometimes
        known = shelves[taste if chance.random() < 0.7 else ""]
        return known[int(chance.random() ** 1.15 * len(known))] if known else int(chance.random() * len(self))

    def regular(self, taste: str, chance: Random, before: int) -> int | None:
        """Somebody who comes often, likes it, and was there before that minute; None when nobody was."""
        known = self._regulars[taste]
        many = bisect_left(known, before, key=self._since.__getitem__)
        found = known[int(chance.random() ** 1.15 * many)] if many else None
        return found if found is not None and self._since[found] < before else None

    def group(self, kind: str, at: int) -> int:
        """A school or a company, mostly one that has been here before."""
        known, names = self._groups[kind], self._group_names[kind]
        if known and (len(self) >= self.most or len(known) == len(names) or self._chance.random() < 0.85):
            return self._chance.choice(known)
        known.append(len(self))
        return self._enrol(at, "family" if kind == "school" else "theatre", company=names[len(known) - 1])

    def new(self, taste: str, at: int) -> int:
        """Somebody who has not been here before, sometimes of a family that has."""
        customer = len(self)
        habit = self._chance.random()
        if habit < NOW_AND_THEN:
            for shelf in (taste, ""):
                (self._regulars if habit < REGULAR else self._sometimes)[shelf].append(customer)
        return self._enrol(at, taste, relative=self._lately.pop(taste, None) if self._chance.random() < 0.3 else None)

    def _enrol(self, at: int, taste: str, relative: tuple[int, str, bool] | None = None, company: str | None = None) -> int:
        chance, house, customer = self._chance, self.house, len(self)
        home = self._home[relative[0]] if relative else customer
        last, street, place = self._household(home)
        born = self._birth_year(taste, _year(at), self._born[relative[0]] if relative else 0)
        woman = chance.random() < WOMEN.get(taste, 0.6) if relative is None or chance.random() < 0.15 else not relative[2]
        names = (house.women if woman else house.men)[born >= 1975].split()
        first = chance.choice([name for name in names if not relative or name != relative[1]])
        if relative is None and company is None:
            self._lately[taste] = customer, first, woman
        known = chance.random() < 0.84 and not company
        for column, value in ((self._since, at), (self._home, home), (self._born, born if known else 0), (self._place, place)):
            column.append(value)
        mailbox = f"{first}.{last}.{customer + 1}@example.com".lower().translate(TO_ASCII)
        email = mailbox if chance.random() < 0.93 else None
        gender = ("WOMAN" if woman else "MAN") if chance.random() < 0.93 and not company else None
        day = date(born, chance.randint(1, 12), chance.randint(1, 28)) if known else None
        language = house.languages[chance.random() < 0.04]
        keys = _key(first), _key(last), _key(company), email
        known_as = customer + 1, first, last, company, email, day, gender, street, language, _moment(at)
        self.fresh.append((self.id(customer), *self.place(customer), *known_as, *keys))
        return customer

    def _household(self, home: int) -> tuple[str, str, int]:
        chance = Random(f"{self.house.slug}/home/{home}")  # noqa: S311
        last = self._last_names[int(chance.random() ** 1.4 * len(self._last_names))]
        place = int(chance.random() ** 1.3 * len(self._places))
        return last, f"{chance.choice(self._streets)} {1 + int(chance.random() ** 1.6 * 94)}", place

    def _named(self, patterns: str, after: list[str]) -> list[str]:
        names = [pattern.format(name[0].upper() + name[1:]) for pattern in patterns.split(", ") for name in after]
        self._chance.shuffle(names)
        return names

    def _birth_year(self, taste: str, year: int, relative: int) -> int:
        """A partner is about as old, a child of the family some thirty years younger."""
        if relative > 0:
            child = relative + self._chance.randint(24, 36)
            partner = relative + self._chance.randint(-5, 5)
            return child if self._chance.random() < 0.3 and child <= year - 13 else min(partner, year - 18)
        mean, deviation = AGES[taste]
        return max(self.year - 96, year - int(min(89, max(18, self._chance.gauss(mean, deviation)))))


def _year(minute: int) -> int:
    return 1970 + minute // (365 * 24 * 60 + 349)


def dated_id(minute: int, kind: str, number: int) -> UUID:
    """A UUIDv7 of that minute, the same in every installation."""
    scattered = (number * 0x9E3779B97F4A7C15 + _seed(kind)) & 0x3FFFFFFFFFFFFFFF
    return UUID(int=(minute * 60_000) << 80 | 0x7 << 76 | (_seed(kind) & 0xFFF) << 64 | 0b10 << 62 | scattered)


_key = lru_cache(maxsize=1_000)(search_key)


@cache
def _seed(kind: str) -> int:
    return Random(kind).getrandbits(62)  # noqa: S311


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
