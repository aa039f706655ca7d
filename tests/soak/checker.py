"""Questions to the tables when it is over, and to what buyers were told. Each answer ought to be 0."""

from collections import Counter
from typing import Any

import orjson

from tests.buying import INVARIANTS
from tests.soak.history import History
from tests.soak.house import House

IN_TABLES = {
    **INVARIANTS,
    "orders neither committed, released nor expired": """
        select count(*) from orders where tenant_id = {venue} and state not in ('CONFIRMED', 'CANCELLED')""",
    "lines that are not as their order is": """
        select count(*) from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
        where l.tenant_id = {venue} and l.state <> case o.state when 'CONFIRMED' then 'VALID' else 'CANCELLED' end""",
    "orders committed after their time": """
        select count(*) from orders where tenant_id = {venue} and state = 'CONFIRMED' and ordered_at >= expires_at""",
    "customers whose spending is not that of their lines": """
        select count(*) from (
          select o.customer_id, sum(l.amount) as spent from orders o
          join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
          where o.tenant_id = {venue} and o.state = 'CONFIRMED' and l.state = 'VALID' group by 1) bought
        full join (
          select customer_id, spent from customer_facts where tenant_id = {venue} and spent <> 0) told using (customer_id)
        where bought.spent is distinct from told.spent""",
    "transactions left open": """
        select count(*) from pg_stat_activity
        where {venue}::uuid is not null and datname = current_database() and state ~ '^idle in transaction'""",
}
SOLD = """
    select {what} as which, sum(l.quantity)::int as sold from ticket_lines l
    where l.tenant_id = {venue} and l.state = 'VALID' and {what} is not null group by 1"""
PAID = """
    select o.payment_reference, o.id, sum(l.amount + l.fee)::bigint as total from orders o
    join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
    where o.tenant_id = {venue} and o.state = 'CONFIRMED' group by 1, 2"""


class Checker:
    """Asks as the owner, who sees all rows."""

    def __init__(self, connection: Any, house: House) -> None:
        self.connection, self.house = connection, house

    async def questions(self, history: History) -> dict[str, int]:
        """The number of exceptions by question."""
        found = {name: (await self._rows(text))[0][0] for name, text in IN_TABLES.items()}
        orders = {f"Order_{row.id.hex}" for row in await self._rows("select id from orders where tenant_id = {venue}")}
        kept = await self._kept()
        made = Counter(order for order in kept.values() if order)
        paid = {row.payment_reference: (f"Order_{row.id.hex}", row.total) for row in await self._rows(PAID)}
        return found | {
            "orders of no idempotency key": len(orders - {*made}),
            "orders that a key answers and nobody has": len({*made} - orders),
            "orders of several idempotency keys": sum(many > 1 for many in made.values()),
            "keys that answered something else": sum(kept.get(key) != order for key, order in history.orders.items()),
            "acknowledged payments that are not there, or differ": len({*history.paid.items()} - {*paid.items()}),
            "payments that nobody was told of": len({*paid.items()} - {*history.paid.items()}),
            "cents between what was told and what is there": abs(
                sum(total for _, total in history.paid.values()) - sum(total for _, total in paid.values())
            ),
            "what a buyer may never be told": len(history.wrong),
        }

    async def sold(self) -> dict[str, tuple[int, int, int]]:
        """By limit: how many there are, how many of these were sold, and how many beyond."""
        plan, rows = self.house.plan, self.house.rows
        limits = {
            "seats": ("l.performance_id", [rows["premiere"].id], plan.seats),
            "campaign": ("l.campaign_link_id", [rows["link"].id], plan.uses),
            "allotment": ("l.pool_id", [rows["pool"].id], plan.allotment),
            "benefits": ("l.assignment_id", [None] * plan.friends, plan.each),
        }
        told = {}
        for name, (what, which, limit) in limits.items():
            sold = {row.which: row.sold for row in await self._rows(SOLD.replace("{what}", what))}
            each = [sold.get(one, 0) for one in which] if which[0] else [*sold.values()]
            told[name] = limit * len(which), sum(min(n, limit) for n in each), sum(max(0, n - limit) for n in each)
        return told

    async def _kept(self) -> dict[str, str | None]:
        """The order that is answered under each key of a reservation."""
        rows = await self._rows("select key, answers from idempotency_keys where tenant_id = {venue}")
        answers = {row.key: next(iter(orjson.loads(row.answers).values()))["data"]["order"] for row in rows}
        return {key: order and order["id"] for key, order in answers.items()}

    async def _rows(self, text: str) -> list[Any]:
        return await self.connection.fetch(text.replace("{venue}", "$1"), self.house.venue.id)
