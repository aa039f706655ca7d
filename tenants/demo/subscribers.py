"""Who has an invented house's series and belongs to its friends: regulars, most of whom come again a year later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from random import Random
from uuid import UUID

from tenants.demo import curve, tickets
from tenants.demo.buyers import Buyers, dated_id
from tenants.demo.houses import House
from tenants.demo.products import membership_id
from tenants.demo.rows import Row
from tenants.demo.series import Subscription

SOLD = 0.1  # orders of each series, for each seat of its hall
AGAIN = 0.74  # of those who had it the year before
FRIENDS = 0.04  # of all customers, at some time


@dataclass(frozen=True, slots=True)
class _Sale:
    minute: int
    buyer: int
    product: UUID
    edition: Subscription | None  # None for a membership


def orders(house: House, editions: list[Subscription], buyers: Buyers, now: int) -> Iterator[tuple[Row, Row]]:
    """Each order until this minute, with its line."""
    chance = Random(f"{house.slug}/subscribers")  # noqa: S311  # an invented house, no secret
    sales = chain(_subscriptions(house, editions, buyers, chance), _memberships(house, editions, buyers, chance, now))
    for number, sale in enumerate(sales):
        if sale.minute < now:
            yield _rows(house, sale, number, buyers, chance)


def _subscriptions(house: House, editions: list[Subscription], buyers: Buyers, chance: Random) -> Iterator[_Sale]:
    had: dict[str, list[int]] = {}  # series -> who had it last
    for edition in editions:
        series = edition.series
        again = [buyer for buyer in had.get(series.name, []) if chance.random() < AGAIN]
        have = had[series.name] = []
        for minute in curve.rush(house, edition.opens, edition.closes, chance, round(house.halls[series.hall].seats * SOLD)):
            buyer = again.pop() if again else buyers.regular(series.tastes[0], chance, minute)
            if buyer is not None and buyer not in have:
                have.append(buyer)
                yield _Sale(minute, buyer, edition.id, edition)


def _memberships(house: House, editions: list[Subscription], buyers: Buyers, chance: Random, now: int) -> Iterator[_Sale]:
    first = min((curve.minutes(edition.opens) for edition in editions), default=now)
    members = set()
    for _ in range(round(len(buyers) * FRIENDS)):
        minute = curve.by_day(house, first + int(chance.random() * (now - first)), chance)
        buyer = buyers.regular("", chance, minute)
        if buyer is None or buyer in members:
            continue
        members.add(buyer)
        while minute < now:
            yield _Sale(minute, buyer, membership_id(house), None)
            if chance.random() > AGAIN:
                break
            minute = curve.by_day(house, minute + (365 + chance.randint(-20, 10)) * curve.DAY, chance)


def _rows(house: House, sale: _Sale, number: int, buyers: Buyers, chance: Random) -> tuple[Row, Row]:
    at, age = datetime.fromtimestamp(sale.minute * 60, UTC), buyers.age(sale.buyer, sale.minute)
    weekday, hour = curve.local(house.time_zone, sale.minute // 60)
    how = tickets.channel(chance, age, tickets.manned(weekday, hour, curve.DAY), curve.DAY)
    whom = tickets.whom(chance, age)
    order = dated_id(sale.minute, f"{house.slug}/subscribers", number)
    line = dated_id(sale.minute, f"{house.slug}/subscriptions", number)
    if edition := sale.edition:
        levels = house.halls[edition.series.hall].levels
        level = chance.choices(list(levels), [part for _, part in levels.values()])[0]
        quantity, each, vat = (
            2 if chance.random() < 0.6 else 1,
            edition.price(whom, level),
            house.vat_of(edition.evenings[0].show),
        )
        fee = house.fee * quantity if how == "ONLINE" else 0
    else:
        level, quantity, each, vat, fee = "", 1, house.price(house.friends, house.ticket_types[whom][1]), 0, 0
    amount = each * quantity
    money = each, amount, fee, round(amount * vat / (100 + vat))
    buyer = buyers.id(sale.buyer), *buyers.place(sale.buyer)
    return (
        (order, *buyer, how, house.currency, at, "CONFIRMED", at, at),
        (line, order, None, sale.product, house.type_id(whom), quantity, level, *money, "VALID", None, False, at, at),
    )
