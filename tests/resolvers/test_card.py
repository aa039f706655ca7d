"""A customer's card: flags as they are shown, pools, attributes at a glance, and what there was before."""

from typing import Any

from tenants import assignments, tenancy
from tenants.assignments import TODAY, Assignment, Cause
from tenants.attributes import Attribute
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.pools import Pool
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_venue
from tests.recording import matches_golden, recorded

CARD = """{ customers { nodes { firstName
  popUp: flags(displays: [POP_UP]) { flag { name note } }
  onCard: flags(displays: [CARD]) { expiresOn flag { name abbreviation icon colour } }
  all: flags { flag { name display } } pools { source pool { name number } }
  attributes { source attribute { name colour } }
} } }"""
BY_HAND = Cause("MANUAL")


async def a_house() -> tuple[Any, Any, Any]:
    """A venue with a customer who has some of everything, and one who has nothing."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer("Kari", "Aas"), await make_customer("Ola", "Berg")
        vip = await Flag.create(name="VIP", abbreviation="V", icon="star", colour="#c0392b")
        careful = await Flag.create(name="Careful", abbreviation="!", display="POP_UP", note="Ask the house manager first.")
        press = await Flag.create(name="Press", abbreviation="P", display="VIEW_360")
        staff = await Pool.create(name="Staff", number=1)
        for group in (vip, careful, press):
            await assignments.give("flag", group.id, [kari.id], BY_HAND)
        await assignments.give("pool", staff.id, [kari.id], BY_HAND)
        for name, colour in {"Wheelchair": "#2980b9", "Donor": None}.items():
            attribute = await Attribute.create(name=name, colour=colour)
            await assignments.give("attribute", attribute.id, [kari.id], BY_HAND)
    return venue, kari, ola


async def test_f2_to_f6_f10_a3_a_card_shows_flags_in_their_ways_and_all_attributes_in_one_question():
    venue, *_ = await a_house()
    with recorded() as sent:
        answer = await ask(caller_at(venue, "BOX_OFFICE"), CARD)

    assert answer.errors == []
    nothing = {"popUp": [], "onCard": [], "all": [], "pools": [], "attributes": []}
    assert answer.data["customers"]["nodes"] == [
        {
            "firstName": "Kari",
            "popUp": [{"flag": {"name": "Careful", "note": "Ask the house manager first."}}],
            "onCard": [{"expiresOn": None, "flag": {"name": "VIP", "abbreviation": "V", "icon": "star", "colour": "#c0392b"}}],
            "all": [
                {"flag": {"name": "Careful", "display": "POP_UP"}},
                {"flag": {"name": "Press", "display": "VIEW_360"}},
                {"flag": {"name": "VIP", "display": "CARD"}},
            ],
            "pools": [{"source": "MANUAL", "pool": {"name": "Staff", "number": 1}}],
            "attributes": [
                {"source": "MANUAL", "attribute": {"name": "Donor", "colour": None}},
                {"source": "MANUAL", "attribute": {"name": "Wheelchair", "colour": "#2980b9"}},
            ],
        },
        {"firstName": "Ola", **nothing},
    ]
    assert matches_golden("customers_card", sent, venue.id)


async def test_f12_what_was_taken_or_is_over_is_history():
    venue, kari, _ = await a_house()
    async with tenancy.scope(venue.id):
        vip, careful = [(await Flag.filter(name=name))[0] for name in ("VIP", "Careful")]
        await assignments.take("flag", vip.id, [kari.id], "REMOVED")
        yesterday = await tenancy.fetch_value(sql("select {today} - 1", today=TODAY))
        await Assignment.filter(flag_id=careful.id).update(expires_on=yesterday)

    query = """query ($id: ID!) { customer(id: $id) { flags { flag { name } }
      assignmentHistory(first: 6) { totalCount nodes { flag { name } endReason } } } }"""
    answer = await ask(caller_at(venue), query, id=gid(kari))

    assert answer.data["customer"]["flags"] == [{"flag": {"name": "Press"}}]
    history = answer.data["customer"]["assignmentHistory"]
    assert history["totalCount"] == 6
    assert history["nodes"][3:] == [
        {"flag": {"name": "Press"}, "endReason": None},
        {"flag": {"name": "Careful"}, "endReason": None},
        {"flag": {"name": "VIP"}, "endReason": "REMOVED"},
    ]


async def test_f8_o2_a_card_shows_who_may_see_flags_those_of_their_organisations():
    venue, kari, _ = await a_house()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        await Flag.filter(name="VIP").update(organisation_ids=[cinema.id])
        await Flag.filter(name="Press").update(organisation_ids=[cinema.id, theatre.id])
        await Pool.all().update(organisation_ids=[cinema.id])
    query = """query ($id: ID!) { customer(id: $id) { flags { flag { name } } pools { source }
      assignmentHistory { totalCount } } }"""

    at_theatre = await ask(caller_at(venue, "BOX_OFFICE", organisations=[theatre]), query, id=gid(kari))
    assert at_theatre.data["customer"] == {
        "flags": [{"flag": {"name": "Careful"}}, {"flag": {"name": "Press"}}],
        "pools": [],
        "assignmentHistory": {"totalCount": 4},
    }
    without = await ask(caller_at(venue, may={"customers:read"}), query, id=gid(kari))
    assert without.data["customer"] == {"flags": None, "pools": None, "assignmentHistory": None}
    assert sorted(without.errors) == [("FORBIDDEN", f"customer.{field}") for field in ("assignmentHistory", "flags", "pools")]
