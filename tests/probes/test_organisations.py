"""One organisation, promoter or draft against another inside a venue (D54), generated from both contracts: what a caller may not
see changes no answer, no count and no page, and its names are names of nothing."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from tenants import sight, tenancy
from tenants.organisations import Organisation
from tests.builders import make_key, make_token, make_venue
from tests.filled import Filled, fill
from tests.gateway.clients import client
from tests.holdings import own_rows
from tests.probes.callers import Caller, Told, callers_at, told
from tests.probes.calls import CONTRACTS, SLOTS, Call, Slot, call, plain_call, roots
from tests.probes.names import name_of, name_of_nothing
from tests.statements import VENUE_TABLES

# What belongs to organisations; the rest of a venue's rows are there for all of its staff.
ORGANISED = [
    "Performance",
    "Price",
    "Product",
    "ProductPrice",
    "Order",
    "TicketLine",
    "Import",
    "File",
    "Job",
    "Key",
    "Grant",
    "Person",
    "AuditEntry",
    "SupportAccess",
    "Flag",
    "FlagRule",
    "Pool",
    "PoolTerms",
    "Attribute",
    "Sync",
    "Assignment",
    "AssignmentCause",
    "Benefit",
    "Coupling",
    "CampaignLink",
    "PersonalLink",
    "Discount",
]
FOR_ALL = {
    "usages": "sums over the whole venue, which say to everybody alike what is left",
    "production_tags": "the house's own words",
    "saved_import_mappings": "the house's own words, and no data",
    "audit_objects": "read only of an entry that is seen",
    "counters": "read by no list",
    "customer_values": "read only of a customer that is seen",
    "performance_values": "read only of a performance that is seen",
    "order_values": "read only of an order that is seen",
    "customer_facts": "for the whole venue; who is limited has them summed up from what they see (tenants/facts.py)",
    "trusted_documents": "the house's own, and they open nothing",
    "product_performances": "read only of a product that is seen",
    "file_chunks": "read only by the job of an import that is seen",
    "idempotency_keys": "read only by who sent the key",
    "image_renditions": "read by everybody who knows the picture's address",
    "import_changes": "read only of an import that is seen",
    "import_problems": "read only of an import that is seen",
    "keys": "under a rule of their own, which their list and their end share (tenants/keys.py)",
    "grants": "under the same rule (tenants/people.py)",
    "customer_codes": "read by no list",
    "coupling_starts": "read only of a coupling that is seen",
    "campaign_clicks": "read only of a campaign link that is seen",
}
STAFF = ["VENUE_ADMIN", "BOX_OFFICE", "MARKETING", "KEY"]
# An external id is unique in the venue: whoever gives a new row one that is taken has to be told (docs/decisions).
_NAMED = ("Performance", "Product", "Order", "TicketLine", "Flag", "Pool", "Attribute", "CampaignLink", "Benefit")
TAKEN = {(kind, "externalId") for kind in _NAMED}


async def two_organisations() -> tuple[Filled, Callable[[], Awaitable[Filled]], Any]:
    """A venue with our organisation's rows in it, what adds those of another organisation, and our staff."""
    venue = await make_venue()
    ours = await fill(venue, f"ours{uuid4().hex}")
    async with tenancy.scope(venue.id):
        other = await Organisation.create(name="Another organisation", external_id=uuid4().hex)
    shared = {kind: row for kind, row in ours.rows.items() if kind not in ORGANISED} | {"Organisation": other}
    callers = await callers_at(
        venue, promoter=ours.rows["Promoter"].id, organisation=ours.rows["Organisation"].id, customer=ours.rows["Customer"].id
    )
    return ours, lambda: fill(venue, f"theirs{uuid4().hex}", shared=shared), callers


async def two_promoters() -> tuple[Filled, Callable[[], Awaitable[Filled]], Any]:
    """A venue with one promoter's performance in it, what adds one of another promoter, and the first promoter."""
    venue = await make_venue()
    ours = await fill(venue, f"ours{uuid4().hex}")
    theirs = {*ORGANISED, "Production", "Promoter"}
    shared = {kind: row for kind, row in ours.rows.items() if kind not in theirs}
    callers = {"PROMOTER": (await callers_at(venue, promoter=ours.rows["Promoter"].id))["PROMOTER"]}
    return ours, lambda: fill(venue, f"theirs{uuid4().hex}", shared=shared), callers


async def a_programme_and_a_draft() -> tuple[Filled, Callable[[], Awaitable[Filled]], Any]:
    """A venue with an announced performance, what adds a draft of another production, season, kind and hall, and its shop."""
    venue = await make_venue()
    announced = {*ORGANISED, "Production", "Season", "Category", "Hall", "Tag"}
    ours = await fill(venue, f"ours{uuid4().hex}")
    shared = {kind: row for kind, row in ours.rows.items() if kind not in announced}
    shop = {
        "SHOP": Caller(await make_key(venue, kind="PUBLISHABLE"), contracts=("storefront",)),
        "KEY": Caller(await make_key(venue), contracts=("storefront",)),
    }
    draft = {"Performance.status": "DRAFT", "Product.status": "DRAFT"}
    return ours, lambda: fill(venue, f"theirs{uuid4().hex}", shared=shared, given=draft), shop


STORIES = [two_organisations, two_promoters, a_programme_and_a_draft]


@pytest.mark.parametrize("story", STORIES)
async def test_what_a_caller_may_not_see_changes_no_answer(story: Any):
    ours, add_theirs, callers = await story()
    async with client() as asking:

        async def everything(of: dict[str, Caller]) -> dict[str, Told]:
            return {
                f"{who}: {contract}.{root}": await told(asking, caller, plain_call(contract, operation, root, ours, levels=3))
                for who, caller in of.items()
                for contract, operation, root in roots(CONTRACTS, "query", "subscription")
                if contract in caller.contracts
            }

        for caller in callers.values():
            await told(asking, caller, Call(caller.contracts[0], "{ __typename }"))  # so that the first use of each key is noted
        before = {question: answer.but_for() for question, answer in (await everything(callers)).items()}
        theirs = await add_theirs()
        after = await everything(callers)
        house = await everything({"the whole house": Caller(await make_token(ours.venue))})

    leaks = [question for question, answer in after.items() if theirs.mark in answer.text]
    assert leaks == []
    assert [question for question, answer in after.items() if answer.but_for() != before[question]] == []
    seen = {question.split(".")[1] for question, answer in house.items() if theirs.mark in answer.text}
    assert {
        "performances",
        "orders",
        "ticketLines",
        "imports",
        "keys",
        "people",
        "season",
        "customer",
        "halls",
        "jobs",
        "supportAccesses",
    } - seen == {"jobs"}


@pytest.mark.parametrize("who", STAFF)
async def test_a_name_of_another_organisations_row_is_a_name_of_nothing(who: str):
    ours, add_theirs, callers = await two_organisations()
    theirs, caller = await add_theirs(), callers[who]
    before = await own_rows(theirs)
    async with client() as asking:
        for slot in SLOTS:
            if slot.contract not in caller.contracts or slot.how == "cursor" or not hidden(slot):
                continue
            foreign, nothing = name_of(slot, theirs), name_of_nothing(slot)
            there = await told(asking, caller, call(slot, foreign, ours))
            if (slot.kind, slot.way[-1]) in TAKEN and slot.operation == "mutation":
                assert refused(there, slot), f"{who} by {slot}: {there.text}"
            else:
                nowhere = await told(asking, caller, call(slot, nothing, ours))
                assert there.but_for(foreign) == nowhere.but_for(nothing), f"{who} learns of another organisation's row by {slot}"
            assert theirs.mark not in there.text.replace(str(foreign), ""), f"{who} reads another organisation's row by {slot}"
            assert there.status < 500, f"{slot} breaks: {there.text}"
    assert await own_rows(theirs) == before


def test_every_table_is_under_the_rule_or_for_all_of_a_venues_staff():
    assert {*sight.RULES} & {*FOR_ALL} == set()
    assert {*sight.RULES} | {*FOR_ALL} == {*VENUE_TABLES, "jobs", "keys", "grants"}


def hidden(slot: Slot) -> bool:
    """Whether the rows of this slot belong to organisations. Organisations themselves may be seen, but not used."""
    used = slot.kind == "Organisation" and slot.root in (
        "keyCreate",
        "grantCreate",
        "grantUpdate",
        "performancesUpsert",
        "productsUpsert",
        "flagCreate",
        "flagUpdate",
        "benefitCreate",
        "benefitUpdate",
        "campaignLinkCreate",
        "campaignLinkUpdate",
        "poolCreate",
        "poolUpdate",
        "attributeCreate",
        "attributeUpdate",
    )
    return used or slot.kind in ORGANISED


def refused(answer: Told, slot: Slot) -> bool:
    """Whether the one row or object was refused, or the caller altogether."""
    body = json.loads(answer.text)
    if "errors" in body:
        return bool([e["extensions"]["code"] for e in body["errors"]] == ["FORBIDDEN"])
    done = body["data"][slot.root]
    if "results" not in done:
        return bool({e["code"] for e in done["userErrors"]} == {"NOT_UNIQUE"})
    (result,) = done["results"]
    return bool(result["status"] == "REJECTED" and {e["code"] for e in result["errors"]} == {"FORBIDDEN"})
