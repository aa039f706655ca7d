"""Planning an import: read the whole file, say what each row would do, write nothing but that."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tenants import files, jobs, tenancy
from tenants.errors import Refusal
from tenants.imports import changes, records
from tenants.imports.mapping import Mapping
from tenants.imports.reading import ahead, batches
from tenants.imports.survey import survey
from tenants.upserts.engine import upsert
from tenants.upserts.rows import house as the_house


async def plan(venue: UUID, import_id: UUID) -> None:
    """Bring an import from PLANNING to PLANNED, or to FAILED with a refusal's code. Begins anew when it was interrupted.

    Opens its own scopes, one per batch.
    """
    async with tenancy.scope(venue):
        task = await records.find(import_id)
        if task.state != "PLANNING":
            return
        await records.clear_problems(import_id)
        await changes.clear(import_id)
        house = await the_house()
    counts: dict[str, int] = {}
    total = 0
    try:
        with TemporaryDirectory(prefix="foyer-import-") as folder, _seen(Path(folder) / "seen") as seen:
            path = Path(folder) / "file"
            await files.fetch_to(venue, task.file_id, path)
            mapping = Mapping.of(task.mapping)
            dialect = await asyncio.to_thread(survey, path, task.of_kind, mapping, house)
            async with tenancy.scope(venue):
                await records.Import.filter(id=import_id).update(dialect=dialect.stored())
            reading = batches(path, task.of_kind, mapping, house, dialect)
            async for batch in ahead(reading):
                async with tenancy.scope(venue, organisations=task.reach, seconds=120):
                    await upsert(task.of_kind, batch, house, create_missing=task.create_missing, dry=True, seen=seen)
                    await records.record_problems(import_id, batch)
                    await changes.record(import_id, task.of_kind, batch, house)
                    counts, total = records.added(counts, records.counted(batch)), total + len(batch)
                    await records.update_counts(import_id, "planned", counts, total)
                    await jobs.progress(total)
    except Refusal as refusal:
        async with tenancy.scope(venue):
            await records.Import.filter(id=import_id).update(
                state="FAILED", error_code=refusal.code, error_message=refusal.message
            )
        return
    async with tenancy.scope(venue):
        await records.Import.filter(id=import_id).update(state="PLANNED", planned=records.added(counts, {}), rows_total=total)


class Seen:
    """What a file has said of which object so far, as fingerprints in a local file: flat memory for any number of rows."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("create table seen (key blob primary key, told blob not null) without rowid")

    def tell(self, key: tuple[Any, ...], told: tuple[Any, ...]) -> bool | None:
        """None when nothing was said of this object before, else whether the same was said."""
        fingerprints = (_fingerprint(key), _fingerprint(told))
        if self._database.execute("insert or ignore into seen values (?, ?)", fingerprints).rowcount:
            return None
        (before,) = self._database.execute("select told from seen where key = ?", fingerprints[:1]).fetchone()
        return bool(before == fingerprints[1])


@contextmanager
def _seen(path: Path) -> Iterator[Any]:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for setting in ("journal_mode = off", "synchronous = off", "cache_size = -16000"):
            database.execute(f"pragma {setting}")
        database.execute("begin")
        yield Seen(database)
    finally:
        database.close()


def _fingerprint(value: tuple[Any, ...]) -> bytes:
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=12).digest()
