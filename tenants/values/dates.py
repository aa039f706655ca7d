"""Days and times as people and programs write them: 31.12.2026, 12/31/2026, 31-12-26, 31. desember 2026, kl. 19.30, 7:30 PM."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from babel import Locale

from tenants.values.numbers import SPACES

DATE_ORDERS = {
    "DMY": "Day, month, year, as in 31.12.2026 or 31/12/26.",
    "MDY": "Month, day, year, as in 12/31/2026.",
    "YMD": "Year, month, day, as in 26-12-31. A year of four digits needs no telling.",
}
LANGUAGES = ("nb", "nn", "sv", "da", "nl", "de", "en")
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's serial numbers
AHEAD = 10  # years: a year of two digits that lies further ahead is of the last century
_NUMERIC = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})\.?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([./-]?)(\d{2})\2(\d{2})|(\d{4})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d{1,12})?", re.ASCII)  # 1954 to 2119
_NAMED = re.compile(
    r"(\d{1,2})(?:\.|st|nd|rd|th)?[\s-]*([^\W\d_]+)\.?,?[\s-]*(\d{4}|\d{2})|([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})"
)
_LEADING = re.compile(r"([^\W\d_]+)[.,]?\s+")
_CLOCK = re.compile(
    r"(?:(kl|at|om|um|klokken|klockan|kl\.)\s*)?(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(?:([ap])\.?m\.?|uhr|uur|h)?",
    re.I | re.ASCII,
)
_DIGITS = re.compile(r"(?:kl\.?\s*)?([01]\d|2[0-3])([0-5]\d)", re.I | re.ASCII)
_DAY_AND_TIME = re.compile(
    r"(.*?\d[.]?)(?:T|,?\s+)((?:(?:kl|at|om|um|klokken|klockan)\.?\s*)?(?:\d{4}|\d{1,2}(?:(?:[:.h]\d{2}){1,2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?|uhr|uur|h)?))",
    re.I | re.ASCII,
)


def days(text: str, epoch: date = EPOCH) -> dict[str, date]:
    """The day a text says in each order that it can be in; none when it is no day, and one and the same when it does not matter.
    YMD is there only for years of two digits."""
    if first := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in (first[1] or first[5], first[3] or first[6], first[4] or first[7]))
        return _alike(lambda: date(year, month, day))
    if match := _NUMERIC.fullmatch(text):
        return dict(_numeric(int(match[1]), int(match[3]), match[4], match[2]))
    if _SERIAL.fullmatch(text):
        return _alike(lambda: epoch + timedelta(days=int(text[:5])))
    rest = text.translate(SPACES).strip()
    while (leading := _LEADING.match(rest)) and leading[1].lower() in _day_words():
        rest = rest[leading.end() :]
    if rest != text:
        return days(rest, epoch)
    if named := _NAMED.fullmatch(text):
        month = _months().get((named[2] or named[4]).lower(), 0)
        return _alike(lambda: date(_year(named[3] or named[6]), month, int(named[1] or named[5])))
    return {}


def moments(text: str, epoch: date = EPOCH) -> dict[str, datetime]:
    """The moment a text says in each order that it can be in, as days(); midnight when it names no time."""
    try:
        return (
            dict.fromkeys(DATE_ORDERS, datetime.fromisoformat(text))
            if text[:4].isdigit() and "-" in text
            else _moments(text, epoch)
        )
    except ValueError:
        return _moments(text, epoch)


def clock(text: str) -> time | None:
    """A time of day: 19:30, 19.30, kl. 19:30, 1930, 7:30 PM, 7 pm, 19h30; None when it is none."""
    text = text.translate(SPACES).strip()
    if match := _DIGITS.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, half = int(match[2]), int(match[3] or 0), int(match[4] or 0), (match[5] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour < 24 and minute < 60 and second < 60 and (half or match[3] or match[1]):
        return time(hour, minute, second)
    return None


def _moments(text: str, epoch: date) -> dict[str, datetime]:
    text = text.translate(SPACES).strip()
    if _SERIAL.fullmatch(text):
        minutes = round(float(text.replace(",", ".")) % 1 * 86_400)
        return {order: datetime.combine(day, time(0)) + timedelta(seconds=minutes) for order, day in days(text, epoch).items()}
    if match := _DAY_AND_TIME.fullmatch(text):
        at = clock(match[2])
        if at is not None and (found := days(match[1], epoch)):
            return {order: datetime.combine(day, at) for order, day in found.items()}
    return {order: datetime.combine(day, time(0)) for order, day in days(text, epoch).items()}


def _numeric(first: int, second: int, last: str, sign: str) -> Iterator[tuple[str, date]]:
    """A text of three numbers. Points stand between day and month, never between month and day."""
    ways = [("DMY", _year(last), second, first)]
    if sign != ".":
        ways.append(("MDY", _year(last), first, second))
    if len(last) == 2:
        ways.append(("YMD", _year(f"{first:02}"), second, int(last)))
    for order, year, month, day in ways:
        try:
            yield order, date(year, month, day)
        except ValueError:
            continue


def _year(digits: str) -> int:
    """Two digits mean the hundred years that end AHEAD of now."""
    if len(digits) == 4:
        return int(digits)
    last = date.today().year + AHEAD
    year = last - last % 100 + int(digits)
    return year if year <= last else year - 100


def _alike(make: Callable[[], Any]) -> dict[str, Any]:
    try:
        return dict.fromkeys(DATE_ORDERS, make())
    except ValueError:
        return {}


@cache
def _months() -> dict[str, int]:
    """Names of months, whole and short, in all LANGUAGES."""
    found = {"sept": 9, "mrt": 3}
    for language in LANGUAGES:
        for kind in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                names = Locale.parse(language).months[kind][width]
                found |= {name.lower().rstrip("."): month for month, name in names.items()}
    return found


@cache
def _day_words() -> frozenset[str]:
    """What may stand before a date: days of the week, “den”."""
    found = {"d", "den", "the"}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            found |= {name.lower().rstrip(".") for name in Locale.parse(language).days["format"][width].values()}
    return frozenset(found) - set(_months())
