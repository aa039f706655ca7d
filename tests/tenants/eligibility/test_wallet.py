"""The wallet against the oracle: what is used of each benefit, what is left, and where it works."""

import pytest

from tenants import tenancy
from tenants.eligibility.wallet import places, wallet
from tests.builders import make_venue
from tests.tenants.eligibility.oracle import House
from tests.tenants.eligibility.worlds import NOW, Maker


@pytest.mark.parametrize("seed", range(100, 112))
async def test_the_wallet_says_what_the_oracle_says(seed: int):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        made = await Maker(seed).world()
    async with tenancy.scope(venue.id, readonly=True):
        house = await House.read(venue.time_zone)
        for customer in made.customers[1:]:
            every, now = await wallet(customer, ended=True, at=NOW), await wallet(customer, at=NOW)
            works = await places(now, at=NOW)

            said = {(w.assignment_id, w.benefit_id): (w.standing, w.tickets_used, w.performances_used) for w in every}
            assert said == house.held(customer, NOW)
            assert [w for w in every if w.standing] == now
            for w in now:
                left = {kind_id: house.left_at(w.assignment_id, w.benefit_id, kind_id) for _, kind_id in made.places}
                there = house.rows["performances"] + house.rows["products"]
                assert {place: w.left_at(place) for place in left} == left
                assert set(works[w.assignment_id, w.benefit_id]) == {
                    place.id for place in there if left[place.id] > 0 and house.works(w.benefit_id, place, NOW)
                }
