"""Reading orders and their ticket lines."""

import strawberry

from resolvers.listings import listing, single
from schema import orders as nouns
from tenants.orders import ORDERS, TICKET_LINES


@strawberry.type
class OrderQueries:
    """Lists and objects."""

    orders = listing(ORDERS, nouns.Order, description="The orders you see: those with tickets to a performance you see.")
    order = single(nouns.Order, description="An order by its id.")
    ticket_lines = listing(TICKET_LINES, nouns.TicketLine, description="The ticket lines you see.")
    ticket_line = single(nouns.TicketLine, description="A ticket line by its id.")
