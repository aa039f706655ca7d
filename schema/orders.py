"""Orders and their ticket lines, as the API shows them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import TicketType
from schema.context import Info
from schema.custom_values import custom_fields
from schema.customers import Customer
from schema.errors import Payload
from schema.money import Money
from schema.nodes import Node, children, linked, node, text
from schema.performances import Performance
from schema.products import Product
from schema.shapes import enum_of
from tenants import catalogue, customers, orders, performances, products

Channel: Any = enum_of(orders.CHANNEL)
OrderState: Any = enum_of(orders.ORDER_STATE)
TicketLineState: Any = enum_of(orders.LINE_STATE)
Lines = Annotated["TicketLine", strawberry.lazy("schema.orders")]


@strawberry.type(description="Where a buyer said to live, on one order.")
class Place:
    """See the description."""

    postcode: str | None = text("Postcode.")
    city: str | None = text("City.")
    country: str | None = text("Country, ISO 3166-1 alpha-2.")


@strawberry.type
class BuyersOrder(Node):
    """What its buyer sees of an order too."""

    currency: str = text("The currency of its amounts, ISO 4217.")
    ordered_at: datetime = text("When it was made.")
    state: OrderState = text("Where it stands.")
    expires_at: datetime | None = text(
        "Until when it is held if it is reserved and not paid; null when it was never held here, or another system holds it."
    )

    @strawberry.field(
        description="What the lines the caller sees come to, with VAT and fees. Refunded and cancelled lines count nothing."
    )
    async def total(row: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """Added up from the lines, which are loaded once."""
        standing = await _standing(row, info)
        return Money.of(sum(line.amount + line.fee for line in standing), row.currency)

    @strawberry.field(description="The fees within the total.")
    async def fees(row: strawberry.Parent[Any], info: Info) -> Money:  # noqa: N805
        """Added up from the same lines."""
        return Money.of(sum(line.fee for line in await _standing(row, info)), row.currency)


async def _standing(order: Any, info: Info) -> list[Any]:
    lines = await info.context.load.many(orders.TicketLine, "order_id", order.id)
    return [line for line in lines if line.state in orders.STANDING]


def _money(column: str, description: str) -> Any:
    async def resolve(row: strawberry.Parent[Any], info: Info) -> Money:
        order = await info.context.load.one(orders.Order, row.order_id)
        return Money.of(getattr(row, column), order.currency)

    return strawberry.field(resolver=resolve, description=description)


@strawberry.type
class BuyersTicketLine(Node):
    """What their buyer sees of tickets too."""

    quantity: int = text("How many tickets; negative for tickets paid back.")
    price_level: str | None = text("The price level of the seats; null when not known.")
    price = _money("price", "One ticket's price, VAT included.")
    amount = _money("amount", "The line's price, VAT included and without fees.")
    fee = _money("fee", "The line's fees, on top of the amount.")
    vat = _money("vat", "The VAT within the amount.")
    state: TicketLineState = text("Where the tickets stand.")


@node(
    orders.Order,
    needs="sales:read",
    description="A purchase. A caller sees it when it has tickets to a performance, or a product, that the caller sees, and only "
    "those.",
)
class Order(BuyersOrder):
    """See the description."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    customer = linked(
        customers.Customer, "customer_id", Customer, "Who bought; null for a sale to nobody known.", needs="customers:read"
    )
    channel: Channel = text("How it was made.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")
    payment_reference: str | None = text("Under which it was paid, if it was reserved here and committed.")
    custom_fields = custom_fields("ORDER")
    lines = children(orders.TicketLine, "order_id", Lines, "Its tickets, of which the caller sees those of its organisations.")

    @strawberry.field(description="Where the buyer said to live, on this order; null when nothing was said.")
    def place(row: strawberry.Parent[Any]) -> Place | None:  # noqa: N805
        """Three columns, one object."""
        given = (row.place_postcode, row.place_city, row.place_country)
        return Place(postcode=given[0], city=given[1], country=given[2]) if any(given) else None


@node(
    orders.TicketLine,
    needs="sales:read",
    description="What one order sells at one price: tickets of one type to a performance, or subscriptions or memberships.",
)
class TicketLine(BuyersTicketLine):
    """See the description."""

    refund_of = linked(
        orders.TicketLine,
        "refund_of",
        Lines,
        "Of a refund: the tickets it takes back, or the first of them; null when none were found.",
    )

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    order = linked(orders.Order, "order_id", Order, "The order it belongs to.", required=True)
    performance = linked(
        performances.Performance,
        "performance_id",
        Performance,
        "What the tickets are for; null for a subscription or membership.",
        needs=CATALOGUE,
    )
    product = linked(
        products.Product, "product_id", Product, "The subscription or membership; null for tickets.", needs=CATALOGUE
    )
    ticket_type = linked(
        catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket; null when not known.", needs=CATALOGUE
    )
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")


@strawberry.type(description="An order that is gone.")
class OrderDeletePayload(Payload):
    """See the description."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id it had.")
