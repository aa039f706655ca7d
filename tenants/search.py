"""Names and other texts as a search compares them. They are stored so: no index behind the wall knows lower() or LIKE."""

import unicodedata

from tenants.sql import Sql, sql

LAST = "\U0010ffff"  # no letter comes after it


def search_key(text: str | None) -> str | None:
    """A name or address as a search compares it: one case, no accents (ø, å and ß stay letters of their own), one space."""
    if not text or not text.strip():
        return None
    parts = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def begins(expression: str, beginning: str) -> Sql:
    """Whether a text in this form begins so: a range of an index whose comparison is leakproof."""
    return sql(f"({expression} >= {{low}} and {expression} < {{high}})", low=beginning, high=beginning + LAST)
