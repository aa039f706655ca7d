"""`foyer import-real`: two open data sets as one house, on the servers that run here or on our own for as long as it takes."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import click

from gateway import development, folder
from tenants import database, files, migrate, tenancy
from tenants.imports import real, records
from tenants.imports.apply import apply
from tenants.imports.mapping import Mapping
from tenants.imports.plan import plan
from tenants.settings import settings
from tenants.sql import name, sql
from tenants.venues import Venue

SLUG = "philharmonic"
TABLES = (
    "seasons",
    "categories",
    "halls",
    "promoters",
    "productions",
    "tags",
    "performances",
    "customers",
    "orders",
    "ticket_lines",
)


def run(data: Path) -> None:
    """Import all of it, and say what is there then. Says why when the data is not there. Run again, it changes nothing."""
    if missing := [file for file in (real.CONCERTS, real.WORKS, real.PURCHASES) if not (data / file).exists()]:
        click.echo(f"Skipped: {data / missing[0]} is not there.")
        return
    with ExitStack() as stack:
        admin_url = None
        if not (folder.HOME / "env").exists():  # nothing runs in this folder
            stack.enter_context(folder.locked())
            admin_url = stack.enter_context(folder.servers())
        asyncio.run(_run(data, admin_url))


async def _run(data: Path, admin_url: str | None) -> None:
    if admin_url:
        await development.migrate_here(admin_url)
    async with database.opened(settings()):
        venue = await _venue()
        for kind, source, mapping in sources(data):
            await _import(venue, kind, source, mapping)
        if owner_url := settings().database_owner_url:
            await migrate.analyze(owner_url)
        async with tenancy.scope(venue, readonly=True):
            for table in TABLES:
                count = await tenancy.fetch_value(sql("select count(*) from {t} where tenant_id = {venue}", t=name(table)))
                click.echo(f"{table:>14}: {count:>9,}")
            total = await tenancy.fetch_value(sql("select sum(amount) from ticket_lines where tenant_id = {venue}"))
            click.echo(f"{'sold for':>14}: {total / 100:>12,.2f} USD")


def sources(data: Path) -> Iterator[tuple[str, Iterator[bytes], Mapping]]:
    """The three files in the order in which they refer to each other: kind, bytes, mapping."""
    yield "performances", _unpacked(data / real.CONCERTS), real.CONCERT_MAPPING
    yield "productions", _unpacked(data / real.WORKS), real.WORK_MAPPING
    yield "sales", real.purchases(data), real.PURCHASE_MAPPING


async def _venue() -> UUID:
    async with tenancy.platform():
        found = await Venue.filter(slug=SLUG).first()
        return (
            found
            or await Venue.create(
                slug=SLUG, name="New York Philharmonic", time_zone="America/New_York", currency="USD", languages=["en"]
            )
        ).id


async def _import(venue: UUID, kind: str, source: Iterator[bytes], mapping: Mapping) -> None:
    began = time.monotonic()
    file = await files.store(venue, kind, _arriving(source))
    async with tenancy.scope(venue):
        task = (await records.create(kind, file, mapping, create_missing=True, by_job=False)).id
    await plan(venue, task)
    async with tenancy.scope(venue):
        await records.start_applying(task, by_job=False)
    await apply(venue, task)
    async with tenancy.scope(venue, readonly=True):
        done = await records.find(task)
    counts = ", ".join(f"{done.applied[outcome]:,} {outcome}" for outcome in records.OUTCOMES)
    click.echo(f"{kind}: {done.rows_total:,} rows in {time.monotonic() - began:.0f} s: {counts}")


async def _arriving(source: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in source:
        yield piece


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while piece := file.read(1 << 20):
            yield piece
