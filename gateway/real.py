"""`foyer import-real`: open data sets as houses, on the servers that run here or on our own for as long as it takes."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import click

from gateway import development, folder
from tenants import database, files, migrate, tenancy
from tenants.imports import real, records, retail
from tenants.imports.apply import apply
from tenants.imports.mapping import Mapping
from tenants.imports.plan import plan
from tenants.settings import settings
from tenants.sql import name, sql
from tenants.venues import Venue

Source = tuple[str, Iterator[bytes], Mapping]  # a kind of rows, a file of them, and how it is read
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


def concerts(data: Path) -> Iterator[Source]:
    """The three files in the order in which they refer to each other."""
    yield "performances", _unpacked(data / real.CONCERTS), real.CONCERT_MAPPING
    yield "productions", _unpacked(data / real.WORKS), real.WORK_MAPPING
    yield "sales", real.purchases(data), real.PURCHASE_MAPPING


def shop(data: Path) -> Iterator[Source]:
    """What is sold, and the sales."""
    yield "performances", retail.products(data), retail.PRODUCT_MAPPING
    yield "sales", retail.lines(data), retail.LINE_MAPPING


@dataclass(frozen=True)
class House:
    """A venue made of open data, and the files that it is made of."""

    slug: str
    name: str
    time_zone: str
    currency: str
    files: tuple[str, ...]
    sources: Callable[[Path], Iterator[Source]]


HOUSES = (
    House(
        "philharmonic",
        "New York Philharmonic",
        "America/New_York",
        "USD",
        (real.CONCERTS, real.WORKS, real.PURCHASES),
        concerts,
    ),
    House("online-retail", "Online Retail", "Europe/London", "GBP", (retail.SALES,), shop),
)


def run(data: Path) -> None:
    """Import all of it, and say what is there then. Says why when the data is not there. Run again, it changes nothing."""
    if missing := [file for house in HOUSES for file in house.files if not (data / file).exists()]:
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
        for house in HOUSES:
            click.echo(f"{house.name}:")
            await _bring_in(house, data)
        if owner_url := settings().database_owner_url:
            await migrate.analyze(owner_url)


async def _bring_in(house: House, data: Path) -> None:
    venue = await _venue(house)
    for kind, source, mapping in house.sources(data):
        await _import(venue, kind, source, mapping)
    async with tenancy.scope(venue, readonly=True, seconds=60):
        for table in TABLES:
            if count := await tenancy.fetch_value(sql("select count(*) from {t} where tenant_id = {venue}", t=name(table))):
                click.echo(f"{table:>14}: {count:>9,}")
        total = await tenancy.fetch_value(sql("select sum(amount) from ticket_lines where tenant_id = {venue}"))
        click.echo(f"{'sold for':>14}: {total / 100:>12,.2f} {house.currency}")


async def _venue(house: House) -> UUID:
    async with tenancy.platform():
        found = await Venue.filter(slug=house.slug).first()
        made = found or await Venue.create(
            slug=house.slug, name=house.name, time_zone=house.time_zone, currency=house.currency, languages=["en"]
        )
        return made.id


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
