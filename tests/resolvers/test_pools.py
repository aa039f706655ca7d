"""Pools through the API: made, numbered, filled by hand, by number and with everybody who holds a ticket."""

from typing import Any
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.assignments import Assignment
from tenants.attributes import Attribute
from tenants.organisations import Organisation
from tenants.pools import Pool
from tenants.sql import sql
from tenants.syncs import Sync
from tests.asking import gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_token
from tests.gateway.clients import ask, client, codes
from tests.groups import a_house, refused, rows_of, told

CREATE = """mutation ($input: PoolInput!) { poolCreate(input: $input) { userErrors { code field }
  pool { id number name kind performance { id } organisations { id } assignments { totalCount nodes { source } } } } }"""
UPDATE = """mutation ($id: ID!, $input: PoolInput!) { poolUpdate(id: $id, input: $input) { userErrors { code field }
  pool { number name kind } } }"""
ARCHIVE = "mutation ($id: ID!) { poolArchive(id: $id) { userErrors { code field } pool { archivedAt } } }"
ADD = """mutation ($pool: ID!, $customers: [ID!]!) { poolAdd(poolId: $pool, customerIds: $customers) {
  userErrors { code field } customerIds assignments { source pool { name } customer { firstName } } } }"""
REMOVE = """mutation ($pool: ID!, $customers: [ID!]!) { poolRemove(poolId: $pool, customerIds: $customers) {
  userErrors { code field } customerIds assignments { endReason } } }"""
HOLDERS = """mutation ($pool: ID!, $performance: ID!) { poolAddHolders(poolId: $pool, performanceId: $performance) {
  userErrors { code field } added pool { number } } }"""
MEMBERS = "query ($id: ID!) { pool(id: $id) { assignments { nodes { source customer { firstName } } } } }"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def a_pool(asking: Any, key: str, name: str = "Members", **given: Any) -> Any:
    made = await told(asking, key, CREATE, input={"name": name, **given})
    assert made["userErrors"] == []
    return made["pool"]


async def members(asking: Any, key: str, pool: Any) -> set[str]:
    nodes = (await told(asking, key, MEMBERS, id=pool["id"]))["assignments"]["nodes"]
    return {node["customer"]["firstName"] for node in nodes}


async def test_po1_a_pool_bundles_customers(asking):
    _, key, kari, ola = await a_house()
    pool = await a_pool(asking, key, " Members ")
    assert pool.pop("id").startswith("Pool_")
    nothing = {"assignments": {"totalCount": 0, "nodes": []}, "organisations": [], "performance": None}
    assert pool == {"number": 1, "name": "Members", "kind": "CUSTOMER", **nothing}

    (listed,) = (await told(asking, key, "{ pools { nodes { id name } } }"))["nodes"]
    added = await told(asking, key, ADD, pool=listed["id"], customers=[gid(kari), gid(ola)])
    shown = [{"source": "MANUAL", "pool": {"name": "Members"}, "customer": {"firstName": who}} for who in ("Kari", "Ola")]
    assert added == {"userErrors": [], "customerIds": [gid(kari), gid(ola)], "assignments": shown}
    again = await told(asking, key, ADD, pool=listed["id"], customers=[gid(kari)])
    assert (again["customerIds"], len(again["assignments"])) == ([], 1)
    assert await members(asking, key, listed) == {"Kari", "Ola"}

    gone = await told(asking, key, REMOVE, pool=listed["id"], customers=[gid(kari)])
    assert gone == {"userErrors": [], "customerIds": [gid(kari)], "assignments": [{"endReason": "REMOVED"}]}
    assert await members(asking, key, listed) == {"Ola"}

    changed = await told(asking, key, UPDATE, id=listed["id"], input={"name": "Friends", "kind": "COMPANY"})
    assert changed["pool"] == {"number": 1, "name": "Friends", "kind": "COMPANY"}
    first = await told(asking, key, ARCHIVE, id=listed["id"])
    assert first["pool"]["archivedAt"] == (await told(asking, key, ARCHIVE, id=listed["id"]))["pool"]["archivedAt"] is not None
    assert (await told(asking, key, "{ pools { nodes { id } } }"))["nodes"] == []
    assert (await told(asking, key, "{ pools(where: { includeArchived: true }) { totalCount } }"))["totalCount"] == 1
    refused_now = await told(asking, key, ADD, pool=listed["id"], customers=[gid(kari)])
    assert refused_now["userErrors"] == refused("WRONG_STATE", "poolId")
    assert await members(asking, key, listed) == set()


async def test_po2_d44_a_pool_has_a_short_number_in_its_venue_by_which_it_is_found_and_filled(asking):
    venue, key, kari, _ = await a_house()
    _, other_key, stranger, _ = await a_house()
    theirs = await a_pool(asking, other_key, "Theirs")
    pools = [await a_pool(asking, key, name) for name in ("A", "B")]
    assert [pool["number"] for pool in (*pools, theirs)] == [1, 2, 1]

    found = await told(asking, key, "{ pools(where: { number: 2 }) { nodes { name number } } }")
    assert found["nodes"] == [{"name": "B", "number": 2}]
    by_number = "{ pools(sortBy: NUMBER, direction: DESC) { nodes { number } } }"
    assert (await told(asking, key, by_number))["nodes"] == [{"number": 2}, {"number": 1}]
    for number in (2, "2"):
        assert (await told(asking, key, ADD, pool=number, customers=[gid(kari)]))["userErrors"] == []
    assert [await members(asking, key, pool) for pool in pools] == [set(), {"Kari"}]
    assert (await told(asking, key, REMOVE, pool="2", customers=[gid(kari)]))["customerIds"] == [gid(kari)]

    for nothing in ("3", "-2", "٢", "9" * 18, "9" * 30):
        answer = await ask(asking, ADD, token=key, pool=nothing, customers=[gid(kari)])
        errors = answer.json()["data"]["poolAdd"]["userErrors"]
        assert [e["code"] for e in errors] == [
            "NOT_FOUND" if nothing.isascii() and nothing.isdecimal() and len(nothing) < 19 else "BAD_USER_INPUT"
        ]
    assert (await told(asking, other_key, ADD, pool="1", customers=[gid(stranger)]))["customerIds"] == [gid(stranger)]
    assert [row.customer_id for row in await rows_of(venue, Assignment)] == [kari.id]


async def test_po3_pools_are_of_customers_companies_or_one_performance(asking):
    venue, key, kari, ola = await a_house()
    async with tenancy.scope(venue.id):
        premiere, other = await make_performance(), await make_performance()
        await make_order(kari, premiere)
        await make_order(ola, other)
    event = {"kind": "EVENT", "performanceId": gid(premiere)}

    pool = await a_pool(asking, key, "Premiere", **event)
    assert (pool["kind"], pool["performance"]) == ("EVENT", {"id": gid(premiere)})
    assert pool["assignments"] == {"totalCount": 1, "nodes": [{"source": "EVENT"}]}
    assert await members(asking, key, pool) == {"Kari"}

    twice = await told(asking, key, CREATE, input={"name": "Once more", **event})
    assert twice["userErrors"] == refused("NOT_UNIQUE", "input", "performanceId")
    for wrong in ({"kind": "EVENT"}, {"performanceId": gid(other)}, {"kind": "COMPANY", "performanceId": gid(other)}):
        no = await told(asking, key, CREATE, input={"name": "Wrong", **wrong})
        assert no["userErrors"] == refused("INVALID_VALUE", "input", "performanceId")
    for change, field in (({"kind": "CUSTOMER"}, "kind"), ({"performanceId": gid(other)}, "performanceId")):
        no = await told(asking, key, UPDATE, id=pool["id"], input=change)
        assert no["userErrors"] == refused("INVALID_VALUE", "input", field)
    by_hand = await a_pool(asking, key, "By hand", kind="COMPANY")
    no = await told(asking, key, UPDATE, id=by_hand["id"], input={"kind": "EVENT"})
    assert no["userErrors"] == refused("INVALID_VALUE", "input", "kind")

    for mutation in (ADD, REMOVE):
        no = await told(asking, key, mutation, pool=pool["id"], customers=[gid(ola)])
        assert no["userErrors"] == refused("WRONG_STATE", "poolId")
    no = await told(asking, key, HOLDERS, pool=pool["id"], performance=gid(other))
    assert no["userErrors"] == refused("WRONG_STATE", "poolId")
    assert await members(asking, key, pool) == {"Kari"}
    assert len(await rows_of(venue, Pool)) == 2

    await told(asking, key, ARCHIVE, id=pool["id"])
    assert await members(asking, key, await a_pool(asking, key, "Premiere again", **event)) == {"Kari"}


async def test_po7_everybody_who_holds_a_ticket_to_a_performance_now_is_put_in_a_pool(asking):
    venue, key, kari, ola = await a_house()
    async with tenancy.scope(venue.id):
        premiere, other = await make_performance(), await make_performance()
        await make_order(kari, premiere, premiere)
        given_back = await make_order(ola, premiere)
        await make_line(given_back, premiere, quantity=-1, amount=-45_000)
        free, doubtful, elsewhere, refunded = [await make_customer(name) for name in ("Free", "Doubtful", "Else", "Refunded")]
        await make_line(await make_order(free), premiere, state="COMPLIMENTARY", price=0, amount=0)
        await make_order(doubtful, premiere, state="RESERVED")
        await make_order(elsewhere, other)
        await make_line(await make_order(refunded), premiere, state="REFUNDED")
        await make_order(None, premiere)
    pool = await a_pool(asking, key)
    await told(asking, key, ADD, pool=pool["id"], customers=[gid(free), gid(elsewhere)])

    filled = await told(asking, key, HOLDERS, pool=pool["number"], performance=gid(premiere))
    assert filled == {"userErrors": [], "added": 1, "pool": {"number": 1}}
    assert await members(asking, key, pool) == {"Kari", "Free", "Else"}
    assert (await told(asking, key, HOLDERS, pool=pool["id"], performance=gid(premiere)))["added"] == 0

    gone = await told(asking, key, HOLDERS, pool=pool["id"], performance=f"Performance_{uuid4().hex}")
    assert gone["userErrors"] == refused("UNKNOWN_REFERENCE", "performanceId")
    await told(asking, key, ARCHIVE, id=pool["id"])
    closed = await told(asking, key, HOLDERS, pool=pool["id"], performance=gid(premiere))
    assert closed["userErrors"] == refused("WRONG_STATE", "poolId")


async def test_archiving_a_pool_ends_who_is_in_it_and_its_synchronisation_and_leaves_the_attribute(asking):
    venue, key, kari, _ = await a_house()
    pool = await a_pool(asking, key)
    async with tenancy.scope(venue.id):
        attribute = await Attribute.create(name="Member")
        row = (await Pool.rows(sql("true")))[0]
        await Sync.create(pool_id=row.id, attribute_id=attribute.id, two_way=True, reconcile="UNION")
    await told(asking, key, ADD, pool=pool["id"], customers=[gid(kari)])

    await told(asking, key, ARCHIVE, id=pool["id"])

    assert [(a.pool_id is not None, a.end_reason) for a in await rows_of(venue, Assignment)] == [
        (True, "ARCHIVED"),
        (False, None),
    ]
    (sync,) = await rows_of(venue, Sync)
    assert sync.ended_at is not None and sync.ended_by.startswith("Key_")


async def test_staff_of_an_organisation_see_fill_and_change_only_pools_of_theirs(asking):
    venue, key, kari, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        film = await make_performance(organisation_ids=[cinema.id])
        await make_order(kari, film)
    limited = await make_token(venue, "MARKETING", organisation_ids=[theatre.id])
    pools = {
        name: await a_pool(asking, key, name, organisationIds=[gid(o) for o in whose])
        for name, whose in {"house": [], "both": [theatre, cinema], "theatre": [theatre], "cinema": [cinema]}.items()
    }

    seen = (await told(asking, limited, "{ pools { nodes { name } } }"))["nodes"]
    assert seen == [{"name": "both"}, {"name": "house"}, {"name": "theatre"}]
    hidden = pools["cinema"]
    for named in (hidden["id"], hidden["number"]):
        no = await told(asking, limited, ADD, pool=named, customers=[gid(kari)])
        assert no["userErrors"] == refused("NOT_FOUND")
    no = await told(asking, limited, HOLDERS, pool=pools["house"]["id"], performance=gid(film))
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "performanceId")
    no = await told(
        asking,
        limited,
        CREATE,
        input={"name": "Film", "kind": "EVENT", "performanceId": gid(film), "organisationIds": [gid(theatre)]},
    )
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "input", "performanceId")
    assert (await told(asking, limited, ADD, pool=pools["house"]["id"], customers=[gid(kari)]))["customerIds"] == [gid(kari)]
    for name in ("house", "both"):
        answer = await ask(asking, UPDATE, token=limited, id=pools[name]["id"], input={"name": "Mine"})
        assert codes(answer) == ["FORBIDDEN"]
        assert codes(await ask(asking, ARCHIVE, token=limited, id=pools[name]["id"])) == ["FORBIDDEN"]
    assert (await told(asking, limited, UPDATE, id=pools["theatre"]["id"], input={"name": "Ours"}))["userErrors"] == []
    assert [row.name for row in await rows_of(venue, Pool)] == ["house", "both", "Ours", "cinema"]
    assert [row.archived_at for row in await rows_of(venue, Pool)] == [None] * 4


async def test_another_venues_pools_customers_and_performances_are_names_of_nothing(asking):
    venue, key, kari, _ = await a_house()
    elsewhere, other_key, stranger, _ = await a_house()
    pool, theirs = await a_pool(asking, key), await a_pool(asking, other_key, "Theirs")
    async with tenancy.scope(elsewhere.id):
        performance = await make_performance()
        await make_order(stranger, performance)

    for mutation in (ADD, REMOVE):
        assert (await told(asking, key, mutation, pool=theirs["id"], customers=[gid(kari)]))["userErrors"] == refused("NOT_FOUND")
    no = await told(asking, key, ADD, pool=pool["id"], customers=[gid(kari), gid(stranger)])
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "customerIds", "1")
    no = await told(asking, key, HOLDERS, pool=pool["id"], performance=gid(performance))
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "performanceId")
    no = await told(asking, key, CREATE, input={"name": "E", "kind": "EVENT", "performanceId": gid(performance)})
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "input", "performanceId")
    assert await rows_of(venue, Assignment) == await rows_of(elsewhere, Assignment) == []
