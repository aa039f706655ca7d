"""Facts are kept by whoever writes orders. Here a whole venue is summed up anew: each night, and when its clock changed."""

import logging
from uuid import UUID

from jobs.broker import job
from tenants import facts, tenancy, venues

log = logging.getLogger("foyer.jobs")


@job("facts.refresh", platform=True)
async def refresh_everywhere() -> None:
    """Have each venue looked at in a job of its own: one transaction is one venue."""
    async with tenancy.platform(readonly=True):
        everywhere = await venues.everywhere()
    for venue in everywhere:
        async with tenancy.scope(venue.id):
            tenancy.later("facts.refresh_venue")


@job("facts.refresh_venue")
async def refresh_venue(venue: UUID) -> None:
    """Walk over the customers, some thousands in each transaction. What it finds different is a fault of ours unless the
    venue's clock changed, so it is logged."""
    last: UUID | None = None
    changed = 0
    while True:
        async with tenancy.scope(venue):
            customers = await facts.customers_after(last)
            changed += await facts.refresh(customers)
        if len(customers) < facts.AT_ONCE:
            break
        last = customers[-1]
    if changed:
        log.warning("facts of %d customers of venue %s were not up to date", changed, venue)
