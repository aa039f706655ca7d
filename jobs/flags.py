"""Flags and pools are kept by whoever writes orders. Here time has its say, each night: what runs out, and periods that move; and
a rule that was written asks for everybody anew."""

from uuid import UUID

from jobs.broker import job
from tenants import assignments, earned, facts, tenancy, venues


@job("flags.evaluate", platform=True)
async def evaluate_everywhere() -> None:
    """Have each venue looked at in a job of its own: one transaction is one venue."""
    async with tenancy.platform(readonly=True):
        everywhere = await venues.everywhere()
    for venue in everywhere:
        async with tenancy.scope(venue.id):
            tenancy.later("flags.evaluate_venue")


@job("flags.evaluate_venue")
async def evaluate_venue(venue: UUID) -> None:
    """End what has run out, then see who has earned what."""
    async with tenancy.scope(venue):
        await assignments.expire()
        there = await earned.there()
    if there:
        await _walk(venue)


@job("flags.evaluate_rule")
async def evaluate_rule(venue: UUID, rule: UUID) -> None:
    """A rule was made, changed or ended: see who gains or loses its flag. Orders that were on their way are waited for: whoever
    writes them may not have seen the rule."""
    async with tenancy.scope(venue):
        await facts.alone()
    await _walk(venue, changed=rule)


async def _walk(venue: UUID, *, changed: UUID | None = None) -> None:
    """Over all customers, some thousands in each transaction."""
    last: UUID | None = None
    while True:
        async with tenancy.scope(venue):
            customers = await facts.customers_after(last)
            await facts.one_at_a_time(customers)
            await earned.refresh(customers, changed=changed)
        if len(customers) < facts.AT_ONCE:
            return
        last = customers[-1]
