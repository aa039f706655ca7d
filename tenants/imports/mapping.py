"""Which cells of a file become which fields of a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any

from tenants.errors import Refusal
from tenants.shape import Doc
from tenants.upserts.rows import Kind
from tenants.upserts.values import fields_of

ROW = "#"  # in a template: the number of the row in the file, the heading being row 1


@dataclass(frozen=True)
class FieldMapping:
    """Where one field's text comes from: exactly one of column, template and value."""

    field: Annotated[str, Doc("The field, as in the bulk upsert of this kind; snake_case or camelCase.")]
    column: Annotated[str | None, Doc("A column of the file, by its heading.")] = None
    template: Annotated[str | None, Doc("Text with {column} in it, such as `{date} {time}`; {#} is the row's number.")] = None
    value: Annotated[str | None, Doc("The same text in every row.")] = None


@dataclass(frozen=True)
class Mapping:
    """How a file is to be read."""

    fields: Annotated[list[FieldMapping], Doc("One per field; when empty, columns named like fields are taken.")]
    empty: Annotated[list[str], Doc("Texts that mean “nothing”, besides the empty one.")]

    def stored(self) -> dict[str, Any]:
        """What the import keeps of it."""
        fields = [{k: v for k, v in vars(f).items() if v is not None} for f in self.fields]
        return {"fields": fields, "empty": self.empty}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Mapping":
        """The mapping that was stored."""
        return cls([FieldMapping(**f) for f in stored.get("fields", [])], list(stored.get("empty", [])))


@dataclass(frozen=True)
class Source:
    """Where a field's text comes from: the cell `at` a place, or what `fill` makes of the cells and the row's number."""

    field: str
    at: int = -1
    fill: Callable[[Sequence[str], int], str] | None = None


def compiled(mapping: Mapping, kind: Kind, heading: Sequence[str]) -> list[Source]:
    """Where each field comes from, in a file with this heading.

    Raises UNKNOWN_FIELD, UNKNOWN_COLUMN, or REQUIRED when a field that every row needs is not mapped.
    """
    places = {name.strip(): at for at, name in enumerate(heading)}
    known = fields_of(kind.shape)
    chosen = mapping.fields or [FieldMapping(field=c, column=c) for c in places if _snake(c) in known]
    sources: dict[str, Source] = {}
    for one in chosen:
        field = _snake(one.field)
        if field not in known:
            raise Refusal("UNKNOWN_FIELD", f"{kind.name} have no field `{one.field[:80]}`; they have {', '.join(known)}.")
        sources[field] = _source(field, one, places)
    if missing := [name for name, field in known.items() if field.always and name not in sources]:
        raise Refusal("REQUIRED", f"The mapping must say where `{missing[0]}` comes from.", field=["mapping"])
    return list(sources.values())


def _source(field: str, one: FieldMapping, places: dict[str, int]) -> Source:
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

    def fill(cells: Sequence[str], number: int) -> str:
        out = []
        for literal, at, name in parts:
            out.append(literal)
            if name == ROW:
                out.append(str(number))
            elif at is not None:
                out.append(cells[at])
        return "".join(out)

    return Source(field, fill=fill)


def _place(column: str, places: dict[str, int]) -> int:
    if column not in places:
        has = ", ".join(places)[:300]
        raise Refusal("UNKNOWN_COLUMN", f"The file has no column `{column[:80]}`; it has {has}.", field=["mapping"])
    return places[column]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name.strip()).lstrip("_").replace(" ", "_")
