"""What one order is for: how many tickets of which types, on which seats, through which channel."""

from random import Random

from tenants.demo.houses.house import Hall
from tenants.demo.seasons import Evening

Party = dict[str, int]  # for whom (a key of House.ticket_types) -> tickets
MOST = 10  # tickets of an order, but for schools and companies


def party(chance: Random, evening: Evening, age: int | None, kind: str) -> Party:
    """Who comes along."""
    if kind == "school":
        return {"group": chance.randint(11, 27)}
    if kind == "company":
        return {"adult": chance.randint(8, 18)}
    christmas_ballet = evening.show.taste == "ballet" and evening.starts_at.month == 12 and chance.random() < 0.45
    if evening.show.taste == "family" or christmas_ballet:
        grown = "senior" if age and age > 67 else "adult"
        return {grown: 1 if chance.random() < 0.45 else 2, "child": _of(chance, 0.4, 0.86)}
    return {whom(chance, age): _several(chance)}


def _of(chance: Random, one: float, two: float) -> int:
    drawn = chance.random()
    return 1 if drawn < one else 2 if drawn < two else 3


def whom(chance: Random, age: int | None) -> str:
    """What somebody of that age buys; a key of House.ticket_types."""
    if age and age >= 67 and chance.random() < 0.85:
        return "senior"
    if (age is None or age < 27) and chance.random() < (0.12 if age is None else 0.65):
        return "student"
    return "adult"


def _several(chance: Random) -> int:
    drawn = chance.random()
    return 1 if drawn < 0.24 else 2 if drawn < 0.79 else 3 if drawn < 0.87 else 4 if drawn < 0.97 else 5


def mean(evening: Evening) -> float:
    """The usual size of an order."""
    if evening.for_schools:
        return 11.0
    return 3.2 if evening.show.taste == "family" else 2.3


class Seats:
    """What is left of a performance."""

    def __init__(self, hall: Hall) -> None:
        self._left = {level: round(hall.seats * part) for level, (_, part) in hall.levels.items()}
        first = next(iter(self._left))
        self._left[first] += hall.seats - sum(self._left.values())  # what rounding left over

    def take(self, chance: Random, wanted: int) -> str | None:
        """A price level where so many are left, now taken; None when nowhere."""
        fitting = [level for level, left in self._left.items() if left >= wanted]
        if not fitting:
            return None
        level = chance.choices(fitting, [self._left[level] for level in fitting])[0] if len(fitting) > 1 else fitting[0]
        self._left[level] -= wanted
        return level

    def give_back(self, level: str, given: int) -> None:
        """They are for sale again."""
        self._left[level] += given


def manned(weekday: int, hour: int, minutes_before: int) -> float:
    """The part of the buyers whom the counter serves at that time: many at the door, few by day, none at night."""
    return 0.6 if minutes_before < 120 else 0.15 if weekday < 6 and 11 <= hour < 18 else 0.0


def channel(chance: Random, age: int | None, manned: float, minutes_before: int) -> str:
    """By the buyer's age, while somebody sits at the counter and the telephone; just before a performance, at the door."""
    older = 0.9 * max(0.0, ((age or 45) - 30) / 60) if manned else 0.0
    if chance.random() < manned + older:
        return "PHONE" if minutes_before > 120 and chance.random() < 0.28 else "BOX_OFFICE"
    return "PARTNER" if chance.random() < 0.045 else "ONLINE"
