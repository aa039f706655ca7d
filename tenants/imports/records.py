"""What is known of an import, and its way from PLANNING to APPLIED."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.errors import Refusal
from tenants.files import File
from tenants.imports.dialects import Dialect
from tenants.imports.mapping import Mapping
from tenants.organisations import visible
from tenants.pages import CREATED, LARGEST_PAGE, Listing
from tenants.record import VenueRecord, not_found
from tenants.shape import Choice, Doc, Where
from tenants.sql import join, sql
from tenants.upserts.kinds import KINDS
from tenants.upserts.rows import Kind, Row

STATES = {
    "PLANNING": "The file is being read; nothing is written yet.",
    "PLANNED": "It is known what applying would do; rows with problems would be left out.",
    "APPLYING": "Being written, batch by batch.",
    "APPLIED": "Done.",
    "FAILED": "The file could not be read; the error says why. Nothing was written.",
}
CONFLICTS = frozenset({"CONFLICTING_ROWS", "CHANGED_SINCE"})
RETENTION = timedelta(days=30)
STATE = Choice("ImportState", STATES, "Where an import stands.")
OUTCOMES = ("creates", "updates", "unchanged", "conflicts", "invalid")


class Import(VenueRecord):
    """A file on its way in. `planned` and `applied` count rows by outcome; `organisation_ids` is what the asker may touch."""

    kind = fields.TextField()
    file_id = fields.UUIDField()
    mapping: Any = fields.JSONField()
    dialect: Any = fields.JSONField(null=True)
    create_missing = fields.BooleanField(default=False)
    organisation_ids = ArrayField("uuid", null=True)
    state = fields.TextField(default="PLANNING")
    job_id = fields.UUIDField(null=True)
    rows_total = fields.BigIntField(default=0)
    rows_applied = fields.BigIntField(default=0)
    planned: Any = fields.JSONField(default=dict)
    applied: Any = fields.JSONField(default=dict)
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    forgotten_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "imports"

    @property
    def of_kind(self) -> Kind:
        """What its rows are."""
        return KINDS[self.kind]

    @property
    def of_dialect(self) -> Dialect:
        """How its file is written; known when it is planned."""
        return Dialect(**(self.dialect or {"format": "CSV"}))

    @property
    def reach(self) -> frozenset[UUID] | None:
        """The organisations its scopes are limited to."""
        return None if self.organisation_ids is None else frozenset(self.organisation_ids)


@dataclass(frozen=True)
class ImportFilter:
    """Which imports; all that is given holds together."""

    state: Annotated[str | None, Doc("Only those that stand there."), STATE, Where("t.state = {value}")] = None


LISTING = Listing(Import, {"CREATED": CREATED}, ImportFilter)


async def create(kind: str, file_id: UUID, mapping: Mapping, *, create_missing: bool = False, by_job: bool = True) -> Import:
    """Begin an import of a file of this venue: it is planned by a job. Raises NOT_FOUND, UNKNOWN_FIELD."""
    if kind not in KINDS:
        raise Refusal("INVALID_VALUE", f"There is no kind `{kind[:80]}`; there are {', '.join(KINDS)}.", field=["kind"])
    if not await File.rows(
        sql("t.id = {id} and t.purpose = 'IMPORT' and t.complete and {seen}", id=file_id, seen=visible("files", "t"))
    ):
        raise not_found(File)
    made = await Import.create(
        kind=kind,
        file_id=file_id,
        mapping=mapping.stored(),
        create_missing=create_missing,
        organisation_ids=tenancy.current().reach,
    )
    if by_job:
        made.job_id = tenancy.later("imports.plan", made.id)
        await made.save(update_fields=["job_id"])
    return made


async def start_applying(import_id: UUID, *, by_job: bool = True) -> Import:
    """Have a planned import applied. Raises NOT_FOUND, or WRONG_STATE when it is not PLANNED."""
    seen = await Import.rows(sql("t.id = {id} and {seen}", id=import_id, seen=visible("imports", "t")))
    found = await Import.filter(id=import_id).select_for_update().first() if seen else None
    if found is None:
        raise not_found(Import)
    if found.state != "PLANNED":
        raise Refusal("WRONG_STATE", f"The import is {found.state}; only one that is PLANNED can be applied.", field=["id"])
    found.state, found.rows_applied, found.applied = "APPLYING", 0, {}
    if by_job:
        found.job_id = tenancy.later("imports.apply", import_id)
    await found.save(update_fields=["state", "rows_applied", "applied", "job_id"])
    return found


async def find(import_id: UUID) -> Import:
    """The import of this id in this venue. Raises NOT_FOUND."""
    if (found := await Import.filter(id=import_id).first()) is None:
        raise not_found(Import)
    return found


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """The rows by outcome."""
    counts = dict.fromkeys(OUTCOMES, 0)
    named = {"CREATED": "creates", "UPDATED": "updates", "UNCHANGED": "unchanged"}
    for row in rows:
        conflict = any(p.code in CONFLICTS for p in row.problems)
        counts[named.get(row.status) or ("conflicts" if conflict else "invalid")] += 1
    return counts


def added(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Both together."""
    return {o: counts.get(o, 0) + more.get(o, 0) for o in OUTCOMES}


async def record_problems(import_id: UUID, rows: Sequence[Row]) -> None:
    """Keep what is wrong with which row, and what is to be said of rows that were written."""
    told = [(row.number, at, p) for row in rows for at, p in enumerate([*row.problems, *row.warnings])]
    for start in range(0, len(told), 500):
        values = [
            sql(
                "({venue}, {import_id}, {row}, {at}, {column}, {code}, {message})",
                import_id=import_id, row=row, at=at, column=p.field or None, code=p.code, message=_storable(p.message),
            )
            for row, at, p in told[start : start + 500]
        ]  # fmt: skip
        await tenancy.execute(
            sql(
                "insert into import_problems (tenant_id, import_id, row_number, position, column_name, code, message) "
                "values {values} on conflict do nothing",
                values=join(", ", values),
            )
        )


async def problems(import_id: UUID, after: int) -> list[Any]:
    """What is wrong with which row, of the next rows after a number: row_number, column_name, code, message."""
    return await tenancy.fetch(
        sql(
            "select row_number, column_name, code, message from import_problems "
            "where tenant_id = {venue} and import_id = {import_id} and row_number > {after} "
            "order by row_number, position limit {most}",
            import_id=import_id,
            after=after,
            most=LARGEST_PAGE,
        )
    )


async def all_problems(venue: UUID, import_id: UUID) -> AsyncIterator[list[Any]]:
    """What is wrong with which row, all of it, some at a time, each read in a scope of its own."""
    row, position = 0, 0
    while True:
        async with tenancy.scope(venue, readonly=True):
            some = await tenancy.fetch(
                sql(
                    "select row_number, position, column_name, code, message from import_problems "
                    "where tenant_id = {venue} and import_id = {import_id} and (row_number, position) > ({row}, {position}) "
                    "order by row_number, position limit 1000",
                    import_id=import_id,
                    row=row,
                    position=position,
                )
            )
        if not some:
            return
        yield some
        row, position = some[-1].row_number, some[-1].position


async def faulty_rows(import_id: UUID, first: int, last: int) -> dict[int, str]:
    """The rows between two numbers that the plan found something wrong with, by number, and as what they count."""
    found = await tenancy.fetch(
        sql(
            "select row_number, bool_or(code = any({conflicts}::text[])) as conflicts from import_problems "
            "where tenant_id = {venue} and import_id = {import_id} "
            "and row_number between {first} and {last} group by row_number",
            import_id=import_id,
            first=first,
            last=last,
            conflicts=list(CONFLICTS),
        )
    )
    return {row.row_number: "conflicts" if row.conflicts else "invalid" for row in found}


async def clear_problems(import_id: UUID) -> None:
    """Forget what an earlier, interrupted plan found."""
    await tenancy.execute(
        sql("delete from import_problems where tenant_id = {venue} and import_id = {import_id}", import_id=import_id)
    )


async def forget_old() -> None:
    """Let go of what imports hold about people once nobody has touched them for RETENTION: the file, whose bytes go with
    files.forget_bytes(), and the problems and changes, which quote it. What was counted stays; an import that was only
    planned can no longer be applied."""
    await tenancy.execute(
        sql(
            """
            with old as (
              update imports set forgotten_at = now(), state = case state when 'PLANNED' then 'FAILED' else state end,
                error_code = case state when 'PLANNED' then {expired} else error_code end,
                error_message = case state when 'PLANNED' then {sentence} else error_message end
              where tenant_id = {venue} and forgotten_at is null and state in ('PLANNED', 'APPLIED', 'FAILED')
                and updated_at < now() - {retention}::interval
              returning id, file_id),
            problems as (
              delete from import_problems p using old where p.tenant_id = {venue} and p.import_id = old.id),
            changes as (
              delete from import_changes c using old where c.tenant_id = {venue} and c.import_id = old.id)
            update files f set deleted_at = now() from old where f.tenant_id = {venue} and f.id = old.file_id
              and not exists (select from imports i where i.tenant_id = {venue} and i.file_id = f.id
                and i.forgotten_at is null and i.id not in (select id from old))
            """,
            expired="EXPIRED",
            sentence="The file was not applied in time and is gone; hand it in again.",
            retention=RETENTION,
        )
    )


async def update_counts(import_id: UUID, column: str, counts: dict[str, int], rows: int) -> None:
    """Write down how far the plan or the application has come."""
    await Import.filter(id=import_id).update(**{column: json.loads(json.dumps(counts)), "rows_total": rows})


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "�")
