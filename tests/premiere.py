"""A premiere, a friend of the house and a stranger: what rights are tried on."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tenants import assignments, tenancy
from tenants.assignments import Cause
from tenants.benefits import Benefit
from tenants.catalogue import TicketType
from tenants.couplings import Coupling
from tenants.flags import Flag
from tests.asking import ask, customer_at, gid, shopper_at
from tests.builders import make_customer, make_performance, make_price, make_venue

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
OFFERS = """query ($performance: ID, $product: ID) { offers(performanceId: $performance, productId: $product) {
  ticketType { name } sellable startsAt maxQuantity reasons benefits { left }
  prices { priceLevel price { amount } before { amount } fee { amount } maxQuantity } } }"""


async def a_house(**performance: Any) -> SimpleNamespace:
    """A premiere with a public ticket type at 450.00 and one for friends of the house at 225.00; a friend, and a stranger. The
    friends' flag lets them buy two tickets each time."""
    house = SimpleNamespace(venue=await make_venue())
    async with tenancy.scope(house.venue.id):
        given = {"starts_at": NOW + 30 * DAY, "sale_starts_at": NOW - DAY, **performance}
        house.premiere = await make_performance(**given)
        house.adult = await TicketType.create(name="Adult", position=1)
        house.friend = await TicketType.create(name="Friend", position=2, restricted=True)
        await make_price(house.premiere, house.adult, fee=500)
        await make_price(house.premiere, house.friend, amount=22_500)
        house.kari, house.ola = await make_customer("Kari"), await make_customer("Ola")
        house.flag = await Flag.create(name="Friends of the house", abbreviation="FR")
        terms = {"most_tickets": 2, "tickets_per": "PERFORMANCE"}
        house.benefit = await Benefit.create(flag_id=house.flag.id, ticket_type_id=house.friend.id, **terms)
        await assignments.give("flag", house.flag.id, [house.kari.id], Cause("MANUAL"))
    return house


async def couple(house: Any, place: Any = None, **where: Any) -> Any:
    where = where or {"performance_id": (place or house.premiere).id}
    return await Coupling.create(flag_id=house.flag.id, **where)


async def offered(house: Any, customer: Any = None, **asked: Any) -> dict[str, Any]:
    """The offers of the premiere by the names of their ticket types."""
    caller = customer_at(house.venue, customer) if customer else shopper_at(house.venue)
    answer = await ask(caller, OFFERS, **(asked or {"performance": gid(house.premiere)}))
    assert answer.errors == []
    return {each.pop("ticketType")["name"]: each for each in answer.data["offers"]}


def price(now: str, before: str, most: int | None = None, fee: str = "0.00") -> dict[str, Any]:
    amounts = {"price": {"amount": now}, "before": {"amount": before}, "fee": {"amount": fee}}
    return {"priceLevel": None, **amounts, "maxQuantity": most}
