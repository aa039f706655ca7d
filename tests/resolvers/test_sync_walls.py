"""Who may keep an attribute and a pool alike, and who sees it: organisations, other venues, keys that see no customers."""

import pytest

from tenants import tenancy
from tenants.organisations import Organisation
from tenants.sql import sql
from tenants.syncs import Sync
from tests.asking import gid
from tests.builders import make_key, make_token
from tests.gateway.clients import ask, client, codes
from tests.groups import POOL, a_pair, refused, rows_of, told
from tests.resolvers.test_syncs import ADD, PREVIEW, START, STOP, VIEW


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


@pytest.fixture
async def house(asking):
    return await a_pair(asking)


async def test_who_is_limited_switches_only_what_is_theirs_and_sees_a_synchronisation_by_both_its_sides(house):
    async with tenancy.scope(house.venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
    limited = await make_token(house.venue, "MARKETING", organisation_ids=[theatre.id])
    both = {"attribute": house.attribute["id"], "pool": house.pool["id"], "reconcile": "UNION"}

    assert codes(await ask(house.asking, START, token=limited, **both)) == ["FORBIDDEN"]
    assert await rows_of(house.venue, Sync) == []
    started = (await house.does(START, reconcile="UNION"))["sync"]
    assert len((await told(house.asking, limited, VIEW))["nodes"]) == 1
    assert codes(await ask(house.asking, STOP, token=limited, id=started["id"])) == ["FORBIDDEN"]
    async with tenancy.scope(house.venue.id):
        await tenancy.execute(
            sql("update attributes set organisation_ids = {ids}::uuid[] where tenant_id = {venue}", ids=[cinema.id])
        )
    assert (await told(house.asking, limited, VIEW))["nodes"] == []
    assert (await told(house.asking, limited, STOP, id=started["id"]))["userErrors"] == refused("NOT_FOUND", "id")
    assert (await told(house.asking, limited, START, **both))["userErrors"] == refused("NOT_FOUND", "attributeId")
    # Whom they put in the pool gets the attribute all the same: it belongs to the customers of the venue.
    await told(house.asking, limited, ADD, pool=house.pool["id"], customers=[gid(house.customers["Kari"])])
    assert await house.sides() == ({"Kari"}, {"Kari"})


async def test_another_venues_pool_or_attribute_cannot_be_kept_alike_with_ones_own(house, asking):
    theirs = await a_pair(asking)
    await told(asking, theirs.key, POOL, input={"name": "Their second"})
    for given in ({"pool": theirs.pool["id"]}, {"pool": "2"}, {"attribute": theirs.attribute["id"]}):
        (error,) = await house.refuses(START, reconcile="UNION", **given)
        assert error["code"] == "NOT_FOUND"
        arguments = {"pool": house.pool["id"], "attribute": house.attribute["id"], "reconcile": "UNION", **given}
        assert codes(await ask(asking, PREVIEW, token=house.key, **arguments)) == ["NOT_FOUND"]
    started = (await theirs.does(START, reconcile="UNION"))["sync"]
    assert await house.refuses(STOP, id=started["id"]) == refused("NOT_FOUND", "id")
    assert (await rows_of(theirs.venue, Sync))[0].ended_at is None
    assert await rows_of(house.venue, Sync) == []


async def test_the_sample_of_a_preview_is_for_who_may_see_customers(house):
    await house.does(ADD, "Kari")
    key = await make_key(house.venue, "flags:read")
    answer = await ask(
        house.asking, PREVIEW, token=key, attribute=house.attribute["id"], pool=house.pool["id"], reconcile="UNION"
    )
    assert set(codes(answer)) == {"FORBIDDEN"}
    change = answer.json()["data"]["syncPreview"]["addedToAttribute"]
    assert change == {"count": 1, "sample": None}
