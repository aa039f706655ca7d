"""One venue against another, generated from both contracts: what names a row of another venue names nothing."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tenants import people, tenancy
from tenants.permissions import KEY_SCOPES
from tests.builders import make_customer_token, make_key, make_token, make_venue
from tests.filled import Filled, fill
from tests.gateway.clients import client
from tests.holdings import checksum
from tests.probes.callers import Caller, callers_at, support_that_is_over, told, who_may
from tests.probes.calls import (
    CONTRACTS,
    SLOTS,
    Call,
    Slot,
    call,
    nodes_of,
    plain_call,
    roots,
)
from tests.probes.names import cursor_beside, name_of, name_of_nothing
from tests.walls import without_policies

# They want a password, the token of a mail or a session of the caller, which a probe does not have. In tests/resolvers:
# test_people.py, test_passwords.py, test_sessions.py, test_customer_codes.py.
BY_PASSWORD = {
    "signIn",
    "passwordResetRequest",
    "passwordReset",
    "passwordChange",
    "tokenRefresh",
    "sessionRevoke",
    "customerCodeRedeem",
}
WHO = [
    "VENUE_ADMIN",
    "BOX_OFFICE",
    "MARKETING",
    "PROMOTER",
    "KEY",
    "SHOP",
    "CUSTOMER",
    "NOBODY",
    "PLATFORM_ADMIN",
    "OF_BOTH",
    "SUPPORT",
    "SUPPORT_OVER",
]


async def everybody_at(ours: Filled, theirs: Filled) -> dict[str, Caller]:
    """All kinds of callers at our venue; one of them may enter the other venue too, and asks about ours."""
    email = f"{uuid4().hex}@example.org"
    both = await make_token(theirs.venue, email=email)
    async with tenancy.platform():
        person = await people.Person.get(email=email)
        await people.grant(person.id, ours.venue.id, "VENUE_ADMIN")
    return {
        **await callers_at(ours.venue, promoter=ours.rows["Promoter"].id, customer=ours.rows["Customer"].id),
        "NOBODY": Caller(None, contracts=("graphql", "storefront")),
        "PLATFORM_ADMIN": Caller(await make_token(platform_admin=True)),
        "OF_BOTH": Caller(both, ours.venue.slug),
        "SUPPORT_OVER": Caller(await support_that_is_over(ours.venue)),
    }


async def cursors_of(asking: httpx.AsyncClient, filled: Filled) -> dict[tuple[str, str], str]:
    """A cursor in each of a venue's lists, by contract and root field."""
    key, cursors = Caller(await make_key(filled.venue, *KEY_SCOPES)), {}
    for contract, root in {(slot.contract, slot.root) for slot in SLOTS if slot.how == "cursor"}:
        answer = json.loads((await told(asking, key, Call(contract, f"{{ {root} {{ edges {{ cursor }} }} }}"))).text)
        cursors[contract, root] = answer["data"][root]["edges"][-1]["cursor"]
    return cursors


@pytest.mark.parametrize("who", WHO)
async def test_a_name_of_another_venues_row_is_a_name_of_nothing(who: str):
    await probe(who)


async def test_the_policies_are_not_all_that_stands_between_venues():
    async with without_policies():
        await probe("VENUE_ADMIN")
        await no_answer_changes()


async def probe(who: str) -> None:
    """Whatever names a row, with the name of another venue's and with the name of none: the answers are the same."""
    mark = f"theirs{uuid4().hex}"
    ours, theirs = await fill(await make_venue(), "ours"), await fill(await make_venue(), mark)
    caller = (await everybody_at(ours, theirs))[who]
    async with client() as asking:
        mine = [slot for slot in SLOTS if slot.contract in caller.contracts]
        cursors = await cursors_of(asking, theirs)
        before = await checksum(theirs.venue.id)
        for slot in mine:
            foreign, nothing = names(slot, theirs, cursors)
            there = await told(asking, caller, call(slot, foreign, ours))
            nowhere = await told(asking, caller, call(slot, nothing, ours))

            assert there.but_for(foreign) == nowhere.but_for(nothing), f"{who} learns of another venue's row by {slot}"
            assert mark not in there.text.replace(str(foreign), ""), f"{who} reads another venue's row by {slot}"
            assert there.status < 500, f"{slot} breaks: {there.text}"
    after = await checksum(theirs.venue.id)
    if who == "OF_BOTH":  # what somebody of both venues does above the venues, with sessions say, is told to both
        for table in ("audit_entries", "audit_objects"):
            del before[table], after[table]
    assert after == before


def names(slot: Slot, filled: Filled, cursors: dict[tuple[str, str], str]) -> tuple[Any, Any]:
    """What names the venue's row in this slot, and what names nothing."""
    if slot.how == "cursor":
        cursor = cursors[slot.contract, slot.root]
        return cursor, cursor_beside(cursor)
    return name_of(slot, filled), name_of_nothing(slot)


async def test_the_name_of_another_venue_opens_nothing_either():
    ours, theirs = await make_venue(), await make_venue()
    callers = await callers_at(ours, promoter=uuid4())
    async with client() as asking:
        for who, caller in callers.items():
            for path in ("/graphql",) if caller.in_browser else ("/graphql", "/storefront/graphql", "/files"):
                foreign, nobodys = [
                    await asking.post(
                        path,
                        json={"query": "{ __typename }"},
                        headers={**caller.headers, "X-Venue": named},
                    )
                    for named in (theirs.slug, "nobodys-house")
                ]
                assert foreign.status_code == nobodys.status_code == 403, f"{who} at {path}"
                told = [answer.json()["errors"][0] for answer in (foreign, nobodys)]
                assert told[0]["message"].replace(theirs.slug, "nobodys-house") == told[1]["message"], f"{who} at {path}"


async def test_ids_of_another_venue_in_a_grant_open_nothing():
    """Grants and keys hold ids of organisations and promoters that no foreign key looks at (tests/tenants/catalogue.py)."""
    ours, theirs = await fill(await make_venue(), "ours"), await fill(await make_venue(), "theirs")
    strangers = {
        "staff": await make_token(ours.venue, "VENUE_ADMIN", organisation_ids=[theirs.rows["Organisation"].id]),
        "a promoter": await make_token(ours.venue, "PROMOTER", promoter_id=theirs.rows["Promoter"].id),
    }
    query = "{ performances { totalCount nodes { name } } promoters { nodes { name } } organisations { nodes { name } } }"
    async with client() as asking:
        for who, secret in strangers.items():
            answer = await told(asking, Caller(secret), Call("graphql", query))
            assert json.loads(answer.text)["data"]["performances"] == {"totalCount": 0, "nodes": []}, who
            assert "theirs" not in answer.text, who


@pytest.mark.parametrize("contract", CONTRACTS)
async def test_the_same_names_find_our_own_rows(contract: str):
    """Else the test above would show nothing."""
    ours = await fill(await make_venue(), "ours")
    customer = await make_customer_token(ours.venue, ours.rows["Customer"].id)
    caller = Caller(customer if contract == "storefront" else await make_token(ours.venue))
    async with client() as asking:
        for slot in [s for s in SLOTS if s.contract == contract and s.how != "cursor" and s.operation != "mutation"]:
            if slot.kind not in nodes_of(CONTRACTS[contract]) and slot.root in ("node", "nodes"):
                continue
            own, nothing = name_of(slot, ours), name_of_nothing(slot)
            here = await told(asking, caller, call(slot, own, ours))
            nowhere = await told(asking, caller, call(slot, nothing, ours))
            assert here.but_for(own) != nowhere.but_for(nothing), f"{slot} finds nothing of ours either"
            if slot.root != "syncPreview":  # refused, because the two are kept alike already: that is another answer
                assert json.loads(here.text).get("errors") is None, f"{slot}: {here.text}"


async def test_every_mutation_does_what_it_is_for():
    """Else it would be no wonder that none of them touches another venue."""
    ours = await fill(await make_venue(), "ours")
    async with client() as asking:
        # What ends comes last, and what is kept alike is switched on once it was switched off; first is bought what is on sale.
        buying = {"purchaseReserve": -3, "purchaseCommit": -2, "purchaseRelease": -1}
        reserved = {}
        later = {**buying, "syncStart": 1, **{root: 2 for _, _, root in roots(CONTRACTS, "mutation") if root.endswith("Archive")}}
        for contract, operation, root in sorted(roots(CONTRACTS, "mutation"), key=lambda each: later.get(each[2], 0)):
            if root in BY_PASSWORD:
                continue
            caller = await who_may(contract, operation, root, ours.venue, ours.rows["Customer"].id)
            made = plain_call(contract, operation, root, ours)
            if root == "purchaseRelease":
                made.variables["id"] = reserved[contract]
            answer = json.loads((await told(asking, caller, made)).text)
            assert "errors" not in answer, f"{root}: {answer}"
            payload = answer["data"][root]
            assert payload["userErrors"] == [], f"{root}: {payload}"
            if root == "purchaseReserve":
                reserved[contract] = payload["order"]["id"]
            assert [r for r in payload.get("results") or [] if r["status"] == "REJECTED"] == [], f"{root}: {payload}"


async def test_no_answer_changes_when_another_venue_comes_into_being():
    await no_answer_changes()


async def no_answer_changes() -> None:
    """All there is to ask, by everybody, before and after."""
    ours = await fill(await make_venue(), "ours")
    callers = await everybody_at(ours, ours)
    async with client() as asking:

        async def everything() -> dict[str, str]:
            return {
                f"{who}: {contract}.{root}": (
                    await told(asking, caller, plain_call(contract, operation, root, ours, levels=3))
                ).but_for()[1]
                for who, caller in callers.items()
                for contract, operation, root in roots(CONTRACTS, "query", "subscription")
                if contract in caller.contracts and root != "venues"  # which a platform's admin asks about all of them
            }

        for caller in callers.values():
            await told(asking, caller, Call(caller.contracts[0], "{ __typename }"))  # so that the first use of each key is noted
        before = await everything()
        theirs = await fill(await make_venue(), "theirs")
        after = await everything()

    assert {question: answer for question, answer in after.items() if answer != before[question]} == {}
    assert [answer for answer in after.values() if theirs.mark in answer] == []
