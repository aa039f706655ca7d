"""Benefits of flags through the API, and the performances and products where they work."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.benefits import Benefit
from tenants.catalogue import TicketType
from tenants.couplings import Coupling
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.products import Product, ProductPrice
from tests.asking import gid
from tests.builders import make_key, make_performance, make_price, make_token, make_venue
from tests.gateway.clients import client
from tests.resolvers.test_flags import rows_of, told

CREATE = """mutation ($input: BenefitInput!) { benefitCreate(input: $input) { userErrors { code message field }
  benefit { id flag { name } ticketType { name } mostPerformances mostTickets ticketsPer } } }"""
UPDATE = """mutation ($id: ID!, $input: BenefitChange!) { benefitUpdate(id: $id, input: $input) { userErrors { code field }
  benefit { mostPerformances mostTickets ticketsPer } } }"""
ARCHIVE = "mutation ($id: ID!) { benefitArchive(id: $id) { userErrors { code } benefit { archivedAt } } }"
COUPLE = """mutation ($flags: [ID!]!, $performances: [ID!]! = [], $products: [ID!]! = [], $starts: [SaleStartInput!]! = []) {
  flagCouple(flagIds: $flags, performanceIds: $performances, productIds: $products, saleStarts: $starts) {
    userErrors { code field } couplings { id flag { name } performance { id } product { id }
      benefits { benefit { ticketType { name } } priced saleStartsAt } } } }"""
UNCOUPLE = """mutation ($flags: [ID!]!, $performances: [ID!]! = [], $products: [ID!]! = []) {
  flagUncouple(flagIds: $flags, performanceIds: $performances, productIds: $products) { userErrors { code } deletedIds } }"""
PRESALE = "2026-12-01T09:00:00Z"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def a_house() -> tuple[Any, str, Any, Any, Any]:
    """A venue, a key to its flags, a flag, a ticket type for members and one for everybody."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        flag = await Flag.create(name="Friend", abbreviation="F")
        member, adult = await TicketType.create(name="Member", restricted=True), await TicketType.create(name="Adult")
    return venue, await make_key(venue, "flags:read", "flags:write", "catalogue:read"), flag, member, adult


async def make_benefit(venue: Any, flag: Any, ticket_type: Any, **given: Any) -> Any:
    values = {"most_tickets": 2, "tickets_per": "PERFORMANCE", **given}
    async with tenancy.scope(venue.id):
        return await Benefit.create(flag_id=flag.id, ticket_type_id=ticket_type.id, **values)


async def test_b1_a_flag_has_benefits_each_with_a_ticket_type(asking):
    venue, key, flag, member, _ = await a_house()
    async with tenancy.scope(venue.id):
        guest = await TicketType.create(name="Guest", restricted=True)
    for ticket_type in (member, guest):
        given = {"flagId": gid(flag), "ticketTypeId": gid(ticket_type), "mostTickets": 2, "ticketsPer": "PERFORMANCE"}
        made = await told(asking, key, CREATE, input=given)
        assert made["userErrors"] == []
        assert made["benefit"].pop("id").startswith("Benefit_")
        limits = {"mostPerformances": None, "mostTickets": 2, "ticketsPer": "PERFORMANCE"}
        assert made["benefit"] == {"flag": {"name": "Friend"}, "ticketType": {"name": ticket_type.name}, **limits}

    again = await told(asking, key, CREATE, input=given)
    assert [(e["code"], e["field"]) for e in again["userErrors"]] == [("NOT_UNIQUE", ["input", "ticketTypeId"])]
    listed = "query ($id: ID!) { flag(id: $id) { benefits { id ticketType { name } } } }"
    found = (await told(asking, key, listed, id=gid(flag)))["benefits"]
    assert [benefit["ticketType"]["name"] for benefit in found] == ["Member", "Guest"]

    gone = await told(asking, key, ARCHIVE, id=found[1]["id"])
    assert gone["benefit"]["archivedAt"]
    assert (await told(asking, key, listed, id=gid(flag)))["benefits"] == found[:1]
    assert (await told(asking, key, CREATE, input=given))["userErrors"] == []


async def test_b4_to_b6_d26_a_benefit_says_how_often(asking):
    venue, key, flag, member, _ = await a_house()
    given = {"flagId": gid(flag), "ticketTypeId": gid(member), "mostTickets": 50, "ticketsPer": "TOTAL", "mostPerformances": 20}
    made = (await told(asking, key, CREATE, input=given))["benefit"]
    assert {field: made[field] for field in ("mostPerformances", "mostTickets", "ticketsPer")} == {
        "mostPerformances": 20,
        "mostTickets": 50,
        "ticketsPer": "TOTAL",
    }
    changed = await told(asking, key, UPDATE, id=made["id"], input={"mostPerformances": None, "ticketsPer": "PERFORMANCE"})
    assert changed["benefit"] == {"mostPerformances": None, "mostTickets": 50, "ticketsPer": "PERFORMANCE"}

    for wrong, code, field in [
        ({"mostPerformances": 0}, "INVALID_VALUE", "mostPerformances"),
        ({"mostPerformances": 21}, "INVALID_VALUE", "mostPerformances"),
        ({"mostTickets": 0}, "INVALID_VALUE", "mostTickets"),
        ({"mostTickets": 51}, "INVALID_VALUE", "mostTickets"),
        ({"mostTickets": None}, "REQUIRED", "mostTickets"),
        ({"ticketsPer": None}, "REQUIRED", "ticketsPer"),
    ]:
        refused = await told(asking, key, UPDATE, id=made["id"], input=wrong)
        assert refused == {"benefit": None, "userErrors": [{"code": code, "field": ["input", field]}]}
    (kept,) = await rows_of(venue, Benefit)
    assert (kept.most_performances, kept.most_tickets, kept.tickets_per) == (None, 50, "PERFORMANCE")


async def test_a_benefit_is_of_a_type_that_not_everybody_may_buy(asking):
    venue, key, flag, _, adult = await a_house()
    given = {"flagId": gid(flag), "mostTickets": 2, "ticketsPer": "TOTAL"}
    refused = await told(asking, key, CREATE, input=given | {"ticketTypeId": gid(adult)})
    sentence = "Everybody may buy this ticket type: make it restricted first, or take another one."
    assert refused["userErrors"] == [{"code": "INVALID_VALUE", "message": sentence, "field": ["input", "ticketTypeId"]}]

    for wrong, code, field in [
        ({"ticketTypeId": f"TicketType_{uuid4().hex}"}, "UNKNOWN_REFERENCE", "ticketTypeId"),
        ({"flagId": f"Flag_{uuid4().hex}", "ticketTypeId": gid(adult)}, "UNKNOWN_REFERENCE", "flagId"),
        ({}, "REQUIRED", "ticketTypeId"),
    ]:
        answer = await told(asking, key, CREATE, input=given | wrong)
        assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [(code, ["input", field])]
    async with tenancy.scope(venue.id):
        await Flag.all().update(archived_at=datetime.now(UTC))
    refused = await told(asking, key, CREATE, input=given | {"ticketTypeId": gid(adult)})
    assert [(e["code"], e["field"]) for e in refused["userErrors"]] == [("WRONG_STATE", ["input", "flagId"])]
    assert await rows_of(venue, Benefit) == []


async def test_p1_to_p4_a_flag_is_coupled_where_its_benefits_are_to_work(asking):
    venue, key, flag, member, _ = await a_house()
    benefit = await make_benefit(venue, flag, member)
    async with tenancy.scope(venue.id):
        priced, unpriced = await make_performance(), await make_performance()
        await make_price(priced, member)
        series = await Product.create(name="Series", kind="SUBSCRIPTION")
        await ProductPrice.create(product_id=series.id, ticket_type_id=member.id, amount=100)
    starts = [{"benefitId": gid(benefit), "startsAt": PRESALE}]
    both = {"performances": [gid(priced), gid(unpriced)], "products": [gid(series)]}

    made = await told(asking, key, COUPLE, flags=[gid(flag)], starts=starts, **both)

    assert made["userErrors"] == []
    its = {"benefit": {"ticketType": {"name": "Member"}}, "saleStartsAt": PRESALE}
    ids = [coupling.pop("id") for coupling in made["couplings"]]
    assert made["couplings"] == [
        {
            "flag": {"name": "Friend"},
            "performance": performance and {"id": gid(performance)},
            "product": product and {"id": gid(product)},
            "benefits": [its | {"priced": performance is not unpriced}],
        }
        for performance, product in ((priced, None), (unpriced, None), (None, series))
    ]
    shown = await told(asking, key, "{ performances { nodes { couplings { id } } } }")
    assert sorted(c["id"] for p in shown["nodes"] for c in p["couplings"]) == sorted(ids[:2])
    shown = await told(asking, key, "{ products { nodes { couplings { id } } } }")
    assert shown["nodes"] == [{"couplings": [{"id": ids[2]}]}]
    listed = await told(asking, key, "{ flags { nodes { couplings { totalCount nodes { id } } } } }")
    assert listed["nodes"][0]["couplings"] == {"totalCount": 3, "nodes": [{"id": each} for each in sorted(ids)]}


async def test_p2_p4_couplings_are_edited_in_bulk_and_a_start_that_is_taken_away_is_the_general_one(asking):
    venue, key, flag, member, _ = await a_house()
    benefit = await make_benefit(venue, flag, member)
    async with tenancy.scope(venue.id):
        other = await Flag.create(name="VIP", abbreviation="V")
        evenings = [await make_performance() for _ in range(4)]
    flags, performances = [gid(flag), gid(other)], [gid(each) for each in evenings]
    first = await told(asking, key, COUPLE, flags=flags, performances=performances)
    assert len(first["couplings"]) == 8

    starts = [{"benefitId": gid(benefit), "startsAt": PRESALE}]
    some = await told(asking, key, COUPLE, flags=flags, performances=performances[:2], starts=starts)
    assert {c["id"] for c in some["couplings"]} <= {c["id"] for c in first["couplings"]}
    assert [c["benefits"][0]["saleStartsAt"] for c in some["couplings"] if c["benefits"]] == [PRESALE, PRESALE]
    kept = await told(asking, key, COUPLE, flags=flags, performances=performances)
    assert (
        sorted(str(c["benefits"][0]["saleStartsAt"]) for c in kept["couplings"] if c["benefits"]) == [PRESALE] * 2 + ["None"] * 2
    )
    starts = [{"benefitId": gid(benefit), "startsAt": None}]
    taken = await told(asking, key, COUPLE, flags=flags, performances=performances, starts=starts)
    assert [c["benefits"][0]["saleStartsAt"] for c in taken["couplings"] if c["benefits"]] == [None] * 4

    ended = await told(asking, key, UNCOUPLE, flags=flags[:1], performances=performances[1:])
    assert len(ended["deletedIds"]) == 3
    assert (await told(asking, key, UNCOUPLE, flags=flags[:1], performances=performances[1:]))["deletedIds"] == []
    assert len(await rows_of(venue, Coupling)) == 5


async def test_couplings_of_what_is_not_there_or_is_too_much_are_refused_whole(asking):
    venue, key, flag, member, _ = await a_house()
    benefit = await make_benefit(venue, flag, member)
    async with tenancy.scope(venue.id):
        performance, other = await make_performance(), await Flag.create(name="VIP", abbreviation="V")
        gone = await Flag.create(name="Old", abbreviation="O", archived_at=datetime.now(UTC))
    nobody = f"Performance_{uuid4().hex}"
    here = {"flags": [gid(other)], "performances": [gid(performance)]}
    for wrong, code, field in [
        ({"performances": [gid(performance), nobody]}, "UNKNOWN_REFERENCE", ["performanceIds", "1"]),
        ({"flags": [gid(other), gid(gone)]}, "WRONG_STATE", ["flagIds", "1"]),
        ({"products": [f"Product_{uuid4().hex}"]}, "UNKNOWN_REFERENCE", ["productIds", "0"]),
        ({"starts": [{"benefitId": gid(benefit), "startsAt": PRESALE}]}, "UNKNOWN_REFERENCE", ["saleStarts", "0", "benefitId"]),
        ({"performances": [nobody] * 1001}, "TOO_MANY_ROWS", ["performanceIds"]),
    ]:
        answer = await told(asking, key, COUPLE, **here | wrong)
        assert answer == {"couplings": None, "userErrors": [{"code": code, "field": field}]}
    assert await rows_of(venue, Coupling) == []


async def test_staff_of_an_organisation_couple_what_they_see(asking):
    venue, _, flag, member, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        play, film = [await make_performance(organisation_ids=[o.id]) for o in (theatre, cinema)]
        theirs = await Flag.create(name="Film club", abbreviation="C", organisation_ids=[cinema.id])
        await Coupling.create(flag_id=flag.id, performance_id=film.id)
        await Coupling.create(flag_id=theirs.id, performance_id=play.id)
    token = await make_token(venue, "MARKETING", organisation_ids=[theatre.id])

    made = await told(asking, token, COUPLE, flags=[gid(flag)], performances=[gid(play)])
    assert made["userErrors"] == []
    for flags, performances, field in [([flag], [film], "performanceIds"), ([theirs], [play], "flagIds")]:
        ids = {"flags": [gid(each) for each in flags], "performances": [gid(each) for each in performances]}
        refused = await told(asking, token, COUPLE, **ids)
        assert refused["userErrors"] == [{"code": "UNKNOWN_REFERENCE", "field": [field, "0"]}]
        refused = await told(asking, token, UNCOUPLE, **ids)
        assert refused == {"userErrors": [{"code": "UNKNOWN_REFERENCE"}], "deletedIds": None}
    seen = await told(asking, token, "{ performances { nodes { couplings { flag { name } } } } }")
    assert seen["nodes"] == [{"couplings": [{"flag": {"name": "Friend"}}]}]
    given = {"flagId": gid(flag), "ticketTypeId": gid(member), "mostTickets": 1, "ticketsPer": "TOTAL"}
    answer = await asking.post(
        "/graphql", json={"query": CREATE, "variables": {"input": given}}, headers={"Authorization": f"Bearer {token}"}
    )
    assert [e["extensions"]["code"] for e in answer.json()["errors"]] == ["FORBIDDEN"]
    assert len(await rows_of(venue, Coupling)) == 3
