"""Buys through the API, as a shop and its server do, and adds up what is kept of it."""

from typing import Any

from tenants import tenancy
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_customer_token, make_key
from tests.groups import told

ORDER = """userErrors { code field } order { id state expiresAt total { amount } lines { quantity price { amount } fee { amount }
  state ticketType { name } } }"""
RESERVE = f"""mutation ($lines: [PurchaseLineInput!]!, $customer: ID, $campaign: String) {{
  purchaseReserve(lines: $lines, customerId: $customer, campaign: $campaign) {{ {ORDER} }} }}"""
SHOPPER_RESERVE = f"""mutation ($lines: [PurchaseLineInput!]!, $campaign: String) {{
  purchaseReserve(lines: $lines, campaign: $campaign) {{ {ORDER} }} }}"""
COMMIT = f"""mutation ($id: ID!, $reference: String!, $externalId: String) {{
  purchaseCommit(id: $id, paymentReference: $reference, externalId: $externalId) {{ {ORDER} }} }}"""
RELEASE = f"mutation ($id: ID!) {{ purchaseRelease(id: $id) {{ {ORDER} }} }}"

SHOP = "/storefront/graphql"


class Shop:
    """A house's shop: its server with a key, and its customers."""

    def __init__(self, asking: Any, house: Any, key: str) -> None:
        self.asking, self.house, self.key = asking, house, key
        self.tokens: dict[Any, str] = {}

    @classmethod
    async def of(cls, asking: Any, house: Any) -> "Shop":
        return cls(asking, house, await make_key(house.venue, "sales:write", "sales:read", "catalogue:read", "customers:read"))

    def line(self, ticket_type: Any, quantity: int = 1, place: Any = None, **given: Any) -> dict[str, Any]:
        where = given if "productId" in given else {"performanceId": gid(place or self.house.premiere), **given}
        return {"ticketTypeId": gid(ticket_type), "quantity": quantity, **where}

    async def reserve(self, *lines: Any, customer: Any = None, **given: Any) -> Any:
        """By the shop's server."""
        who = {"customer": gid(customer)} if customer else {}
        return await told(self.asking, self.key, RESERVE, lines=list(lines), **who, **given)

    async def reserve_as(self, customer: Any, *lines: Any, **given: Any) -> Any:
        """By a customer who is signed in."""
        if customer.id not in self.tokens:
            self.tokens[customer.id] = await make_customer_token(self.house.venue, customer.id)
        return await told(self.asking, self.tokens[customer.id], SHOPPER_RESERVE, lines=list(lines), path=SHOP, **given)

    async def commit(self, order: Any, reference: str = "pay-1", **given: Any) -> Any:
        return await told(self.asking, self.key, COMMIT, id=order["id"], reference=reference, **given)

    async def release(self, order: Any) -> Any:
        return await told(self.asking, self.key, RELEASE, id=order["id"])


async def rows(venue: Any, statement: str) -> list[tuple[Any, ...]]:
    async with tenancy.scope(venue.id):
        return [tuple(row) for row in await tenancy.fetch(sql(statement))]


async def sold(venue: Any) -> list[tuple[Any, ...]]:
    """All counters, with their limits."""
    return await rows(venue, "select used, most, over from usages where tenant_id = {venue} order by used, most")


async def let_lapse(venue: Any) -> None:
    """The time of everything that is held is over."""
    late = "update orders set expires_at = now() - interval '1 second' where tenant_id = {venue} and expires_at is not null"
    async with tenancy.scope(venue.id):
        await tenancy.execute(sql(late))


# What may never be, in any venue at any time: counters that say something else than the lines, and limits that are overstepped by
# what was not sold elsewhere.
INVARIANTS = {
    "a line's share": """
        select count(*) from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
        where l.tenant_id = {venue} and (l.order_stands <> (o.state in ('RESERVED', 'CONFIRMED')) or l.given_back <> coalesce((
          select -sum(r.quantity) from ticket_lines r where r.tenant_id = {venue} and r.refund_of = l.id
            and r.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')), 0))""",
    "counters": """
        select count(*) from (
          select sum(used) from (
            select performance_id, null::uuid as product_id, null::uuid as pool_id, null::uuid as link, taken as used
              from ticket_lines where tenant_id = {venue} and performance_id is not null
            union all select performance_id, product_id, pool_id, null, taken from ticket_lines
              where tenant_id = {venue} and pool_id is not null
            union all select null, null, null, campaign_link_id, taken from ticket_lines
              where tenant_id = {venue} and campaign_link_id is not null
            union all select performance_id, product_id, pool_id, campaign_link_id, -used from usages
              where tenant_id = {venue}) each
          group by performance_id, product_id, pool_id, link having sum(used) <> 0) wrong""",
    "limits": "select count(*) from usages where tenant_id = {venue} and used > most and over is null",
}


async def broken(venue: Any) -> dict[str, int]:
    """How often each of them does not hold; empty when all is well."""
    async with tenancy.scope(venue.id):
        found = {name: await tenancy.fetch_value(sql(text)) for name, text in INVARIANTS.items()}
    return {name: number for name, number in found.items() if number}
