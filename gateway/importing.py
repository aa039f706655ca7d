"""`foyer import`: a CSV file planned, and applied, by this very process. Done again it changes nothing more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from uuid import UUID

import click

from tenants import audit, database, files, tenancy
from tenants.errors import Refusal
from tenants.imports import records
from tenants.imports.apply import apply
from tenants.imports.dialects import Dialect
from tenants.imports.mapping import Mapping
from tenants.imports.plan import plan
from tenants.settings import settings
from tenants.sql import sql
from tenants.venues import Venue

SHOWN = 20  # problems; the API lists all of them
PIECE = 1 << 20


async def run(slug: str, kind: str, path: Path, mapping: Mapping, *, create_missing: bool, write: bool) -> bool:
    """Plan the file, tell what it would do and, with `write`, do it. False when rows had problems. Raises Refusal."""
    async with database.opened(settings()):
        venue = await _venue(slug)
        file = await files.store(venue, path.name, _pieces(path))
        async with tenancy.scope(venue):
            task = (await records.create(kind, file, mapping, create_missing=create_missing, by_job=False)).id
        await _watched(venue, task, plan(venue, task))
        planned = await _find(venue, task)
        if planned.state == "FAILED":
            raise Refusal(planned.error_code, planned.error_message)
        _tell_dialect(planned.of_dialect)
        _tell("Planned", planned.planned)
        await _tell_problems(venue, task)
        if not write:
            click.echo("Nothing is written yet: say --apply to do so.")
            return not (planned.planned["invalid"] or planned.planned["conflicts"])
        async with tenancy.scope(venue):
            await records.start_applying(task, by_job=False)
        return await _apply(venue, task)


async def resume(slug: str, task: UUID) -> bool:
    """Go on with an import whose process ended before it was done. False when rows had problems. Raises Refusal."""
    async with database.opened(settings()):
        venue = await _venue(slug)
        if (await _find(venue, task)).state != "APPLYING":
            raise Refusal("WRONG_STATE", "Only an import that was being applied can be resumed.")
        return await _apply(venue, task)


async def _venue(slug: str) -> UUID:
    async with tenancy.platform():
        venue = await Venue.filter(slug=slug).first()
    if venue is None:
        raise Refusal("NOT_FOUND", f"There is no venue {slug}; `foyer venue list` shows them.")
    return venue.id


async def _apply(venue: UUID, task: UUID) -> bool:
    click.echo(f"Applying; should this be interrupted: foyer import --resume {task}", err=True)
    await _watched(venue, task, apply(venue, task))
    done = await _find(venue, task)
    with audit.commanded("foyer import") as entry:
        audit.about(venue)
        audit.named("Import", task)
        audit.counted(**{outcome: rows for outcome, rows in done.applied.items() if rows})
        await audit.settle([entry])
    _tell("Applied", done.applied)
    return not (done.applied["invalid"] or done.applied["conflicts"])


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


async def _watched(venue: UUID, task: UUID, work: Awaitable[None]) -> None:
    """Do it, and say once a second how far it is."""
    working = asyncio.ensure_future(work)
    while not (await asyncio.wait({working}, timeout=1))[0]:
        now = await _find(venue, task)
        rows = now.rows_applied if now.state == "APPLYING" else now.rows_total
        click.echo(f"{now.state.capitalize()}: {rows:,} rows", err=True)
    working.result()


async def _find(venue: UUID, task: UUID) -> records.Import:
    async with tenancy.scope(venue, readonly=True):
        return await records.find(task)


def _tell_dialect(dialect: Dialect) -> None:
    """What was assumed in reading the file."""
    words = [dialect.format, dialect.encoding, dialect.separator, dialect.sheet and f"sheet {dialect.sheet!r}"]
    ways = [f"{name} {way}" for name, columns in dialect.columns.items() for way in columns.values()]
    click.echo("Read as: " + ", ".join(filter(None, [*words, *ways])))


def _tell(done: str, counts: dict[str, int]) -> None:
    click.echo(f"{done}: " + ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in records.OUTCOMES))


async def _tell_problems(venue: UUID, task: UUID) -> None:
    async with tenancy.scope(venue, readonly=True):
        found = await tenancy.fetch(
            sql(
                "select row_number, column_name, code, message from import_problems "
                "where tenant_id = {venue} and import_id = {task} order by row_number, position limit {shown}",
                task=task,
                shown=SHOWN,
            )
        )
    for problem in found:
        click.echo(f"  row {problem.row_number}, {problem.column_name or 'the row'}: {problem.code}  {problem.message}")
