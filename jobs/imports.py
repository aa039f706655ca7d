"""Imports in the background: planned when the file is in, applied when somebody says so."""

from uuid import UUID

from jobs.broker import job
from tenants.imports.apply import apply
from tenants.imports.plan import plan


@job("imports.plan")
async def plan_import(venue: UUID, import_id: UUID) -> None:
    """Say what an import would do."""
    await plan(venue, import_id)


@job("imports.apply")
async def apply_import(venue: UUID, import_id: UUID) -> None:
    """Do it, from where an earlier start left off."""
    await apply(venue, import_id)
