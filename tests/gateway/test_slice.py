from uuid import uuid4

import httpx

from gateway.app import create_app
from tenants import catalogue, people, tenancy
from tests.builders import make_venue


async def test_a_season_is_read_by_its_own_house_only():
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.platform():
        person = await people.create_person(f"{uuid4().hex}@example.org", "Kari", "hemmelig", home=ours.id)
        await people.grant(person.id, ours.id, "VENUE_ADMIN")
        token = await people.issue_token(person.id)
    async with tenancy.scope(theirs.id):
        foreign = await catalogue.Season.create(name="2026/27")
    async with tenancy.scope(ours.id):
        own = await catalogue.Season.create(name="2025/26")
        await catalogue.Season.create(name="2026/27")

    query = """query ($own: ID!, $foreign: ID!) {
      seasons(first: 1, direction: DESC) { totalCount nodes { name id } pageInfo { hasNextPage endCursor } }
      own: node(id: $own) { id ... on Season { name } } foreign: node(id: $foreign) { id } season(id: $foreign) { name }
    }"""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://foyer") as client:
        answer = await client.post(
            "/graphql",
            json={"query": query, "variables": {"own": f"Season_{own.id.hex}", "foreign": f"Season_{foreign.id.hex}"}},
            headers={"Authorization": f"Bearer {token}"},
        )

    data = answer.json()["data"]
    assert data["own"] == {"id": f"Season_{own.id.hex}", "name": "2025/26"}
    assert (data["foreign"], data["season"]) == (None, None)
    assert data["seasons"]["totalCount"] == 2
    assert [n["name"] for n in data["seasons"]["nodes"]] == ["2026/27"]
    assert data["seasons"]["pageInfo"]["hasNextPage"] is True
