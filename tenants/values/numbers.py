"""Numbers and amounts as people and programs write them: 1257.75, 1,257.75, 1.257,75, 1 257,75, kr 100,-, ($5.00), 5-."""

import re
from collections.abc import Collection
from decimal import Decimal

NUMBER_FORMATS = {
    "POINT": "A point before the decimals, as in 1,257.75 or 1 257.75.",
    "COMMA": "A comma before the decimals, as in 1.257,75 or 1 257,75.",
}
_PLAIN = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_WAYS = {
    name: re.compile(
        rf"(\d{{1,18}}|[1-9]\d{{0,2}}(?P<by>[ '{group}])\d{{3}}(?:(?P=by)\d{{3}}){{0,4}}|)(?:{sign}(\d{{1,9}}))?", re.ASCII
    )
    for name, sign, group in (("POINT", "[.]", ","), ("COMMA", ",", "."))
}
_SIGNS = {
    "nkr": ("NOK",),
    "skr": ("SEK",),
    "dkr": ("DKK",),
    "kr": ("NOK", "SEK", "DKK", "ISK"),
    "€": ("EUR",),
    "£": ("GBP",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD"),
}
_CURRENCY = r"[nsd]?kr\.?|[a-z]{3}|€|£|us\$|\$"
_AROUND = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-+])?\s*(?P<before>{_CURRENCY})?\s*(?P<minus2>[-+])?\s*(?P<number>[\d .,']*\d)"
    rf"(?P<whole>\s?[.,:]-)?\s*(?P<after>{_CURRENCY})?\s*(?P<minus3>-)?\s*(?P<close>\))?",
    re.I | re.ASCII,
)
SPACES = dict.fromkeys((0xA0, 0x202F, 0x2009, 0x2007), " ")
_ALIKE = SPACES | str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'"})


def ways(text: str, currency: str = "") -> dict[str, Decimal]:
    """What a text says in each format that it can be in; none when it is no number, and one and the same when it does not matter.
    Raises ValueError, with a sentence, for another currency and for percentages."""
    if _PLAIN.fullmatch(text):
        return dict.fromkeys(NUMBER_FORMATS, Decimal(text))
    text = text.translate(_ALIKE).strip()
    if text.endswith("%"):
        raise ValueError(f"{text[:80]!r} is a percentage, not a number of something.")
    match = _AROUND.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return {}
    minuses = [m for m in (match["minus"], match["minus2"], match["minus3"], match["open"]) if m]
    if len(minuses) > 1 or (match["before"] and match["after"]):
        return {}
    _check(match["before"] or match["after"], currency)
    number = match["number"] + (",00" if match["whole"] and "." in match["number"] else "")
    negative = minuses in (["-"], ["("])
    return {name: -value if negative else value for name, value in _values(number).items()}


def _values(number: str) -> dict[str, Decimal]:
    found = {}
    for name, way in _WAYS.items():
        if match := way.fullmatch(number):
            whole = re.sub("[^0-9]", "", match[1]) or "0"
            found[name] = Decimal(f"{whole}.{match[3]}" if match[3] else whole)
    return found


def _check(written: str | None, currency: str) -> None:
    if not written or not currency:
        return
    sign = written.lower().rstrip(".").removeprefix("us") if "$" in written else written.lower().rstrip(".")
    meant: Collection[str] = _SIGNS.get(sign, (written.upper(),))
    if currency not in meant:
        raise ValueError(f"The amount is in {written}, and the venue sells in {currency}.")
