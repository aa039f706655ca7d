"""Which cells of a file become which fields of a row."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from string import Formatter
from typing import Annotated, Any

from tenants.errors import Refusal
from tenants.imports.texts import ENCODINGS, SEPARATORS
from tenants.shape import Choice, Doc
from tenants.upserts.rows import House, Kind
from tenants.upserts.translations import field_in
from tenants.values import Cell, Field, Problem, fields_of, text_of
from tenants.values.dates import DATE_ORDERS
from tenants.values.numbers import NUMBER_FORMATS

ENCODING = Choice("FileEncoding", ENCODINGS, "How a text file stands for its characters.")
SEPARATOR = Choice("ColumnSeparator", SEPARATORS, "What stands between the cells of a line.")
NUMBER_FORMAT = Choice("NumberFormat", NUMBER_FORMATS, "How numbers and amounts are written.")
DATE_ORDER = Choice("DateOrder", DATE_ORDERS, "In which order dates of three numbers are written.")
TWICE = -1  # the place of a heading that two columns have
_LISTS = ("translations", "custom_fields")  # in a file each of what they hold has a column
ROW = "#"  # in a template: the number of the row in the file, the heading being row 1


@dataclass(frozen=True)
class FieldMapping:
    """Where one field's text comes from: exactly one of column, template and value."""

    field: Annotated[
        str,
        Doc(
            "The field, as in the bulk upsert of this kind; snake_case or camelCase. `name:en` is a text in another language, "
            "`custom.diet` the venue's own field with this key."
        ),
    ]
    column: Annotated[str | None, Doc("A column of the file, by its heading.")] = None
    template: Annotated[str | None, Doc("Text with {column} in it, such as `{date} {time}`; {#} is the row's number.")] = None
    value: Annotated[str | None, Doc("The same text in every row.")] = None
    number_format: Annotated[str | None, NUMBER_FORMAT, Doc("How its numbers are written; told by the file when not given.")] = (
        None
    )
    date_order: Annotated[str | None, DATE_ORDER, Doc("How its dates are written; told by the file when not given.")] = None


@dataclass(frozen=True)
class Mapping:
    """How a file is to be read."""

    fields: Annotated[list[FieldMapping], Doc("One per field; when empty, columns named like fields are taken.")]
    empty: Annotated[list[str], Doc("Texts that mean “nothing”, besides the empty one.")]
    encoding: Annotated[str | None, ENCODING, Doc("The encoding of a text file; told by the file when not given.")] = None
    separator: Annotated[str | None, SEPARATOR, Doc("What separates cells; told by the file when not given.")] = None
    sheet: Annotated[str | None, Doc("The sheet of a workbook; its first with anything in it when not given.")] = None
    heading_row: Annotated[int | None, Doc("The row with the headings; the first with anything in it when not given.")] = None
    number_format: Annotated[str | None, NUMBER_FORMAT, Doc("How numbers are written, where a field says nothing else.")] = None
    date_order: Annotated[str | None, DATE_ORDER, Doc("How dates are written, where a field says nothing else.")] = None

    def stored(self) -> dict[str, Any]:
        """What the import keeps of it."""
        fields = [{k: v for k, v in vars(f).items() if v is not None} for f in self.fields]
        return {**{k: v for k, v in vars(self).items() if v is not None}, "fields": fields}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Mapping":
        """The mapping that was stored."""
        return cls(
            **{**stored, "fields": [FieldMapping(**f) for f in stored.get("fields", [])], "empty": stored.get("empty", [])}
        )


@dataclass(frozen=True)
class Source:
    """Where a field's text comes from: the cell `at` a place, or what `fill` makes of the cells and the row's number."""

    field: Field
    at: int = -1
    fill: Callable[[Sequence[Cell], int], str] | None = None
    number_format: str | None = None
    date_order: str | None = None


def compiled(mapping: Mapping, kind: Kind, heading: Sequence[str], house: House) -> list[Source]:
    """Where each field comes from, in a file with this heading.

    Raises UNKNOWN_FIELD, UNKNOWN_COLUMN, DUPLICATE_COLUMN, INVALID_VALUE for a language that the venue does not speak, or
    REQUIRED when a field that every row needs is not mapped.
    """
    places: dict[str, int] = {}
    for at, name in enumerate(heading):
        places[name] = TWICE if name in places else at
    known = {**{n: f for n, f in fields_of(kind.shape).items() if n not in _LISTS}, **kind.own(house)}
    chosen = mapping.fields or [FieldMapping(field=c, column=c) for c in places if _field(c, kind, house)]
    sources: dict[str, Source] = {}
    for one in chosen:
        if (field := _field(one.field, kind, house)) is None:
            raise Refusal("UNKNOWN_FIELD", f"{kind.name} have no field `{one.field[:80]}`; they have {', '.join(known)}.")
        if field.name in sources:
            raise Refusal("BAD_USER_INPUT", f"The mapping says twice where `{one.field[:80]}` comes from.", field=["mapping"])
        source = _source(field, one, places)
        ways = (one.number_format or mapping.number_format, one.date_order or mapping.date_order)
        sources[field.name] = replace(source, number_format=ways[0], date_order=ways[1])
    if missing := [name for name, field in known.items() if field.always and name not in sources]:
        raise Refusal("REQUIRED", f"The mapping must say where `{missing[0]}` comes from.", field=["mapping"])
    return list(sources.values())


def stored_of(kept: Any) -> dict[str, Any]:
    """What a column of a kept mapping holds."""
    return json.loads(kept) if isinstance(kept, str) else kept


def checked(mapping: Mapping, kind: Kind, house: House) -> None:
    """Whether the mapping names fields of this kind. Raises UNKNOWN_FIELD, INVALID_VALUE."""
    for one in mapping.fields:
        if _field(one.field, kind, house) is None:
            raise Refusal("UNKNOWN_FIELD", f"{kind.name} have no field `{one.field[:80]}`.", field=["mapping"])


def _field(written: str, kind: Kind, house: House) -> Field | None:
    """The field so called: `name`, `custom.diet` for the venue's own, or `name:en` for the text in another of its languages."""
    if (own := kind.own(house).get(written.strip())) is not None:
        return own
    name, _, language = written.partition(":")
    known = fields_of(kind.shape)
    if not language:
        return known.get(_snake(name)) if _snake(name) not in _LISTS else None
    texts = fields_of(known["translations"].type) if "translations" in known else {}
    try:
        return field_in(texts[_snake(name)], language.strip(), house) if _snake(name) in texts else None
    except Problem as problem:
        raise Refusal(problem.code, problem.message, field=["mapping"]) from None


def _source(field: Field, one: FieldMapping, places: dict[str, int]) -> Source:
    if sum(given is not None for given in (one.column, one.template, one.value)) != 1:
        raise Refusal("BAD_USER_INPUT", f"Give `{one.field[:80]}` a column, a template or a value.", field=["mapping"])
    if one.value is not None:
        constant = one.value
        return Source(field, fill=lambda cells, number: constant)
    if one.column is not None:
        return Source(field, _place(one.column, places))
    try:
        parsed = list(Formatter().parse(one.template or ""))
    except ValueError:
        raise Refusal("BAD_USER_INPUT", f"The template of `{one.field[:80]}` has a brace too many.", field=["mapping"]) from None
    parts = [(literal, None if name is None or name == ROW else _place(name, places), name) for literal, name, _, _ in parsed]

    def fill(cells: Sequence[Cell], number: int) -> str:
        out = []
        for literal, at, name in parts:
            out.append(literal)
            if name == ROW:
                out.append(str(number))
            elif at is not None:
                out.append(text_of(cells[at]))
        return "".join(out)

    return Source(field, fill=fill)


def _place(column: str, places: dict[str, int]) -> int:
    if column not in places:
        has = ", ".join(places)[:300]
        raise Refusal("UNKNOWN_COLUMN", f"The file has no column `{column[:80]}`; it has {has}.", field=["mapping"])
    if places[column] == TWICE:
        words = f"The file has two columns `{column[:80]}`; give one of them another heading."
        raise Refusal("DUPLICATE_COLUMN", words, field=["mapping"])
    return places[column]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name.strip()).lstrip("_").replace(" ", "_")
