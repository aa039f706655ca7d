"""What it costs to keep a large pool and an attribute alike: looking before, switching on, the view, and switching to what the
other side is, beside one statement that writes the same rows.

.venv/bin/pytest tests/bench/test_syncs.py -s
"""

import time
from typing import Any

from tenants import reconciling, syncs, tenancy
from tenants.assignments import Cause, give
from tenants.attributes import Attribute
from tenants.ids import new_id
from tenants.pools import Pool
from tenants.sql import sql
from tests.builders import make_venue

MEMBERS, AT_ONCE = 100_000, 10_000
FLOOR = """
with made as (
  insert into assignments (tenant_id, id, customer_id, attribute_id, source)
  select {venue}, gen_random_uuid(), a.customer_id, {attribute}, 'SYNC' from assignments a
  where a.tenant_id = {venue} and a.group_id = {pool} and a.ended_at is null returning id)
insert into assignment_causes (tenant_id, id, assignment_id, source) select {venue}, gen_random_uuid(), id, 'SYNC' from made
"""


class Undone(Exception):
    """Has a transaction take back what it wrote."""


async def timed(venue: Any, work: Any, *, undo: bool = False) -> tuple[float, Any]:
    """The seconds that a transaction takes, and its answer."""
    began, answer = time.perf_counter(), None
    try:
        async with tenancy.scope(venue.id, seconds=120):
            answer = await work()
            if undo:
                raise Undone
    except Undone:
        pass
    return time.perf_counter() - began, answer


async def test_a_hundred_thousand_members_on_one_side(capsys):
    venue = await make_venue()
    customers = [new_id() for _ in range(MEMBERS)]
    rows = "select {venue}, i, n from unnest({ids}::uuid[], {numbers}::bigint[]) u (i, n)"
    insert = f"insert into customers (tenant_id, id, number) {rows}"  # no values
    async with tenancy.scope(venue.id):
        pool = (await Pool.create(name="Members", number=1)).id
        attribute = (await Attribute.create(name="Member")).id
    for start in range(0, MEMBERS, AT_ONCE):
        async with tenancy.scope(venue.id, seconds=120):
            part = customers[start : start + AT_ONCE]
            await tenancy.execute(sql(insert, ids=part, numbers=list(range(start, start + len(part)))))
            await give("pool", pool, part, Cause("IMPORT"))

    floor, _ = await timed(venue, lambda: tenancy.execute(sql(FLOOR, attribute=attribute, pool=pool)), undo=True)
    preview, planned = await timed(venue, lambda: reconciling.preview(attribute, pool, "UNION"))
    on, sync = await timed(venue, lambda: reconciling.start(attribute, pool, "UNION"))
    view, told = await timed(venue, lambda: syncs.compared([sync.id]))
    await timed(venue, lambda: reconciling.stop(sync.id))
    emptied = (await timed(venue, lambda: Attribute.create(name="Nobody")))[1].id
    off, _ = await timed(venue, lambda: reconciling.start(emptied, pool, "ATTRIBUTE_WINS"))

    assert planned["added_to_attribute"].count == told[sync.id].attribute_count == told[sync.id].pool_count == MEMBERS
    with capsys.disabled():
        print(f"\n{MEMBERS} on one side: one statement {floor:.1f} s; switched on {on:.1f} s ({on / floor:.2f})")
        print(f"preview {preview:.2f} s; view {view:.2f} s; all taken from the other side {off:.1f} s")
