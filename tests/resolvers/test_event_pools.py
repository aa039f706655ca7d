"""Pools of performances, kept up to date by what is sold, through the API from end to end."""

from typing import Any

import pytest

from tests.builders import make_key, make_venue
from tests.gateway.clients import ask, client, codes
from tests.groups import ATTRIBUTE, POOL, told

UPSERTS = """mutation {
  customersUpsert(rows: [{externalId: "kari", firstName: "Kari"}, {externalId: "ola", firstName: "Ola"}]) { rejected }
  productionsUpsert(rows: [{externalId: "hedda", name: "Hedda Gabler"}]) { rejected }
  performancesUpsert(rows: [
    {externalId: "premiere", production: "hedda"}, {externalId: "second", production: "hedda"}]) { rejected } }"""
SALE = """mutation ($order: String!, $customer: String!, $performance: String!, $state: TicketLineState!) {
  ordersUpsert(rows: [{externalId: $order, customer: $customer, channel: ONLINE, orderedAt: "2026-11-01T12:00:00Z", lines: [
    {externalId: $order, performance: $performance, price: "450", lineState: $state}]}]) { rejected } }"""
SYNC = """mutation ($attribute: ID!, $pool: ID!) {
  syncStart(attributeId: $attribute, poolId: $pool, reconcile: UNION) { userErrors { code } sync { twoWay } } }"""
WHO = """query ($pool: ID!, $attribute: ID!) {
  pool(id: $pool) { assignments { nodes { source customer { firstName } } } }
  attribute(id: $attribute) { assignments { nodes { source customer { firstName } } } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def test_d39_d48_a_performances_pool_follows_its_sales_and_the_attribute_follows_the_pool(asking):
    venue = await make_venue()
    scopes = (
        "flags:read",
        "flags:write",
        "flags:assign",
        "customers:read",
        "customers:write",
        "catalogue:read",
        "catalogue:write",
    )
    key = await make_key(venue, *scopes, "sales:read", "sales:write")
    await several(asking, key, UPSERTS)
    (premiere,) = (await told(asking, key, '{ performances(where: {externalId: "premiere"}) { nodes { id } } }'))["nodes"]
    made = {"name": "At the premiere", "kind": "EVENT", "performanceId": premiere["id"]}
    pool = (await told(asking, key, POOL, input=made))["pool"]["id"]
    attribute = (await told(asking, key, ATTRIBUTE, name="Saw the premiere"))["attribute"]["id"]
    assert await told(asking, key, SYNC, attribute=attribute, pool=pool) == {"userErrors": [], "sync": {"twoWay": False}}

    async def sale(order: str, customer: str, performance: str, state: str = "VALID") -> None:
        given = {"order": order, "customer": customer, "performance": performance, "state": state}
        assert await told(asking, key, SALE, **given) == {"rejected": 0}

    async def who() -> list[list[tuple[str, str]]]:
        both = await several(asking, key, WHO, pool=pool, attribute=attribute)
        return [[(n["customer"]["firstName"], n["source"]) for n in each["assignments"]["nodes"]] for each in both.values()]

    await sale("1", "kari", "premiere"), await sale("2", "ola", "second")
    assert await who() == [[("Kari", "EVENT")], [("Kari", "SYNC")]]
    await sale("2", "ola", "premiere"), await sale("1", "kari", "premiere", "REFUNDED")
    assert await who() == [[("Ola", "EVENT")], [("Ola", "SYNC")]]


async def several(asking: Any, token: str, query: str, **variables: Any) -> Any:
    """What several root fields answer."""
    answer = await ask(asking, query, token=token, **variables)
    assert codes(answer) == [], answer.text
    return answer.json()["data"]
