"""Orders and their ticket lines: reading them, and taking one back that should never have been."""

from typing import Annotated

import strawberry

from resolvers.fields import mutation
from resolvers.listings import listing, single
from schema import orders as nouns
from schema.context import Info
from schema.nodes import global_id, local_id
from tenants import orders
from tenants.orders import ORDERS, TICKET_LINES


@strawberry.type
class OrderQueries:
    """Lists and objects."""

    orders = listing(
        ORDERS, nouns.Order, description="The orders you see: those with tickets to a performance, or a product, you see."
    )
    order = single(nouns.Order, description="An order by its id.")
    ticket_lines = listing(TICKET_LINES, nouns.TicketLine, description="The ticket lines you see.")
    ticket_line = single(nouns.TicketLine, description="A ticket line by its id.")


@strawberry.type
class OrderMutations:
    """Beside the bulk upsert."""

    @mutation(
        "sales:write",
        payload=nouns.OrderDeletePayload,
        description="Delete an order with its tickets, as if it had never been made; for one that was given up or paid back, "
        "upsert its state instead.",
    )
    async def order_delete(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")]
    ) -> nouns.OrderDeletePayload | None:
        """Only who sees all of its tickets."""
        return nouns.OrderDeletePayload(deleted_id=global_id(await orders.delete(local_id(id, "Order", field=("id",)))))
