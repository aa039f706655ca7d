"""Who has which flag and why, the slow and obvious way: every order is read again, customer by customer and rule by rule."""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
LINES = """
select l.id, o.id as order_id, o.customer_id, o.state as order_state, o.ordered_at, l.state, l.quantity, l.amount, l.created_at,
  l.performance_id, p.production_id, l.product_id, d.months, d.ends_on, s.ends_on as season_ends_on,
  (select w.ordered_at from ticket_lines b join orders w on w.tenant_id = {venue} and w.id = b.order_id
   where b.tenant_id = {venue} and b.id = l.refund_of) as taken_back_at
from orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
left join performances p on p.tenant_id = {venue} and p.id = l.performance_id
left join products d on d.tenant_id = {venue} and d.id = l.product_id
left join seasons s on s.tenant_id = {venue} and s.id = d.season_id
where o.tenant_id = {venue} and o.customer_id is not null
"""


@dataclass
class Cause:
    """A cause that holds: of a rule, by which lines, until when, since when; by hand without lines."""

    lines: frozenset[Any]
    expires: date | None
    at: datetime


@dataclass
class Stretch:
    """One time that a customer had a flag; `ended` once it was taken by hand or has run out, `over` once it has ended at all."""

    causes: dict[Any, Cause] = field(default_factory=dict)
    ended: datetime | None = None
    over: bool = False

    @property
    def expires(self) -> date | None:
        """Its last day: the latest of its causes'."""
        days = [cause.expires for cause in self.causes.values()]
        return None if None in days else max(days)  # type: ignore[type-var]


class Oracle:
    """The story of all flags and customers, told along with what happens."""

    def __init__(self) -> None:
        self.stretches: dict[tuple[Any, Any], list[Stretch]] = defaultdict(list)

    def give(self, flag: Any, customer: Any, now: datetime) -> None:
        """By hand."""
        self._expire(now)
        if open_(flag, now):
            stretch = self._standing(flag.id, customer) or self._begin(flag.id, customer)
            last = own_last_day(flag, now)
            stretch.causes[f"hand {len(stretch.causes)} {now}"] = Cause(frozenset(), last, now)

    def take(self, flag: Any, customer: Any, now: datetime) -> None:
        """By hand, however they came by it."""
        self._expire(now)
        if stretch := self._standing(flag.id, customer):
            stretch.over, stretch.ended = True, now

    def look(self, flags: list[Any], rules: list[Any], lines: list[Any], now: datetime, changed: Any = None) -> None:
        """What follows from the orders as they are."""
        self._expire(now)
        customers = {line.customer_id for line in lines} | {customer for _, customer in self.stretches}
        for flag in flags:
            own = [rule for rule in rules if rule.flag_id == flag.id]
            for customer in customers:
                theirs = [line for line in lines if line.customer_id == customer]
                self._settle(flag, own, customer, theirs, now, changed)
        self._expire(now)

    def days_pass(self, days: int) -> None:
        """Everything lies so many days further back."""
        for stretches in self.stretches.values():
            for stretch in stretches:
                stretch.ended = stretch.ended and stretch.ended - timedelta(days=days)
                for cause in stretch.causes.values():
                    cause.at -= timedelta(days=days)
                    cause.expires = cause.expires and cause.expires - timedelta(days=days)

    def standing(self) -> dict[Any, Any]:
        """Who has what: the lines of each rule, and the last day."""
        return {
            key: ({rule: cause.lines for rule, cause in stretch.causes.items() if cause.lines}, stretch.expires)
            for key in self.stretches
            if (stretch := self._standing(*key))
        }

    def _settle(self, flag: Any, rules: list[Any], customer: Any, lines: list[Any], now: datetime, changed: Any) -> None:
        stretch = self._standing(flag.id, customer)
        ends = [each.ended for each in self.stretches[flag.id, customer] if each.ended]
        for rule in rules:
            by, until = fulfilled(rule, lines, max(ends, default=None), now)
            cause = stretch.causes.get(rule.id) if stretch else None
            if cause and by:
                cause.lines = by
                if of_products(rule):
                    own = own_last_day(flag, cause.at) or date.max
                    cause.expires = _day_or_none(min(until, max(own, cause.expires or date.max)))
            elif cause and stretch:
                if rule.revoke_on_refund or rule.archived_at or rule.id == changed:
                    del stretch.causes[rule.id]
            elif by and open_(flag, now) and until >= today(now):
                stretch = stretch or self._begin(flag.id, customer)
                last = min(until, own_last_day(flag, now) or date.max)
                stretch.causes[rule.id] = Cause(by, _day_or_none(last), now)
        if stretch and not stretch.causes:
            stretch.over = True

    def _begin(self, flag: Any, customer: Any) -> Stretch:
        self.stretches[flag, customer].append(stretch := Stretch())
        return stretch

    def _standing(self, flag: Any, customer: Any) -> Stretch | None:
        return next((each for each in self.stretches[flag, customer] if not each.over), None)

    def _expire(self, now: datetime) -> None:
        for stretches in self.stretches.values():
            for each in stretches:
                if not each.over and each.expires and each.expires < today(now):
                    each.over = True
                    each.ended = datetime.combine(each.expires + timedelta(days=1), time(0), ZONE).astimezone(UTC)


def fulfilled(rule: Any, lines: list[Any], ended: datetime | None, now: datetime) -> tuple[frozenset[Any] | None, date]:
    """By which of a customer's lines a rule is fulfilled, None when it is not, and until when."""
    counted = [
        line for line in lines if not rule.archived_at and counts(line) and chosen(rule, line) and in_time(rule, line, now)
    ]
    parts: dict[Any, list[Any]] = defaultdict(list)
    for line in counted:
        of_one = rule.measure == "PERFORMANCES" or of_products(rule)
        parts[line.order_id if rule.measure == "ORDERS" else (line.performance_id or line.product_id) if of_one else None].append(
            line
        )
    left = [part for part in parts.values() if sum(line.quantity for line in part) > 0]
    measured = {
        "TICKETS": sum(line.quantity for line in counted),
        "AMOUNT": sum(line.amount for line in counted),
        "PERFORMANCES": len(left),
        "ORDERS": len(left),
    }[rule.measure]
    bought = [line for part in left for line in part if line.quantity > 0]
    if measured < rule.minimum or not bought or (ended and max(line.created_at for line in bought) <= ended):
        return None, date.max
    until = max(last_day(line) for line in bought) if of_products(rule) else date.max
    return frozenset(line.id for line in bought), until


def counts(line: Any) -> bool:
    return line.order_state == "CONFIRMED" and line.state in ("VALID", "COMPLIMENTARY")


def chosen(rule: Any, line: Any) -> bool:
    named = [*rule.performance_ids, *rule.production_ids, *rule.product_ids]
    return not named or bool({line.performance_id, line.production_id, line.product_id} & set(named))


def in_time(rule: Any, line: Any, now: datetime) -> bool:
    day = (line.taken_back_at or line.ordered_at).astimezone(ZONE).date()
    if rule.last_days:
        return bool(day >= today(now) - timedelta(days=rule.last_days))
    return bool((rule.from_on or date.min) <= day <= (rule.until_on or date.max))


def of_products(rule: Any) -> bool:
    return bool(rule.product_ids) and not rule.performance_ids and not rule.production_ids


def last_day(line: Any) -> date:
    """Until when what was bought holds."""
    ends = [line.ends_on or date.max, line.season_ends_on or date.max]
    if line.months:
        ordered = line.ordered_at.astimezone(ZONE).date()
        year, month = divmod(ordered.year * 12 + ordered.month - 1 + line.months, 12)
        ends.append(ordered.replace(year=year, month=month + 1, day=min(ordered.day, monthrange(year, month + 1)[1])))
    return min(ends)


def open_(flag: Any, now: datetime) -> bool:
    return flag.expires_on is None or flag.expires_on >= today(now)


def own_last_day(flag: Any, at: datetime) -> date | None:
    """The last day of a flag that is given at a moment."""
    if flag.expires_after_days:
        return at.astimezone(ZONE).date() + timedelta(days=flag.expires_after_days)
    return flag.expires_on  # type: ignore[no-any-return]


def today(now: datetime) -> date:
    return now.astimezone(ZONE).date()


def _day_or_none(day: date) -> date | None:
    return None if day == date.max else day
