"""What is said of a field when it is defined or changed."""

from dataclasses import dataclass
from typing import Annotated

from tenants.custom_fields.records import OBJECT, TYPE
from tenants.shape import MISSING, Doc
from tenants.texts import NameTranslationRow

LONGEST_NAME, LONGEST_DESCRIPTION = 300, 2_000
MOST_OPTIONS = 200  # of one field, archived ones too


@dataclass(frozen=True)
class CustomFieldTranslationRow(NameTranslationRow):
    """The texts of a field in another language of the venue."""

    description: Annotated[str | None, Doc("What it is for.")] = MISSING


@dataclass(frozen=True)
class CustomFieldOptionRow:
    """One of the things that a CHOICE may hold."""

    key: Annotated[str, Doc("Its name for programs and files, in snake_case; values hold it. It never changes.")]
    name: Annotated[str, Doc("Its name in the venue's main language.")]
    translations: Annotated[list[NameTranslationRow], Doc("Its name in the venue's other languages.")] = MISSING


_NAME = Doc(f"Its name in the venue's main language, up to {LONGEST_NAME} characters.")
_OPTIONS = f"Of a CHOICE its options in their order, at most {MOST_OPTIONS}."
_ARCHIVING = "Those left out are archived: values keep them, and nobody can choose them any more."
_KEY = Doc("Its name for programs and files, in snake_case; unique among the fields on this. It never changes.")
Description = Annotated[str | None, Doc(f"What it is for, up to {LONGEST_DESCRIPTION:,} characters.")]
Translations = Annotated[
    list[CustomFieldTranslationRow],
    Doc("Its texts in other languages of the venue: what is not named stays, a text that is null goes."),
]
InShop = Annotated[bool, Doc("Of performances: whether the venue's shop shows it to everybody.")]


@dataclass(frozen=True)
class CustomFieldCreate:
    """A new field."""

    object: Annotated[str, OBJECT, Doc("What it is on.")]
    key: Annotated[str, _KEY]
    type: Annotated[str, TYPE, Doc("What it holds. It never changes.")]
    name: Annotated[str, _NAME]
    description: Description = MISSING
    translations: Translations = MISSING
    options: Annotated[list[CustomFieldOptionRow], Doc(_OPTIONS)] = MISSING
    in_shop: InShop = MISSING


@dataclass(frozen=True)
class CustomFieldUpdate:
    """What to change of a field; what is left out stays as it is."""

    name: Annotated[str, _NAME] = MISSING
    description: Description = MISSING
    translations: Translations = MISSING
    options: Annotated[list[CustomFieldOptionRow], Doc(f"{_OPTIONS} {_ARCHIVING}")] = MISSING
    in_shop: InShop = MISSING
