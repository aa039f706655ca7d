"""An attribute and a pool that are kept alike, through the API: previewed, switched on in four ways, followed, switched off."""

from typing import Any

import pytest

from tenants import tenancy
from tenants.assignments import Assignment
from tenants.sql import sql
from tenants.syncs import Sync
from tests.asking import gid
from tests.builders import make_order, make_performance
from tests.gateway.clients import ask, client, codes
from tests.groups import ATTRIBUTE, POOL, a_pair, refused, rows_of, told

ADD = """mutation ($pool: ID!, $customers: [ID!]!) { poolAdd(poolId: $pool, customerIds: $customers) {
  userErrors { code field } customerIds } }"""
REMOVE = ADD.replace("poolAdd", "poolRemove")
ASSIGN = """mutation ($attribute: ID!, $customers: [ID!]!) { attributeAssign(attributeId: $attribute, customerIds: $customers) {
  userErrors { code field } customerIds } }"""
UNASSIGN = ASSIGN.replace("attributeAssign", "attributeRemove")
HOLDERS = """mutation ($pool: ID!, $performance: ID!) { poolAddHolders(poolId: $pool, performanceId: $performance) {
  added userErrors { code } } }"""
ARCHIVE = "mutation ($id: ID!) { attributeArchive(id: $id) { userErrors { code } } }"
PREVIEW = """query ($attribute: ID!, $pool: ID!, $reconcile: SyncReconcile!) {
  syncPreview(attributeId: $attribute, poolId: $pool, reconcile: $reconcile) {
    addedToAttribute { ...C } removedFromAttribute { ...C } addedToPool { ...C } removedFromPool { ...C } } }
  fragment C on SyncPreviewChange { count sample { firstName } }"""
START = """mutation ($attribute: ID!, $pool: ID!, $reconcile: SyncReconcile!) {
  syncStart(attributeId: $attribute, poolId: $pool, reconcile: $reconcile) {
    userErrors { code field } sync { id twoWay reconcile startedBy endedAt comparison { astray } } } }"""
STOP = (
    """mutation ($id: ID!) { syncStop(id: $id) { userErrors { code field } sync { endedAt endedBy comparison { astray } } } }"""
)
VIEW = """{ syncs { nodes { id twoWay reconcile startedAt startedBy endedAt attribute { name } pool { name number }
  comparison { poolCount attributeCount poolChangedAt attributeChangedAt onlyInPool onlyInAttribute astray } } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


@pytest.fixture
async def house(asking):
    return await a_pair(asking)


async def test_a2_the_synchronisation_is_set_on_an_attribute_with_the_number_of_a_pool(house):
    await house.does(ADD, "Kari")
    started = (await house.does(START, pool=house.pool["number"], reconcile="UNION"))["sync"]
    assert started.pop("id").startswith("Sync_") and started.pop("startedBy").startswith("Key_")
    assert started == {"twoWay": True, "reconcile": "UNION", "endedAt": None, "comparison": {"astray": 0}}
    assert await house.sides() == ({"Kari"}, {"Kari"})


async def test_y1_to_y7_every_change_of_one_side_is_one_of_the_other_at_once(house):
    await house.does(START, reconcile="UNION")
    async with tenancy.scope(house.venue.id):
        premiere = await make_performance()
        await make_order(house.customers["Anne"], premiere)

    await house.does(ADD, "Kari")  # Y4
    assert await house.sides() == ({"Kari"}, {"Kari"})
    await house.does(ASSIGN, "Ola")  # Y5
    assert await house.sides() == ({"Kari", "Ola"}, {"Kari", "Ola"})
    assert (await house.does(HOLDERS, performance=gid(premiere)))["added"] == 1  # Y2
    assert await house.sides() == ({"Kari", "Ola", "Anne"}, {"Kari", "Ola", "Anne"})

    sources = {(row.customer_id, row.pool_id is not None): row.source for row in await rows_of(house.venue, Assignment)}
    by = {name: (sources[row.id, True], sources[row.id, False]) for name, row in house.customers.items() if name != "Per"}
    assert by == {"Kari": ("MANUAL", "SYNC"), "Ola": ("SYNC", "MANUAL"), "Anne": ("MANUAL", "SYNC")}


async def test_d18_what_is_taken_from_one_side_goes_from_the_other(house):
    await house.does(START, reconcile="UNION")
    await house.does(ADD, "Kari", "Ola", "Per")
    await house.does(REMOVE, "Kari")
    await house.does(UNASSIGN, "Ola")
    assert await house.sides() == ({"Per"}, {"Per"})
    ends = [(row.pool_id is not None, row.end_reason) for row in await rows_of(house.venue, Assignment) if row.ended_at]
    assert sorted(ends) == [(False, "REMOVED"), (False, "SYNC"), (True, "REMOVED"), (True, "SYNC")]


@pytest.mark.parametrize(
    ("reconcile", "moves", "sides"),
    [
        ("UNION", ["Kari", None, "Per", None], ({"Kari", "Ola", "Per"}, {"Kari", "Ola", "Per"})),
        ("POOL_WINS", ["Kari", "Per", None, None], ({"Kari", "Ola"}, {"Kari", "Ola"})),
        ("ATTRIBUTE_WINS", [None, None, "Per", "Kari"], ({"Ola", "Per"}, {"Ola", "Per"})),
        ("NONE", [None] * 4, ({"Kari", "Ola"}, {"Ola", "Per"})),
    ],
)
async def test_d19_who_is_on_one_side_only_comes_or_goes_as_was_chosen_and_shown_before(house, reconcile, moves, sides):
    await house.does(ADD, "Kari", "Ola")
    await house.does(ASSIGN, "Ola", "Per")
    before = await house.sides()

    seen = await house.does(PREVIEW, reconcile=reconcile)
    names = ["addedToAttribute", "removedFromAttribute", "addedToPool", "removedFromPool"]
    change = {who: {"count": 1, "sample": [{"firstName": who}]} for who in moves if who} | {None: {"count": 0, "sample": []}}
    assert seen == {name: change[who] for name, who in zip(names, moves, strict=True)}
    assert await house.sides() == before

    await house.does(START, reconcile=reconcile)
    assert await house.sides() == sides
    left = reconcile == "NONE"
    (row,) = (await told(house.asking, house.key, VIEW))["nodes"]
    its = row["comparison"]
    assert (its["onlyInPool"], its["onlyInAttribute"], its["astray"]) == (left, left, 0)


async def test_with_none_what_differed_stays_and_only_later_changes_are_followed(house):
    await house.does(ADD, "Kari")
    await house.does(START, reconcile="NONE")
    await house.does(ADD, "Kari")
    assert await house.sides() == ({"Kari"}, set())
    await house.does(ADD, "Ola")
    assert await house.sides() == ({"Kari", "Ola"}, {"Ola"})
    await house.does(ASSIGN, "Kari")
    await house.does(UNASSIGN, "Kari")
    assert await house.sides() == ({"Ola"}, {"Ola"})


async def test_d20_each_is_kept_alike_with_one_other_at_most(house):
    started = (await house.does(START, reconcile="UNION"))["sync"]
    other_pool = (await told(house.asking, house.key, POOL, input={"name": "Others"}))["pool"]
    other = (await told(house.asking, house.key, ATTRIBUTE, name="Other"))["attribute"]

    assert await house.refuses(START, reconcile="UNION") == refused("IN_USE", "attributeId")
    assert await house.refuses(START, pool=other_pool["id"], reconcile="UNION") == refused("IN_USE", "attributeId")
    assert await house.refuses(START, attribute=other["id"], reconcile="UNION") == refused("IN_USE", "poolId")
    seen = await ask(house.asking, PREVIEW, token=house.key, attribute=other["id"], pool=house.pool["id"], reconcile="UNION")
    assert codes(seen) == ["IN_USE"]

    await house.does(STOP, id=started["id"])
    await house.does(START, attribute=other["id"], reconcile="UNION")
    assert [(row.ended_at is None) for row in await rows_of(house.venue, Sync)] == [False, True]


async def test_switched_off_neither_follows_the_other_and_both_stay_as_they_are(house):
    await house.does(ADD, "Kari")
    started = (await house.does(START, reconcile="UNION"))["sync"]
    stopped = (await house.does(STOP, id=started["id"]))["sync"]
    assert stopped["endedBy"].startswith("Key_") and stopped["comparison"] is None
    assert (await house.does(STOP, id=started["id"]))["sync"]["endedAt"] == stopped["endedAt"]

    await house.does(ADD, "Ola")
    await house.does(UNASSIGN, "Kari")
    assert await house.sides() == ({"Kari", "Ola"}, set())
    assert (await told(house.asking, house.key, VIEW))["nodes"] == []
    assert (await told(house.asking, house.key, "{ syncs(where: { includeEnded: true }) { totalCount } }"))["totalCount"] == 1


async def test_the_view_tells_since_when_by_whom_how_many_and_when_each_side_last_changed(house):
    await house.does(ADD, "Kari")
    await house.does(START, reconcile="UNION")
    await house.does(ASSIGN, "Ola")
    rows = await rows_of(house.venue, Assignment)
    (row,) = await rows_of(house.venue, Sync)

    (seen,) = (await told(house.asking, house.key, VIEW))["nodes"]

    def written(at: Any) -> str:
        return at.isoformat().replace("+00:00", "Z")

    assert seen == {
        "id": f"Sync_{row.id.hex}", "twoWay": True, "reconcile": "UNION", "startedAt": written(row.started_at),
        "startedBy": row.started_by, "endedAt": None, "attribute": {"name": "Member"}, "pool": {"name": "Members", "number": 1},
        "comparison": {
            "poolCount": 2, "attributeCount": 2, "onlyInPool": 0, "onlyInAttribute": 0, "astray": 0,
            "poolChangedAt": written(max(each.assigned_at for each in rows if each.pool_id)),
            "attributeChangedAt": written(max(each.assigned_at for each in rows if each.attribute_id)),
        },
    }  # fmt: skip


async def test_the_view_would_tell_of_whoever_went_astray(house):
    await house.does(ADD, "Kari", "Ola")
    await house.does(START, reconcile="NONE")
    await house.does(ADD, "Per")
    async with tenancy.scope(house.venue.id):  # what no mutation does: one side is written alone
        await tenancy.execute(
            sql(
                "update assignments set ended_at = clock_timestamp(), end_reason = 'REMOVED' "
                "where tenant_id = {venue} and customer_id = {per} and attribute_id is not null",
                per=house.customers["Per"].id,
            )
        )
    (row,) = (await told(house.asking, house.key, VIEW))["nodes"]
    assert (row["comparison"]["onlyInPool"], row["comparison"]["astray"]) == (3, 1)


async def test_d48_an_attribute_follows_an_event_pool_which_follows_nothing(asking):
    house = await a_pair(asking)
    async with tenancy.scope(house.venue.id):
        premiere = await make_performance()
        await make_order(house.customers["Kari"], premiere)
    house.pool = (
        await told(asking, house.key, POOL, input={"name": "Premiere", "kind": "EVENT", "performanceId": gid(premiere)})
    )["pool"]
    await house.does(ASSIGN, "Ola")

    assert await house.refuses(START, reconcile="ATTRIBUTE_WINS") == refused("INVALID_VALUE", "reconcile")
    seen = await house.does(PREVIEW, reconcile="UNION")
    assert {name: change["count"] for name, change in seen.items()} == {
        "addedToAttribute": 1, "removedFromAttribute": 0, "addedToPool": 0, "removedFromPool": 0,
    }  # fmt: skip
    started = (await house.does(START, reconcile="UNION"))["sync"]
    assert started["twoWay"] is False
    assert await house.sides() == ({"Kari"}, {"Kari", "Ola"})

    await house.does(ASSIGN, "Per")
    await house.does(UNASSIGN, "Ola")
    assert await house.sides() == ({"Kari"}, {"Kari", "Per"})
    assert await house.refuses(UNASSIGN, "Kari", "Per") == refused("WRONG_STATE", "customerIds")
    assert await house.sides() == ({"Kari"}, {"Kari", "Per"})
    (row,) = (await told(asking, house.key, VIEW))["nodes"]
    assert (row["comparison"]["onlyInAttribute"], row["comparison"]["astray"]) == (1, 0)


async def test_archiving_an_attribute_leaves_its_pool_as_it_is(house):
    await house.does(ADD, "Kari")
    await house.does(START, reconcile="UNION")
    await house.does(ARCHIVE, id=house.attribute["id"])
    assert await house.sides() == ({"Kari"}, set())
    assert (await rows_of(house.venue, Sync))[0].ended_at is not None
    assert await house.refuses(START, reconcile="UNION") == refused("WRONG_STATE", "attributeId")
    await house.does(ADD, "Ola")
    assert await house.sides() == ({"Kari", "Ola"}, set())
