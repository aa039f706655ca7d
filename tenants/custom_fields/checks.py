"""What a field may be: its texts per language, its options, its keys."""

import dataclasses
import json
import re
from collections.abc import Sequence
from typing import Any

from tenants import tenancy
from tenants.custom_fields.inputs import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_OPTIONS,
    CustomFieldCreate,
    CustomFieldOptionRow,
    CustomFieldUpdate,
)
from tenants.custom_fields.records import Option, options_of
from tenants.errors import Refusal
from tenants.shape import MISSING
from tenants.sql import sql
from tenants.texts import spoken_as

_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
LONGEST_KEY = 60


async def columns_of(before: Any, wanted: CustomFieldCreate | CustomFieldUpdate) -> dict[str, Any]:
    """What a change writes, each value in its one form. Raises REQUIRED, INVALID_VALUE, TOO_LONG, NOT_UNIQUE, TOO_MANY_ROWS."""
    columns: dict[str, Any] = {}
    if wanted.name is not MISSING:
        columns["name"] = _text(wanted.name, LONGEST_NAME, "name")
    if wanted.description is not MISSING:
        columns["description"] = _text(wanted.description, LONGEST_DESCRIPTION, "description", may_be_empty=True)
    if wanted.in_shop is not MISSING:
        if wanted.in_shop and before.object != "PERFORMANCE":
            raise Refusal("INVALID_VALUE", "The shop shows fields of performances only.", field=["inShop"])
        columns["in_shop"] = bool(wanted.in_shop)
    languages = await tenancy.fetch_value(sql("select languages from venues where id = {venue}"))
    if wanted.translations is not MISSING:
        had = before.texts if isinstance(before.texts, dict) else json.loads(before.texts)
        columns["texts"] = json.dumps(_texts(had, wanted.translations, languages, "translations"))
    if wanted.options is not MISSING:
        columns["options"] = _options(before, wanted.options or [], languages)
    if before.type == "CHOICE" and "options" not in columns and not options_of(before):
        raise Refusal("REQUIRED", "A CHOICE needs its options.", field=["options"])
    return columns


def key_of(key: str, *place: str) -> str:
    """A key, if it can be one. Raises INVALID_VALUE."""
    if not _KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        words = f"A key begins with a letter and has up to {LONGEST_KEY} small letters, digits and single underscores."
        raise Refusal("INVALID_VALUE", words, field=place)
    return key


def _options(before: Any, given: Sequence[CustomFieldOptionRow], languages: Sequence[str]) -> str:
    """The options that are given, then those that were there and are archived now."""
    if before.type != "CHOICE":
        raise Refusal("INVALID_VALUE", "Only a CHOICE has options.", field=["options"])
    was = {option.key: option for option in options_of(before)}
    now: dict[str, Option] = {}
    for at, one in enumerate(given):
        place = ("options", str(at))
        key = key_of(one.key, *place, "key")
        if key in now:
            raise Refusal("NOT_UNIQUE", f"The option {key} is given twice.", field=[*place, "key"])
        had = was[key].texts if key in was else {}
        texts = _texts(had, one.translations or [], languages, *place, "translations")
        now[key] = Option(key, _text(one.name, LONGEST_NAME, *place, "name") or "", texts)
    if not now:
        raise Refusal("REQUIRED", "A CHOICE has at least one option.", field=["options"])
    kept = [dataclasses.replace(option, archived=True) for option in was.values() if option.key not in now]
    if len(now) + len(kept) > MOST_OPTIONS:
        raise Refusal("TOO_MANY_ROWS", f"A CHOICE has at most {MOST_OPTIONS} options, archived ones too.", field=["options"])
    return json.dumps([dataclasses.asdict(option) for option in (*now.values(), *kept)])


def _texts(had: dict[str, str], given: Sequence[Any], languages: Sequence[str], *place: str) -> dict[str, str]:
    """Texts in other languages, with those that are given."""
    texts: dict[str, str | None] = dict(had)
    for at, one in enumerate(given or []):
        if (tag := spoken_as(one.language, languages)) is None:
            sentence = f"The venue does not speak {one.language[:80]}; it speaks {', '.join(languages)}."
            raise Refusal("INVALID_VALUE", sentence, field=[*place, str(at), "language"])
        for part, most in (("name", LONGEST_NAME), ("description", LONGEST_DESCRIPTION)):
            if (text := getattr(one, part, MISSING)) is not MISSING:
                texts[f"{part}:{tag}"] = _text(text, most, *place, str(at), part, may_be_empty=True)
    return {name: text for name, text in texts.items() if text}


def _text(value: str | None, most: int, *place: str, may_be_empty: bool = False) -> str | None:
    text = (value or "").strip()
    if not text and not may_be_empty:
        raise Refusal("REQUIRED", "This may not be empty.", field=place)
    if len(text) > most:
        raise Refusal("TOO_LONG", f"This has at most {most} characters.", field=place)
    return text or None
