"""Texts per language (Requirement I2), for whatever customers read: a row's own text is in the venue's main language, the others
stand beside it in its column `texts`, as `name:en`.

The scope says in which languages texts are read, best first; '' among them stands for the row's own text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import orjson

from tenants import tenancy
from tenants.shape import MISSING, Doc, Longest
from tenants.sql import Sql, join, name, sql
from tenants.standards import language as canonical

OWN = ""
_NORWEGIAN = {"no": ("nb", "nn"), "nb": ("no", "nn"), "nn": ("no", "nb")}  # one macro language and its two written forms


@dataclass(frozen=True)
class NameTranslationRow:
    """A text in another language of the venue."""

    language: Annotated[str, Doc("One of the venue's languages, BCP 47.")]
    name: Annotated[str | None, Doc("Its name."), Longest(300)] = MISSING


@dataclass(frozen=True)
class ProductionTranslationRow(NameTranslationRow):
    """The texts of a production in another language of the venue."""

    subtitle: Annotated[str | None, Doc("A second line to the name."), Longest(300)] = MISSING
    description: Annotated[str | None, Doc("What it is about."), Longest(20_000)] = MISSING


@dataclass(frozen=True)
class ProductTranslationRow(NameTranslationRow):
    """The texts of a subscription or membership in another language of the venue."""

    description: Annotated[str | None, Doc("What it is about."), Longest(20_000)] = MISSING


@dataclass(frozen=True)
class CampaignLinkTranslationRow(NameTranslationRow):
    """The texts of a campaign link in another language of the venue."""

    description_before: Annotated[str | None, Doc("What customers read until it starts."), Longest(20_000)] = MISSING
    description: Annotated[str | None, Doc("What they read from then on."), Longest(20_000)] = MISSING


def in_order(asked: str | None, spoken: Sequence[str]) -> tuple[str, ...]:
    """The venue's languages with the asked one first, if it speaks it. Raises INVALID_VALUE for what is no language tag."""
    best = spoken_as(asked, spoken) if asked else None
    order = ([best] if best else []) + [each for each in spoken if each != best]
    at = order.index(spoken[0]) + 1 if spoken else 0
    return (*order[:at], OWN, *order[at:])


@lru_cache(maxsize=1000)
def _forms(tag: str) -> tuple[str, ...]:
    """A tag and what may stand for it, best first: nb-NO, nb, no, nn."""
    parts = tag.split("-")
    return (*("-".join(parts[:end]) for end in range(len(parts), 0, -1)), *_NORWEGIAN.get(parts[0], ()))


def spoken_as(tag: str, spoken: Sequence[str], field: str = "language") -> str | None:
    """Which of the venue's languages is meant by a tag; None when it speaks none such. Raises INVALID_VALUE."""
    for form in _forms(canonical(tag, field)):
        for each in spoken:
            if form == each or form == each.split("-")[0]:
                return each
    return None


def text_of(row: Any, field: str) -> Any:
    """A text of a row in the best language of the scope that it is there in; None when it is in none."""
    own, texts = getattr(row, field), stored(row.texts)
    if not texts:
        return own
    found = (own if language == OWN else texts.get(f"{field}:{language}") for language in tenancy.current().languages)
    return next((text for text in found if text), own)


def as_read(table: str, field: str) -> Sql:
    """What text_of() answers, in SQL, for the alias `table`. For filters: no index knows it."""
    own = sql("{t}.{field}", t=name(table), field=name(field))
    parts = [
        own if language == OWN else sql("{t}.texts ->> {key}", t=name(table), key=f"{field}:{language}")
        for language in tenancy.current().languages
    ]
    return sql("coalesce({parts})", parts=join(", ", [*parts, own]))


def translations(row: Any, shape: Any) -> list[Any]:
    """All texts of a row that are not its own, one `shape` per language."""
    empty = dict.fromkeys(f for f in shape.__dataclass_fields__ if f != "language")
    found: dict[str, dict[str, Any]] = {}
    for key, text in sorted(stored(row.texts).items()):
        field, _, language = key.partition(":")
        found.setdefault(language, dict(empty))[field] = text
    return [shape(language=language, **given) for language, given in sorted(found.items())]


def stored(column: Any) -> dict[str, Any]:
    """What a column `texts` holds, as it was read or as it is to be written."""
    return _read(column) if isinstance(column, str) else column


@lru_cache(maxsize=1000)
def _read(stored: str) -> dict[str, str]:
    return orjson.loads(stored)  # type: ignore[no-any-return]
