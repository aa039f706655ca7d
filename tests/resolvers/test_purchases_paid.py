"""What was paid and committed stays so, whatever is said of it later."""

import pytest

from jobs import purchases as job
from tenants import tenancy
from tenants.sql import sql
from tenants.upserts.calls import upsert_orders
from tenants.upserts.shapes import OrderRow
from tests.buying import Shop, let_lapse, rows, sold
from tests.gateway.clients import client
from tests.groups import refused
from tests.premiere import a_house


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_what_was_paid_and_cancelled_since_was_not_paid_too_late(asking):
    """The news of a payment comes twice, the second time when the order is long cancelled and the money given back."""
    house = await a_house(capacity=10)
    shop = await Shop.of(asking, house)
    order = (await shop.reserve_as(house.kari, shop.line(house.adult)))["order"]
    await shop.commit(order, "psp-1")
    await let_lapse(house.venue)
    async with tenancy.scope(house.venue.id):
        await tenancy.execute(sql("update orders set state = 'CANCELLED', updated_at = now() where tenant_id = {venue}"))

    assert (await shop.commit(order, "psp-1"))["order"]["state"] == "CANCELLED"
    assert (await shop.commit(order, "psp-2"))["userErrors"] == refused("WRONG_STATE", "id")
    assert await sold(house.venue) == [(0, 10, None)]


async def test_what_was_paid_and_is_held_by_another_system_since_is_not_given_back(asking):
    house = await a_house(capacity=2)
    shop = await Shop.of(asking, house)
    order = (await shop.reserve_as(house.kari, shop.line(house.adult, 2)))["order"]
    await shop.commit(order, "psp-1", externalId="web-1")
    await let_lapse(house.venue)
    async with tenancy.scope(house.venue.id):
        (written,) = await upsert_orders([OrderRow(external_id="web-1", order_state="RESERVED")], "REJECT_EVERYTHING")
    assert written.status == "UPDATED"

    await job.expire()
    assert (await shop.reserve_as(house.ola, shop.line(house.adult)))["userErrors"] == refused(
        "SOLD_OUT", "lines", "0", "ticketTypeId"
    )
    assert await rows(house.venue, "select state, expires_at from orders where tenant_id = {venue}") == [("RESERVED", None)]
    assert await sold(house.venue) == [(2, 2, None)]
