"""Orders and their ticket lines. A line is `quantity` tickets alike; money is in minor units of the order's currency."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import audit, earned, facts, tenancy
from tenants.custom_fields.filters import OWN_FIELDS, CustomFieldCondition, own_fields
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.pages import Listing, Sort
from tenants.record import VenueRecord, not_found
from tenants.shape import Choice, Doc, Of, Where, among, known_as
from tenants.sql import Sql, name, sql

CHANNELS = {
    "ONLINE": "The venue's shop.",
    "BOX_OFFICE": "Sold at the counter.",
    "PHONE": "Sold by telephone.",
    "PARTNER": "Sold by another system.",
}
ORDER_STATES = {
    "RESERVED": "Held, not paid.",
    "CONFIRMED": "Paid or otherwise settled.",
    "CANCELLED": "Given up before it was paid.",
    "REFUNDED": "Paid back in full.",
}
LINE_STATES = {
    "RESERVED": "Held, not paid.",
    "VALID": "Sold; admits its holder.",
    "COMPLIMENTARY": "Given away; admits its holder.",
    "REFUNDED": "Paid back; admits nobody.",
    "CANCELLED": "Given up; admits nobody.",
}
LINE_TYPES = {
    "SALE": "Tickets sold, whatever the signs of quantity and amount.",
    "REFUND": "Tickets paid back, whatever the signs of quantity and amount.",
}
CHANNEL = Choice("Channel", CHANNELS, "How an order was made.")
ORDER_STATE = Choice("OrderState", ORDER_STATES, "Where an order stands.")
LINE_STATE = Choice("TicketLineState", LINE_STATES, "Where the tickets of a line stand.")
LINE_TYPE = Choice("TicketLineType", LINE_TYPES, "Whether a line sells tickets or pays them back.")
STANDING = ("RESERVED", "VALID", "COMPLIMENTARY")  # the states of lines that count
_TOLD = ("external_id", "customer_id", "ordered_at", "state")  # to the audit log


class Order(VenueRecord):
    """A purchase. `place_*` is where the buyer said to live, on this order; `expires_at` until when it is held, if it was
    reserved here."""

    external_id = fields.TextField(null=True)
    customer_id = fields.UUIDField(null=True)
    channel = fields.TextField()
    currency = fields.TextField()
    ordered_at = fields.DatetimeField()
    state = fields.TextField(default="CONFIRMED")
    place_postcode = fields.TextField(null=True)
    place_city = fields.TextField(null=True)
    place_country = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    payment_reference = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "orders"


class TicketLine(VenueRecord):
    """What one order sells at one price: tickets of one type to a performance, or subscriptions or memberships of a product.
    `price` is for one, `amount` the line's, both with VAT. A refund has fewer than none; `refund_of` is what it takes back, and
    both are `settled` once they cancel out. By what right they were bought: a benefit of a flag the customer was given (the
    assignment), a pool, a campaign link, perhaps a personal one. The database keeps whether the `order_stands` and how many were
    `given_back`; it makes `taken` of them, what the line takes of all there is."""

    external_id = fields.TextField(null=True)
    order_id = fields.UUIDField()
    performance_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    ticket_type_id = fields.UUIDField(null=True)
    quantity = fields.IntField()
    price_level = fields.TextField(null=True)
    price = fields.BigIntField()
    amount = fields.BigIntField()
    fee = fields.BigIntField(default=0)
    vat = fields.BigIntField(default=0)
    state = fields.TextField(default="VALID")
    refund_of = fields.UUIDField(null=True)
    settled = fields.BooleanField(default=False)
    benefit_id = fields.UUIDField(null=True)
    assignment_id = fields.UUIDField(null=True)
    pool_id = fields.UUIDField(null=True)
    campaign_link_id = fields.UUIDField(null=True)
    personal_link_id = fields.UUIDField(null=True)
    order_stands = fields.BooleanField(default=True)
    given_back = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "ticket_lines"


def _with_lines(column: str) -> Where:
    """Orders with a line that is seen and whose column holds one of the values."""

    def condition(values: list[UUID]) -> Sql:
        return sql(
            "exists (select from ticket_lines l where l.tenant_id = {venue} and l.order_id = t.id "
            "and l.{column} = any({values}::uuid[]) and {seen})",
            column=name(column),
            values=values,
            seen=visible("ticket_lines", "l"),
        )

    return Where(condition)


_CUSTOMERS = among("customer_id")


@dataclass(frozen=True)
class OrderFilter:
    """Which orders; all that is given holds together, and a list means any of these."""

    customers: Annotated[list[UUID] | None, Of("Customer"), _CUSTOMERS, Doc("Only those of these customers.")] = None
    channels: Annotated[list[str] | None, CHANNEL, among("channel", "text"), Doc("Only those made so.")] = None
    states: Annotated[list[str] | None, ORDER_STATE, among("state", "text"), Doc("Only those that stand so.")] = None
    ordered_from: Annotated[datetime | None, Where("t.ordered_at >= {value}"), Doc("Only those made at this time or later.")] = (
        None
    )
    ordered_before: Annotated[datetime | None, Where("t.ordered_at < {value}"), Doc("Only those made earlier than this.")] = None
    performances: Annotated[
        list[UUID] | None,
        Of("Performance"),
        _with_lines("performance_id"),
        Doc("Only those with tickets to these performances."),
    ] = None
    products: Annotated[
        list[UUID] | None,
        Of("Product"),
        _with_lines("product_id"),
        Doc("Only those with one of these subscriptions or memberships."),
    ] = None
    external_id: Annotated[str | None, known_as, Doc("Only the one with this external id.")] = None
    custom_fields: Annotated[
        list[CustomFieldCondition] | None,
        own_fields("ORDER"),
        OWN_FIELDS,
    ] = None


@dataclass(frozen=True)
class TicketLineFilter:
    """Which ticket lines; all that is given holds together, and a list means any of these."""

    orders: Annotated[list[UUID] | None, Of("Order"), among("order_id"), Doc("Only those of these orders.")] = None
    performances: Annotated[
        list[UUID] | None, Of("Performance"), among("performance_id"), Doc("Only those for these performances.")
    ] = None
    products: Annotated[
        list[UUID] | None, Of("Product"), among("product_id"), Doc("Only those of these subscriptions or memberships.")
    ] = None
    ticket_types: Annotated[
        list[UUID] | None, Of("TicketType"), among("ticket_type_id"), Doc("Only those of these ticket types.")
    ] = None
    states: Annotated[list[str] | None, LINE_STATE, among("state", "text"), Doc("Only those that stand so.")] = None
    external_id: Annotated[str | None, known_as, Doc("Only the one with this external id.")] = None


ORDERS = Listing(Order, {"TIME": Sort("By when they were made.", {"t.ordered_at": "timestamptz"})}, OrderFilter)
TICKET_LINES = Listing(
    TicketLine, {"ORDER": Sort("By order: lines of one order stand together.", {"t.order_id": "uuid"})}, TicketLineFilter
)


async def delete(order_id: UUID) -> Any:
    """Delete an order with its lines, as if it had never been made; answers it as it was. Raises NOT_FOUND, and FORBIDDEN when
    it has lines that the caller does not see."""
    found = await Order.rows(sql("t.id = {id} and {seen}", id=order_id, seen=visible("orders", "t")), tail=sql("for update"))
    if not found:
        raise not_found(Order)
    order = found[0]
    if await TicketLine.rows(sql("t.order_id = {id} and not ({seen})", id=order_id, seen=visible("ticket_lines", "t"))):
        raise Refusal("FORBIDDEN", "Some of its tickets belong to an organisation that is not yours.", field=["id"])
    await tenancy.execute(sql("delete from orders where tenant_id = {venue} and id = {id}", id=order_id))
    if order.customer_id:
        await facts.refresh([order.customer_id])
        await earned.refresh([order.customer_id])
    audit.changed("Order", order_id, was := {c: getattr(order, c) for c in _TOLD}, dict.fromkeys(was))
    return order
