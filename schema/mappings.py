"""Mappings of import files, as the API shows them, and what a file looks like through one."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import ErrorCode, Payload
from schema.imports import ColumnSeparator, DateOrder, FileEncoding, ImportDialect, ImportKind, NumberFormat, kind_named
from schema.nodes import Node, node, text
from schema.shapes import spelled
from tenants.imports import mapping as core
from tenants.imports import preview, saved


@strawberry.type(description="Where one field's text comes from: a column, a template or a fixed value.")
class FieldMappingShown:
    """See the description."""

    field: str = text("The field.")
    column: str | None = text("A column of the file, by its heading.")
    template: str | None = text("Text with {column} in it.")
    value: str | None = text("The same text in every row.")
    number_format: NumberFormat | None = text("How its numbers are written.")
    date_order: DateOrder | None = text("How its dates are written.")


@strawberry.type(description="How a file is to be read: what ImportMapping takes, as it is kept or proposed.")
class ImportMappingShown:
    """See the description."""

    fields: list[FieldMappingShown] = text("One per field.")
    empty: list[str] = text("Texts that mean “nothing”.")
    encoding: FileEncoding | None = text("The encoding of a text file.")
    separator: ColumnSeparator | None = text("What separates cells.")
    sheet: str | None = text("The sheet of a workbook.")
    heading_row: int | None = text("The row with the headings.")
    number_format: NumberFormat | None = text("How numbers are written.")
    date_order: DateOrder | None = text("How dates are written.")

    @classmethod
    def of(cls, mapping: core.Mapping) -> "ImportMappingShown":
        """The core's mapping."""
        fields = [FieldMappingShown(**{**_worded(vars(one)), "field": spelled(one.field)}) for one in mapping.fields]
        return cls(**{**_worded(vars(mapping)), "fields": fields})


@node(
    saved.SavedImportMapping,
    needs="imports:write",
    description="A mapping that the venue keeps under a name, for the next file of the same kind.",
)
class SavedImportMapping(Node):
    """See the description."""

    name: str = text("Its name, unique among the venue's mappings of this kind.")
    created_at: datetime = text("When it was first kept.")
    updated_at: datetime = text("When it was last changed.")

    @strawberry.field(description="What the rows of its files are.")
    def kind(row: strawberry.Parent[Any]) -> ImportKind:  # noqa: N805
        """The enum's member."""
        return kind_named(row.kind)

    @strawberry.field(description="The mapping.")
    def mapping(row: strawberry.Parent[Any]) -> ImportMappingShown:  # noqa: N805
        """As it was stored."""
        return ImportMappingShown.of(core.Mapping.of(core.stored_of(row.mapping)))


@strawberry.type(description="A column of a file.")
class PreviewColumn:
    """See the description."""

    heading: str = text("Its heading.")
    samples: list[str] = text("The first texts in it.")
    fields: list[str] = text("The fields that are read from it; none: it is not used.")


@strawberry.type(description="A value as it would be read.")
class PreviewValue:
    """See the description."""

    field: str = text("The field.")
    text: str = text("The value: days and times as ISO 8601 has them, numbers with a point.")


@strawberry.type(description="What is wrong with a value, or with a whole row or file.")
class PreviewProblem:
    """See the description."""

    field: str | None = text("The field it is about; null when it is about the whole.")
    code: ErrorCode = text("The stable code.")
    message: str = text("A sentence that says what to mend.")


@strawberry.type(description="A row as it would be read.")
class PreviewRow:
    """See the description."""

    row: int = text("Its number in the file.")
    values: list[PreviewValue] = text("What was read from it.")
    problems: list[PreviewProblem] = text("What is wrong with it by itself; what it refers to is looked up by the plan.")


@strawberry.type(description="What a file looks like through a mapping. Nothing is written.")
class ImportPreview:
    """See the description."""

    dialect: ImportDialect = text("How the file is written, as far as its beginning tells.")
    mapping: ImportMappingShown = text("The mapping: yours, or one that is proposed from the headings.")
    columns: list[PreviewColumn] = text("The file's columns.")
    rows: list[PreviewRow] = text("The first rows, at most 20.")
    problem: PreviewProblem | None = text("Why rows cannot be read with this mapping; null when they can.")

    @classmethod
    def of(cls, found: preview.Preview) -> "ImportPreview":
        """The core's preview."""
        no = found.refusal
        return cls(
            dialect=ImportDialect.of(found.dialect.stored()),
            mapping=ImportMappingShown.of(found.mapping),
            columns=[
                PreviewColumn(heading=c.heading, samples=c.samples, fields=[spelled(f) for f in c.fields]) for c in found.columns
            ],
            rows=[
                PreviewRow(
                    row=row.number,
                    values=[PreviewValue(field=spelled(field), text=value) for field, value in row.values],
                    problems=[_problem(p.field, p.code, p.message) for p in row.problems],
                )
                for row in found.rows
            ],
            problem=None if no is None else _problem("", no.code, no.message),
        )


@strawberry.type(description="What keeping a mapping answers.")
class SavedImportMappingPayload(Payload):
    """See the description."""

    saved_mapping: SavedImportMapping | None = strawberry.field(default=None, description="The mapping that is kept.")


@strawberry.type(description="What deleting a mapping answers.")
class SavedImportMappingDeletePayload(Payload):
    """See the description."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the mapping that is gone.")


def _problem(field: str, code: str, message: str) -> PreviewProblem:
    return PreviewProblem(field=spelled(field) if field else None, code=ErrorCode[code], message=message)


def _worded(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the members of enums for their words."""
    enums = {"encoding": FileEncoding, "separator": ColumnSeparator, "number_format": NumberFormat, "date_order": DateOrder}
    return {name: enums[name][value] if name in enums and value else value for name, value in values.items()}
