"""The rule against the oracle, on random worlds, times and customers."""

import pytest

from tenants import tenancy
from tenants.eligibility import parts, rule
from tenants.eligibility.world import world
from tests.builders import make_venue
from tests.tenants.eligibility.oracle import House, Told
from tests.tenants.eligibility.worlds import MOMENTS, Maker

SEEDS = 20


def told(offer: parts.Offer) -> Told:
    prices = tuple(sorted((p.level, p.amount, p.before, p.most) for p in offer.prices))
    return Told(offer.ticket_type, bool(offer.routes), offer.sellable, offer.starts_at, offer.most, prices)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_rule_says_what_the_oracle_says(seed: int):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        made = await Maker(seed).world()
    async with tenancy.scope(venue.id, readonly=True):
        house = await House.read(venue.time_zone)
        for kind, place in made.places:
            for customer in made.customers:
                for at in MOMENTS:
                    for campaign in made.campaigns[:2]:
                        found = await world(kind, place, customer, at=at, campaign=campaign)
                        assert found is not None
                        said = {o.ticket_type: told(o) for o in rule.offers(found)}
                        assert said == house.tell(place, customer, at, campaign), (kind, place, customer, at, campaign)
