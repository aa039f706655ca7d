"""What an invented house sold, order after order as it happened: by chance, but the same chance at every start."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import count, islice
from random import Random

from tenants import tenancy
from tenants.demo import curve, refunds, subscribers, tickets
from tenants.demo.buyers import COLUMNS, Buyers, dated_id
from tenants.demo.houses import House, Show
from tenants.demo.programme import performance_id
from tenants.demo.rows import LINE_COLUMNS, ORDER_COLUMNS, Row, insert
from tenants.demo.seasons import Evening
from tenants.demo.series import Subscription
from tenants.sql import sql

AT_ONCE = 5_000  # orders written together
RUNS = 120  # that are on sale at the same time, at most
BEFORE = 0.22  # of the customers were there before the first of these orders
BROUGHT_BACK, IN_PART = 0.012, 0.008  # of the orders of single tickets that stand


async def fill(house: House, evenings: list[Evening], editions: list[Subscription], today: date, customers: int) -> None:
    """Write customers and their orders into the house's open scope; some thousands of rows are in memory at a time."""
    sales = Sales(house, evenings, today, customers)
    batches = sales.batches()
    while batch := await asyncio.to_thread(next, batches, None):  # beside the other houses' statements
        orders, lines = batch
        await insert("customers", COLUMNS, sales.buyers.fresh)
        sales.buyers.fresh.clear()
        await insert("orders", ORDER_COLUMNS, orders)
        await insert("ticket_lines", LINE_COLUMNS, lines)
    of_regulars = subscribers.orders(house, editions, sales.buyers, sales.now)
    while part := list(islice(of_regulars, AT_ONCE)):
        await insert("orders", ORDER_COLUMNS, [order for order, _ in part])
        await insert("ticket_lines", LINE_COLUMNS, [line for _, line in part])
    await tenancy.execute(
        sql("insert into counters (tenant_id, name, value) values ({venue}, 'customers', {last})", last=len(sales.buyers))
    )


class Sales:
    """One house's sales, in order of time, until the day of the demo."""

    def __init__(self, house: House, evenings: list[Evening], today: date, customers: int) -> None:
        self.house, self.customers = house, customers
        self.now = curve.minutes(datetime(today.year, today.month, today.day, tzinfo=UTC))
        self.on_sale = sorted(
            (e for e in evenings if curve.minutes(e.sale_starts_at) < self.now), key=lambda e: (e.sale_starts_at, e.starts_at)
        )
        self.buyers = Buyers(house, today, customers)
        self._chance = Random(f"{house.slug}/sales")  # noqa: S311  # an invented house, no secret
        self._seats = [tickets.Seats(house.halls[e.show.hall]) for e in self.on_sale]
        self._performances = [performance_id(house, e) for e in self.on_sale]
        self._types = {whom: house.type_id(whom) for whom in house.ticket_types}
        self._have: dict[tuple[Show, int, int], set[int]] = {}  # run -> who came back for it; the last RUNS only
        self._price = cache(self._dear)
        self._expected = self._orders_expected()

    def batches(self) -> Iterator[tuple[list[Row], list[Row]]]:
        """Orders and their lines, some thousands at a time; before them go the customers in `buyers.fresh`."""
        for _ in self._enrol_old_customers():
            yield [], []
        orders: list[Row] = []
        lines: list[Row] = []
        numbers = count()
        for minute, index in self._moments():
            number = next(numbers)
            self._sell(minute, index, number, orders, lines)
            if len(orders) >= AT_ONCE:
                yield orders, lines
                orders, lines = [], []
        while len(self.buyers) < self.customers:
            self.buyers.new(self._chance.choice(list(self.house.tastes)), self.now - self._chance.randint(1, 3_000))
            if len(self.buyers.fresh) >= AT_ONCE:
                yield [], []
        yield orders, lines

    def _moments(self) -> Iterator[tuple[int, int]]:
        """Each minute in which somebody buys, with the performance's index, in order of time."""
        waiting: list[tuple[int, int]] = []
        for index, evening in enumerate(self.on_sale):
            opens = curve.minutes(evening.sale_starts_at)
            while waiting and waiting[0][0] < opens:
                yield heappop(waiting)
            for minute in curve.moments(self.house, evening, self._chance, self._orders_of(evening)):
                if minute < self.now:
                    heappush(waiting, (minute, index))
        while waiting:
            yield heappop(waiting)

    def _orders_of(self, evening: Evening) -> int:
        wanted = self.house.halls[evening.show.hall].seats * min(evening.fills, 1.25)
        return round(wanted / tickets.mean(evening))

    def _orders_expected(self) -> float:
        """How many orders are to come until now: what new customers are measured out by."""
        return sum(self._orders_of(e) * (1.0 if curve.minutes(e.starts_at) < self.now else 0.3) for e in self.on_sale)

    def _enrol_old_customers(self) -> Iterator[None]:
        """Stops now and then, for those so far to be written."""
        tastes = [show.taste for show in self.house.shows for _ in range(show.run)]
        first = curve.minutes(self.on_sale[0].sale_starts_at)
        since = sorted(
            first - int(self._chance.random() ** 0.7 * 4 * 365 * curve.DAY) for _ in range(int(self.customers * BEFORE))
        )
        for minute in since:
            self.buyers.new(self._chance.choice(tastes), minute)
            if len(self.buyers.fresh) >= AT_ONCE:
                yield

    def _sell(self, minute: int, index: int, number: int, orders: list[Row], lines: list[Row]) -> None:
        chance, evening = self._chance, self.on_sale[index]
        kind = self._kind(evening)
        weekday, hour = curve.local(self.house.time_zone, minute // 60)
        before = curve.minutes(evening.starts_at) - minute
        manned = tickets.manned(weekday, hour, before)
        if kind == "" and manned and chance.random() < manned / 3:
            buyer, age, how = None, None, "BOX_OFFICE"  # paid in cash, and nobody asked for a name
        else:
            buyer = self._buyer(kind, index, minute)
            age = self.buyers.age(buyer, minute)
            how = "PHONE" if kind else tickets.channel(chance, age, manned, before)
        who = tickets.party(chance, evening, age, kind)
        wanted = sum(who.values())
        level = self._seats[index].take(chance, wanted)
        if level is None:
            return
        order_state, state = self._states(evening, minute, how)
        if state in ("REFUNDED", "CANCELLED"):
            self._seats[index].give_back(level, wanted)
        order = dated_id(minute, f"{self.house.slug}/orders", number)
        at = datetime.fromtimestamp(minute * 60, UTC)
        changed = self._changed(evening, at, state)
        customer: Row = (None, None, None, None) if buyer is None else (self.buyers.id(buyer), *self.buyers.place(buyer))
        row, its = (order, *customer, how, self.house.currency, at, order_state, at, changed), list[Row]()
        for position, (whom, quantity) in enumerate(who.items()):
            line = dated_id(minute, f"{self.house.slug}/lines", number * 4 + position)
            money = self._money(evening, whom, level, quantity, how, state)
            ids = (line, order, self._performances[index], None, self._types[whom])
            its.append((*ids, quantity, level, *money, state, None, False, at, changed))
        back = (
            self._brought_back(evening, at, next(iter(who.values())))
            if not kind and buyer is not None and state == "VALID"
            else None
        )
        if back:
            self._seats[index].give_back(level, back[0] or wanted)
        for sold, parts in refunds.booked(self.house, number, row, its, *back) if back else [(row, its)]:
            orders.append(sold)
            lines.extend(parts)

    def _kind(self, evening: Evening) -> str:
        if evening.for_schools:
            return "school" if self._chance.random() < 0.5 else ""
        return "company" if evening.starts_at.month == 12 and self._chance.random() < 0.012 else ""

    def _buyer(self, kind: str, index: int, minute: int) -> int:
        if kind:
            return self.buyers.group(kind, minute)
        evening = self.on_sale[index]
        left, taste = self.customers - len(self.buyers), evening.show.taste
        self._expected = max(self._expected - 1, 1)
        if self._chance.random() < left / self._expected:
            return self.buyers.new(taste, minute)
        have = self._have.setdefault((evening.show, evening.season, evening.number if evening.show.every else 0), set())
        if len(self._have) > RUNS:
            del self._have[next(iter(self._have))]
        for _ in range(8):
            if (known := self.buyers.again(taste)) not in have:
                break
        have.add(known)
        return known

    def _states(self, evening: Evening, minute: int, how: str) -> tuple[str, str]:
        """Of the order, and of its lines."""
        drawn = self._chance.random()
        guests = 0.07 if evening.number == 0 else 0.012
        if drawn < guests and how != "ONLINE":
            return ("CANCELLED", "CANCELLED") if evening.cancelled else ("CONFIRMED", "COMPLIMENTARY")
        if evening.cancelled:
            return "REFUNDED", "REFUNDED"
        if curve.minutes(evening.starts_at) > self.now and how in ("PHONE", "BOX_OFFICE") and self.now - minute < 21 * curve.DAY:
            return ("RESERVED", "RESERVED") if drawn > 0.6 else ("CONFIRMED", "VALID")
        if drawn > 0.988:
            return "REFUNDED", "REFUNDED"
        return ("CANCELLED", "CANCELLED") if drawn > 0.983 and how == "PHONE" else ("CONFIRMED", "VALID")

    def _changed(self, evening: Evening, at: datetime, state: str) -> datetime:
        """When the order was paid back, if it was."""
        if state != "REFUNDED":
            return at
        latest = datetime.fromtimestamp(self.now * 60, UTC)
        if evening.cancelled:
            return min(evening.starts_at + timedelta(hours=self._chance.randint(14, 90)), latest)
        return min(at + (evening.starts_at - at) * self._chance.random(), latest)

    def _brought_back(self, evening: Evening, at: datetime, first: int) -> tuple[int, datetime] | None:
        """How many of so many tickets, 0 for all of the order, and when; mostly None."""
        drawn = self._chance.random()
        if drawn >= BROUGHT_BACK + IN_PART or (drawn >= BROUGHT_BACK and first == 1):
            return None
        days = (evening.starts_at - at) * self._chance.uniform(0.02, 0.98)
        when = at + timedelta(minutes=1 + days // timedelta(minutes=1))
        part = 0 if drawn < BROUGHT_BACK else self._chance.randint(1, first - 1)
        return (part, when) if curve.minutes(when) < self.now else None

    def _money(self, evening: Evening, whom: str, level: str, quantity: int, how: str, state: str) -> Row:
        """Price, amount, fee, VAT."""
        each = 0 if state == "COMPLIMENTARY" else self._price(evening.show, whom, level)
        vat = self.house.vat_of(evening.show)
        fee = self.house.fee * quantity if how == "ONLINE" and each else 0
        return each, each * quantity, fee, round(each * quantity * vat / (100 + vat))

    def _dear(self, show: Show, whom: str, level: str) -> int:
        dearness, _ = self.house.halls[show.hall].levels[level]
        return self.house.price(show, self.house.ticket_types[whom][1] * dearness)
