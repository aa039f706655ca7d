"""Imports of files, as the API shows them."""

import enum
import json
from datetime import datetime
from typing import Any

import strawberry

from schema.connections import argument
from schema.context import Info
from schema.errors import ErrorCode, Payload
from schema.jobs import Job
from schema.links import Link, download_of
from schema.nodes import Node, linked, node, text
from schema.shapes import enum_of, spelled
from tenants import files, jobs
from tenants.imports import changes, mapping, records
from tenants.imports.dialects import FORMAT, Dialect
from tenants.permissions import require
from tenants.upserts.kinds import KINDS

ImportState: Any = enum_of(records.STATE)
FileFormat: Any = enum_of(FORMAT)
FileEncoding: Any = enum_of(mapping.ENCODING)
ColumnSeparator: Any = enum_of(mapping.SEPARATOR)
NumberFormat: Any = enum_of(mapping.NUMBER_FORMAT)
DateOrder: Any = enum_of(mapping.DATE_ORDER)
_Kinds: Any = enum.Enum(  # type: ignore[misc]
    "ImportKind",
    {k.upper(): strawberry.enum_value(k, description=" ".join((kind.shape.__doc__ or "").split())) for k, kind in KINDS.items()},
)
ImportKind: Any = strawberry.enum(_Kinds, description="What the rows of a file are.")


@node(files.File, needs="imports:write", description="A file that was handed in.")
class File(Node):
    """See the description."""

    name: str = text("The name it came with.")
    size: int = text("Its size in bytes.")
    complete: bool = text("Whether all of it has arrived.")
    created_at: datetime = text("When it began to arrive.")
    deleted_at: datetime | None = text("Since when only this is left of it, and its bytes are gone.")

    @strawberry.field(description="Where to download it; null before it has arrived and once it is gone.")
    def download(row: strawberry.Parent[Any], info: Info) -> Link | None:  # noqa: N805
        """For this caller."""
        there = row.complete and row.deleted_at is None
        return download_of(info, "file", row) if there else None


@strawberry.type(description="Rows of an import by what they do.")
class ImportCounts:
    """See the description."""

    creates: int = text("Rows that make a new object.")
    updates: int = text("Rows that change a known object.")
    unchanged: int = text("Rows that say what is known already.")
    conflicts: int = text("Rows that contradict an earlier row; they are left out.")
    invalid: int = text("Rows with a problem; they are left out.")


@strawberry.type(description="What is wrong with a row of a file.")
class ImportProblem:
    """See the description."""

    row: int = text("The row's number in the file; the heading is row 1.")
    field: str | None = text("The field it is about; null when it is about the whole row.")
    code: ErrorCode = text("The stable code.")
    message: str = text("A sentence that says what to mend.")


@strawberry.type(description="How a column of a file is written.")
class ImportColumn:
    """See the description."""

    field: str = text("The field that is read from it.")
    number_format: NumberFormat | None = text("How its numbers are written; null for dates.")
    date_order: DateOrder | None = text("The order of its dates of three numbers; null for numbers.")


@strawberry.type(description="How a file is written, as the mapping says or as was found and is assumed.")
class ImportDialect:
    """See the description."""

    format: FileFormat = text("What kind of file it is.")
    encoding: FileEncoding | None = text("How a text file stands for its characters; null for a workbook.")
    separator: ColumnSeparator | None = text("What separates the cells of a text file; null for a workbook.")
    sheet: str | None = text("The sheet of a workbook that is read.")
    sheets: list[str] = text("All visible sheets of a workbook.")
    heading_row: int = text("The row that holds the headings.")
    dates_from_1904: bool = text("Whether a workbook counts days from 1904 instead of 1900.")
    columns: list[ImportColumn] = text("Columns of numbers and dates for which it matters how they are written.")

    @classmethod
    def of(cls, stored: Any) -> "ImportDialect":
        """What the core keeps of it."""
        found = Dialect(**stored)
        given: dict[str, Any] = {
            **vars(found),
            "format": FileFormat[found.format],
            "encoding": found.encoding and FileEncoding[found.encoding],
            "separator": found.separator and ColumnSeparator[found.separator],
            "columns": [
                ImportColumn(
                    field=spelled(name),
                    number_format=NumberFormat[way["number_format"]] if "number_format" in way else None,
                    date_order=DateOrder[way["date_order"]] if "date_order" in way else None,
                )
                for name, way in found.columns.items()
            ],
        }
        return cls(**given)


@strawberry.type(description="What a row of a file would change in an object that is there already.")
class ImportChange:
    """See the description."""

    row: int = text("The row's number in the file.")
    field: str = text("The field.")
    before: str | None = text("What it holds; an amount in the venue's currency, another object by its external id.")
    after: str | None = text("What it would hold.")


@node(
    records.Import,
    needs="imports:write",
    description="A file on its way in: planned first, then applied. Whoever works for organisations sees those that were asked "
    "for within theirs.",
)
class Import(Node):
    """See the description."""

    state: ImportState = text("Where it stands.")
    create_missing: bool = text("Whether objects that rows refer to by name are made when they are missing.")
    rows_total: int = text("Rows read so far.")
    created_at: datetime = text("When it was asked for.")
    job: Job | None = linked(jobs.Job, "job_id", Job, "The job that plans or applies it.", needs="jobs:read")
    file: File | None = linked(files.File, "file_id", File, "The file.")

    @strawberry.field(description="What its rows are.")
    def kind(row: strawberry.Parent[Any]) -> ImportKind:  # noqa: N805
        """The enum's member."""
        return _Kinds[row.kind.upper()]

    @strawberry.field(description="How its file is written: what was assumed in reading it. Null before it has been looked at.")
    def dialect(row: strawberry.Parent[Any]) -> ImportDialect | None:  # noqa: N805
        """As the plan found it."""
        stored = json.loads(row.dialect) if isinstance(row.dialect, str) else row.dialect
        return ImportDialect.of(stored) if stored else None

    @strawberry.field(description="What applying would do, row by row; complete when the import is PLANNED.")
    def planned(row: strawberry.Parent[Any]) -> ImportCounts:  # noqa: N805
        """Counted while planning."""
        return _counts(row.planned)

    @strawberry.field(description="What applying has done so far.")
    def applied(row: strawberry.Parent[Any]) -> ImportCounts:  # noqa: N805
        """Counted while applying."""
        return _counts(row.applied)

    @strawberry.field(description="Why the file could not be read; null when it could.")
    def error(row: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        """Code and sentence."""
        return f"{row.error_code}: {row.error_message}" if row.error_code else None

    @strawberry.field(description="Where to download what is wrong with which row, as CSV.")
    def problems_download(row: strawberry.Parent[Any], info: Info) -> Link | None:  # noqa: N805
        """For this caller."""
        return download_of(info, "problems", row)

    @strawberry.field(description="What is wrong with which row, in the file's order; at most 100 at a time.")
    async def problems(
        row: strawberry.Parent[Any],  # noqa: N805
        info: Info,
        after_row: argument(int, "Read on after the row with this number.") = 0,  # type: ignore[valid-type]
    ) -> list[ImportProblem]:
        """A page of them."""
        found = await records.problems(row.id, after_row)
        return [
            ImportProblem(
                row=p.row_number,
                field=p.column_name and spelled(p.column_name),
                code=ErrorCode[p.code],
                message=p.message,
            )
            for p in found
        ]

    @strawberry.field(
        description="What the plan found that rows would change, in the file's order, at most 100 rows at a time; of a row with "
        "the problem CHANGED_SINCE what it would have overwritten. Needs the permission to read what is imported."
    )
    async def changes(
        row: strawberry.Parent[Any],  # noqa: N805
        info: Info,
        after_row: argument(int, "Read on after the row with this number.") = 0,  # type: ignore[valid-type]
    ) -> list[ImportChange] | None:
        """A page of them."""
        require(info.context.caller, changes.NEEDS.get(row.kind, "catalogue:read"))
        found = await changes.page(row.id, after_row)
        return [ImportChange(row=c.row_number, field=spelled(c.field), before=c.before, after=c.after) for c in found]


@strawberry.type(description="What an import mutation answers.")
class ImportPayload(Payload):
    """See the description."""

    import_: Import | None = strawberry.field(default=None, name="import", description="The import.")


def kind_named(kind: str) -> Any:
    """The enum's member for a kind of the core."""
    return _Kinds[kind.upper()]


def _counts(stored: Any) -> ImportCounts:
    counts = stored if isinstance(stored, dict) else json.loads(stored)
    return ImportCounts(**{o: counts.get(o, 0) for o in records.OUTCOMES})
