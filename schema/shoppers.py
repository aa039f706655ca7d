"""A customer and their orders, as the customer sees them in the venue's shop."""

from typing import Annotated

import strawberry

from schema.connections import connection
from schema.errors import Payload
from schema.nodes import Node, children, linked, node, text
from schema.orders import BuyersOrder, BuyersTicketLine
from schema.storefront import NEEDS as PROGRAMME
from schema.storefront import Performance, Product, TicketType
from tenants import catalogue, customers, orders, performances, products

NEEDS = "customer:self"
Orders = Annotated["Order", strawberry.lazy("schema.shoppers")]
Lines = Annotated["TicketLine", strawberry.lazy("schema.shoppers")]


@node(customers.Customer, needs=NEEDS, description="The customer who is signed in. Nobody sees another one.")
class Customer(Node):
    """See the description."""

    number: int = text("The number to say on the telephone.")
    first_name: str | None = text("First name or names.")
    last_name: str | None = text("Last name.")
    company: str | None = text("Company, school or club.")
    email: str | None = text("E-mail address.")
    phone: str | None = text("Telephone number, as it was written.")
    language: str | None = text("The language they are written to in, BCP 47.")
    orders = connection(orders.ORDERS, "customer_id", Orders, "What they bought, newest first.", descending=True)


@node(orders.Order, needs=NEEDS, description="A purchase of the customer who is signed in.")
class Order(BuyersOrder):
    """See the description."""

    lines = children(orders.TicketLine, "order_id", Lines, "Its tickets.")


@node(
    orders.TicketLine,
    needs=NEEDS,
    description="What one order sells at one price: tickets of one type, or subscriptions or memberships.",
)
class TicketLine(BuyersTicketLine):
    """See the description."""

    order = linked(orders.Order, "order_id", Order, "The order they belong to.", required=True)
    performance = linked(
        performances.Performance,
        "performance_id",
        Performance,
        "What the tickets are for; null for a subscription or membership, and while it is being set up anew.",
        needs=PROGRAMME,
    )
    product = linked(
        products.Product,
        "product_id",
        Product,
        "The subscription or membership; null for tickets, and while it is being set up anew.",
        needs=PROGRAMME,
    )
    ticket_type = linked(
        catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket; null when not known.", needs=PROGRAMME
    )


@strawberry.type(name="CustomerPayload", description="The customer after the change.")
class ShopperPayload(Payload):
    """See the description."""

    customer: Customer | None = strawberry.field(default=None, description="The customer.")
