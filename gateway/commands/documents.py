"""Trusted documents, from the files that clients' build tools write."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from tenants.errors import FoyerError, Refusal


@click.group()
def documents() -> None:
    """Documents that a venue's programs may ask for by id."""


@documents.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--venue", required=True, help="The venue's slug.")
@click.option("--app", required=True, help="The program that asks with them, such as `shop 2026-11`.")
@click.option("--contract", type=click.Choice(["graphql", "storefront"]), default="storefront", show_default=True)
def import_documents(file: Path, venue: str, app: str, contract: str) -> None:
    """Register the documents of FILE: a JSON object of ids and texts, as GraphQL Code Generator's client preset and the Relay
    compiler write it."""
    from gateway.documents import Documents
    from resolvers import contracts
    from tenants import documents as core

    manifest = json.loads(file.read_text())
    if not isinstance(manifest, dict) or not all(isinstance(text, str) for text in manifest.values()):
        raise FoyerError(f"{file} is no JSON object of ids and texts.")
    given = [core.TrustedDocumentInput(text, None if key == core.hash_of(text) else key) for key, text in manifest.items()]
    checked = Documents(getattr(contracts, contract)._schema)

    async def register() -> int:
        rows = 0
        for start in range(0, len(given), core.MOST_AT_ONCE):
            part = given[start : start + core.MOST_AT_ONCE]
            rows += len(await core.register(app, contract.upper(), part, lambda _, text: checked.faults(text)))
        return rows

    try:
        rows = asyncio.run(_at(venue, register))
    except Refusal as refusal:
        at = next((list(manifest)[int(step)] for step in refusal.field if step.isdigit()), "")
        raise FoyerError(f"{at or file}: {refusal.message}") from None
    click.echo(f"{venue} trusts {rows} documents of {app}.")


async def _at(slug: str, work: Callable[[], Awaitable[int]]) -> int:
    from tenants import database, tenancy
    from tenants.settings import settings
    from tenants.sql import sql

    async with database.opened(settings()):
        async with tenancy.platform(readonly=True):
            venue = await tenancy.fetch_value(sql("select id from venues where slug = {slug}", slug=slug))
        if venue is None:
            raise FoyerError(f"There is no venue {slug}.")
        async with tenancy.scope(venue):
            return await work()
