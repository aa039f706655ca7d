"""One customer against another of the same venue, generated from the storefront's contract: what is somebody else's changes no
answer, and its names are names of nothing. Against another venue's customers: tests/probes/test_venues.py."""

from uuid import uuid4

import pytest

from tests.builders import make_customer_token, make_key, make_token, make_venue
from tests.filled import Filled, fill
from tests.gateway.clients import client
from tests.holdings import own_rows
from tests.probes.callers import Caller, Told, told
from tests.probes.calls import CONTRACTS as ALL
from tests.probes.calls import SLOTS, Call, call, nodes_of, plain_call, roots
from tests.probes.names import name_of, name_of_nothing

CONTRACTS = {"storefront": ALL["storefront"]}
PERSONAL = ["Customer", "Order", "TicketLine"]
NOT_IN_THE_SHOP = ["Import", "File", "AuditEntry"]


async def two_customers() -> tuple[Filled, Filled]:
    """A venue with our customer, their order and tickets, and what adds another customer's to the same performance."""
    venue = await make_venue()
    ours = await fill(venue, f"ours{uuid4().hex}")
    return ours, await theirs_beside(ours)


async def theirs_beside(ours: Filled) -> Filled:
    shared = {kind: row for kind, row in ours.rows.items() if kind not in (*PERSONAL, *NOT_IN_THE_SHOP)}
    return await fill(ours.venue, f"theirs{uuid4().hex}", shared=shared)


async def our_customer(ours: Filled) -> Caller:
    return Caller(await make_customer_token(ours.venue, ours.rows["Customer"].id), contracts=("storefront",))


async def test_another_customer_changes_no_answer():
    ours = await fill(await make_venue(), f"ours{uuid4().hex}")
    customer = await our_customer(ours)
    async with client() as asking:

        async def everything() -> dict[str, Told]:
            return {
                root: await told(asking, customer, plain_call(contract, operation, root, ours, levels=3))
                for contract, operation, root in roots(CONTRACTS, "query")
            }

        before = await everything()
        theirs = await theirs_beside(ours)
        after = await everything()
        staff = await told(asking, Caller(await make_token(ours.venue)), Call("graphql", "{ customers { nodes { firstName } } }"))

    assert [root for root, answer in after.items() if theirs.mark in answer.text] == []
    assert [root for root, answer in after.items() if answer.but_for() != before[root].but_for()] == []
    assert ours.mark in after["customer"].text, "the customer's own data is there"
    assert theirs.mark in staff.text, "the other customer is there"


@pytest.mark.parametrize("who", ["another customer", "the shop", "a partner in the shop"])
async def test_a_name_of_another_customers_row_is_a_name_of_nothing(who: str):
    ours, theirs = await two_customers()
    callers = {
        "another customer": await our_customer(ours),
        "the shop": Caller(await make_key(ours.venue, kind="PUBLISHABLE")),
        "a partner in the shop": Caller(await make_key(ours.venue, "customers:read", "sales:read")),
    }
    caller, before = callers[who], await own_rows(theirs)
    slots = [slot for slot in SLOTS if slot.contract == "storefront" and slot.kind in PERSONAL and slot.how != "cursor"]
    assert {slot.kind for slot in slots if slot.root == "node"} == {*PERSONAL} <= {*nodes_of(ALL["storefront"])}
    async with client() as asking:
        for slot in slots:
            foreign, nothing = name_of(slot, theirs), name_of_nothing(slot)
            there = await told(asking, caller, call(slot, foreign, ours))
            nowhere = await told(asking, caller, call(slot, nothing, ours))
            assert there.but_for(foreign) == nowhere.but_for(nothing), f"{who} learns of another customer's row by {slot}"
            assert theirs.mark not in there.text.replace(str(foreign), ""), f"{who} reads another customer's row by {slot}"
            assert there.status < 500, f"{slot} breaks: {there.text}"
    assert await own_rows(theirs) == before


async def test_the_same_names_find_the_customers_own_rows():
    """Else the test above would show nothing."""
    ours, _ = await two_customers()
    caller = await our_customer(ours)
    async with client() as asking:
        for slot in [s for s in SLOTS if s.contract == "storefront" and s.kind in PERSONAL and s.root in ("node", "nodes")]:
            here = await told(asking, caller, call(slot, name_of(slot, ours), ours))
            assert ours.mark in here.text or slot.kind == "Order", f"{slot} finds nothing of ours either: {here.text}"
            assert here.but_for() != (await told(asking, caller, call(slot, name_of_nothing(slot), ours))).but_for()
