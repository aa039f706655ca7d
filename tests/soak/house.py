"""What is sold: four things of which there are too few, each with a limit of another kind."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

from tenants import assignments, customer_tokens, tenancy
from tenants.assignments import Cause
from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.campaign_tokens import token_of
from tenants.catalogue import TicketType
from tenants.couplings import Coupling
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_key, make_performance, make_price, make_venue
from tests.soak.plan import Plan

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass
class House:
    """A venue with its rows, the key of its shop's server, and customers with the tokens they are signed in by. Of the customers
    the first `plan.members` are in the pool, and the first `plan.friends` of these have the flag."""

    plan: Plan
    venue: Any
    key: str = ""
    campaign: str = ""
    rows: dict[str, Any] = field(default_factory=dict)
    customers: list[UUID] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def line(self, kind: str, quantity: int, *, named: bool, evening: int = 0) -> dict[str, Any]:
        """A line that takes from the `kind` of limit. The shop's server may have the right `named`."""
        place, ticket_type = {
            "seats": ("premiere", "adult"),
            "campaign": ("gala", "spring"),
            "pool": ("preview", "adult"),
            "benefit": (("gala", "matinee", "soiree")[evening % 3], "friend"),
        }[kind]
        line = {
            "performanceId": gid(self.rows[place]),
            "ticketTypeId": gid(self.rows[ticket_type]),
            "quantity": quantity,
        }
        if named and kind == "campaign":
            line["campaignLinkId"] = gid(self.rows["link"])
        if named and kind == "pool":
            line["poolId"] = gid(self.rows["pool"])
        return line


async def a_house(plan: Plan) -> House:
    """All of it, before the sale."""
    house = House(plan, await make_venue())
    async with tenancy.scope(house.venue.id):
        await _catalogue(house)
        await _rights(house)
        await _customers(house)
    house.key = await make_key(house.venue, "sales:write", "sales:read", "catalogue:read", "customers:read")
    return house


async def _catalogue(house: House) -> None:
    rows, given = house.rows, {"starts_at": NOW + 30 * DAY, "sale_starts_at": NOW - DAY}
    rows["premiere"] = await make_performance(**given, capacity=house.plan.seats)
    rows["preview"] = await make_performance(**given | {"sale_starts_at": NOW + DAY})
    for name in ("gala", "matinee", "soiree"):
        rows[name] = await make_performance(**given)
    rows["adult"] = await TicketType.create(name="Adult")
    rows["spring"] = await TicketType.create(name="Spring", restricted=True)
    rows["friend"] = await TicketType.create(name="Friend", restricted=True)
    places = {"premiere": ["adult"], "preview": ["adult"], "gala": ["spring", "friend"], "matinee": ["friend"]}
    amounts = cycle((45_000, 30_050, 22_525, 19_999))
    for place, types in (places | {"soiree": ["friend"]}).items():
        for ticket_type in types:
            await make_price(rows[place], rows[ticket_type], amount=next(amounts), fee=575)


async def _rights(house: House) -> None:
    rows = house.rows
    rows["link"] = link = await CampaignLink.create(
        name="Spring", most=house.plan.uses, access="ANYONE", performance_ids=[rows["gala"].id]
    )
    await Discount.create(campaign_link_id=link.id, ticket_type_id=rows["spring"].id, price=17_777)
    house.campaign = token_of(link)
    rows["pool"] = await Pool.create(name="Members", number=1)
    terms = {"sale_starts_at": NOW - DAY, "allotment": house.plan.allotment}
    await PoolTerms.create(pool_id=rows["pool"].id, performance_id=rows["preview"].id, **terms)
    rows["flag"] = await Flag.create(name="Friends of the house", abbreviation="FR")
    benefit = {"most_tickets": house.plan.each, "tickets_per": "TOTAL"}
    await Benefit.create(flag_id=rows["flag"].id, ticket_type_id=rows["friend"].id, **benefit)
    for name in ("gala", "matinee", "soiree"):
        await Coupling.create(flag_id=rows["flag"].id, performance_id=rows[name].id)


async def _customers(house: House) -> None:
    made = await tenancy.fetch(
        sql(
            """
            insert into customers (tenant_id, id, number, first_name, last_name)
            select {venue}, gen_random_uuid(), n, 'Kari', 'Nordmann ' || n from generate_series(1, {many}::int) n returning id
            """,
            many=max(house.plan.buyers, house.plan.members),
        )
    )
    house.customers = [row.id for row in made]
    house.tokens = [(await customer_tokens.issue(each, timedelta(hours=1)))[0] for each in house.customers]
    await assignments.give("pool", house.rows["pool"].id, house.customers[: house.plan.members], Cause("MANUAL"))
    await assignments.give("flag", house.rows["flag"].id, house.customers[: house.plan.friends], Cause("MANUAL"))
