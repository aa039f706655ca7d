"""What was reserved and not paid in time is given back. Whoever reserves does that for what they want; this is for the rest."""

from jobs.broker import job
from tenants import tenancy, venues
from tenants.purchases.giving_back import AT_ONCE, give_back_all


@job("purchases.expire", platform=True)
async def expire() -> None:
    """Venue after venue, each step a transaction of its own."""
    async with tenancy.platform(readonly=True):
        everywhere = await venues.everywhere()
    for venue in everywhere:
        given_back = AT_ONCE
        while given_back == AT_ONCE:
            async with tenancy.scope(venue.id):
                given_back = await give_back_all()
