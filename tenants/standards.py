"""Values that follow a standard, as they are stored: time zones, currencies, languages, web addresses, e-mail addresses.

Each function answers the value in its one form, or raises INVALID_VALUE for `field` with a sentence that shows a right one.
"""

import re
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from tenants.errors import Refusal

# ISO 4217, List One, without funds, precious metals and testing codes.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
    IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG
    XOF XPF YER ZAR ZMW ZWG
    """.split()
)
# RFC 5646: a language, then a script, a region and variants. Extensions and private use say nothing a venue needs.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?(-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]+@[^@\s.<>\"(),:;\\]+(\.[^@\s.<>\"(),:;\\]+)+")
_HERE = ("localhost", "127.0.0.1", "[::1]")


def time_zone(value: str, field: str) -> str:
    """An IANA name."""
    if value not in _zones():
        raise _invalid(field, value, "is not a time zone", "Europe/Oslo")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime", "posixrules"}


def currency(value: str, field: str) -> str:
    """An ISO 4217 code."""
    if value not in CURRENCIES:
        raise _invalid(field, value, "is not the ISO 4217 code of a currency", "NOK")
    return value


def language(value: str, field: str) -> str:
    """A BCP 47 tag, in its usual capitals: nb-NO, zh-Hant-TW."""
    if not _LANGUAGE.fullmatch(value.lower()):
        raise _invalid(field, value, "is not a BCP 47 language tag", "nb-NO")
    first, *rest = value.lower().split("-")
    return "-".join([first, *({2: part.upper(), 4: part.title()}.get(len(part), part) for part in rest)])


def origin(value: str, field: str) -> str:
    """A web origin as browsers send it: https, a host in small letters, a port when it is not the usual one, nothing after it."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
        plain = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise _invalid(field, value, "is not a web origin", "https://shop.example.org") from None
    shown = f"[{plain}]" if ":" in plain else plain
    secure = parts.scheme == "https" or (parts.scheme == "http" and shown in _HERE)
    if not secure or not re.fullmatch(r"[a-z0-9.:\[\]-]+", shown) or parts.path not in ("", "/"):
        raise _invalid(field, value, "is not a web origin with https", "https://shop.example.org")
    if parts.query or parts.fragment or "@" in parts.netloc or "?" in value or "#" in value:
        raise _invalid(field, value, "says more than a web origin", "https://shop.example.org")
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")


def web_address(value: str, field: str) -> str:
    """An http or https URL without credentials."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f]", value) or len(value) > 2000:
        raise _invalid(field, value, "is not a web address", "https://shop.example.org/tickets")
    return value


def email(value: str, field: str) -> str:
    """An e-mail address, as written; whether anybody reads it only a mail can tell."""
    if len(value) > 254 or not _EMAIL.fullmatch(value.strip()):
        raise _invalid(field, value, "is not an e-mail address", "billett@example.org")
    return value.strip()


def _invalid(field: str, value: str, is_not: str, example: str) -> Refusal:
    return Refusal("INVALID_VALUE", f"`{value[:80]}` {is_not}; {example} is one.", field=[field])


def colour(value: str, field: str) -> str:
    """A colour such as #c0392b, in small letters. Raises INVALID_VALUE."""
    if not re.fullmatch(r"#[0-9a-f]{6}", small := value.lower()):
        raise Refusal("INVALID_VALUE", "A colour is written as #c0392b: red, green and blue.", field=[field])
    return small
