"""Texts in other languages on their way: values named `name:en`, as a file's columns are, and in the end the column `texts`."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tenants.errors import Refusal
from tenants.shape import MISSING
from tenants.texts import spoken_as
from tenants.upserts.rows import Columns, House
from tenants.values import Field, Problem, fields_of


def spread(given: Sequence[Any], house: House) -> dict[str, Any]:
    """What the translations of a call say, as values. Raises Problem."""
    values = {}
    for one in given:
        shape: Any = type(one)
        for field in fields_of(shape).values():
            if field.name != "language" and (text := getattr(one, field.name)) is not MISSING:
                at = field_in(field, one.language, house)
                values[at.name] = at.check(text, house.zone)
    return values


def field_in(field: Field, language: str, house: House) -> Field:
    """A text field in another of the venue's languages. Raises Problem."""
    try:
        tag = spoken_as(language, house.languages)
    except Refusal as refusal:
        raise Problem("translations", refusal.code, refusal.message) from None
    if tag is None:
        speaks = ", ".join(house.languages)
        raise Problem("translations", "INVALID_VALUE", f"The venue does not speak {language[:80]}; it speaks {speaks}.")
    return replace(field, name=f"{field.name}:{tag}", needed=False)


def said(values: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What a row says in other languages, to be compared with another row of the same object."""
    return tuple(sorted((name, text) for name, text in values.items() if ":" in name))


def together(columns: Columns) -> Columns:
    """The columns with all texts in other languages in one; one that is null goes, those not named stay."""
    if texts := {name: columns.pop(name) or None for name in [name for name in columns if ":" in name]}:
        columns["texts"] = json.dumps(texts, sort_keys=True)
    return columns


def written(given: Sequence[Any], before: dict[str, str], house: House) -> dict[str, str]:
    """A row's texts in other languages after a call says these: what is not named stays, what is null goes. Raises INVALID_VALUE
    and TOO_LONG about `translations`."""
    try:
        now = before | spread(given, house)
    except Problem as problem:
        raise Refusal(problem.code, problem.message, field=["translations"]) from None
    return {key: text.strip() for key, text in now.items() if text and text.strip()}
