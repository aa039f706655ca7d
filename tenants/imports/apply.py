"""Applying a planned import: batch by batch, each batch with its count in one transaction, so that it can be killed
anywhere and goes on where it was. Rows that the plan found fault with are left out."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from tenants import files, jobs, tenancy
from tenants.errors import Refusal
from tenants.imports import records
from tenants.imports.mapping import Mapping
from tenants.imports.reading import ahead, batches
from tenants.upserts.engine import upsert
from tenants.upserts.rows import House, Row
from tenants.upserts.rows import house as the_house


async def apply(venue: UUID, import_id: UUID) -> None:
    """Bring an import from APPLYING to APPLIED. Opens its own scopes, one per batch.

    Raises WRONG_STATE when another process applies it at the same time; nothing is then written twice.
    """
    async with tenancy.scope(venue, readonly=True):
        task = await records.find(import_id)
        house = await the_house()
    if task.state != "APPLYING":
        return
    with TemporaryDirectory(prefix="foyer-import-") as folder:
        path = Path(folder) / "file"
        await files.fetch_to(venue, task.file_id, path)
        mapping = Mapping.of(task.mapping)
        reading = batches(path, task.of_kind, mapping, house, task.of_dialect, after=task.rows_applied)
        async for batch in ahead(reading):
            async with tenancy.scope(venue, organisations=task.reach, seconds=120):
                await _apply(task, batch, house)
    async with tenancy.scope(venue):
        await records.Import.filter(id=import_id, state="APPLYING").update(state="APPLIED")


async def _apply(task: records.Import, batch: Sequence[Row], house: House) -> None:
    """One batch. `rows_applied` is the number of the last row written, and the fence against a second process."""
    faulty = await records.faulty_rows(task.id, batch[0].number, batch[-1].number)
    good = [row for row in batch if row.number not in faulty]
    await upsert(task.of_kind, good, house, create_missing=task.create_missing)
    await records.record_problems(task.id, good)
    applied = records.added(records.added(task.applied, records.counted(good)), Counter(faulty.values()))
    moved = await records.Import.filter(id=task.id, state="APPLYING", rows_applied=task.rows_applied).update(
        rows_applied=batch[-1].number, applied=applied
    )
    if not moved:
        raise Refusal("WRONG_STATE", "Another process is applying this import.")
    await jobs.progress(min(batch[-1].number - 1, task.rows_total), task.rows_total)
    task.rows_applied, task.applied = batch[-1].number, applied
