"""Customers, as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from schema.connections import connection
from schema.custom_values import custom_fields
from schema.facts import CustomerFacts
from schema.nodes import Node, node, summed, text
from schema.shapes import enum_of
from tenants import customers, facts, postcodes
from tenants.orders import ORDERS

Gender: Any = enum_of(customers.GENDER)
Orders = Annotated["Order", strawberry.lazy("schema.orders")]  # type: ignore[name-defined]  # noqa: F821


@node(
    customers.Customer,
    needs="customers:read",
    description="A person or company that buys. Customers belong to the whole venue; of their orders a caller sees those of "
    "its organisations.",
)
class Customer(Node):
    """See the description."""

    external_id: str | None = text("The id another system knows them by; unique in the venue.")
    number: int = text("The number staff can say on the telephone; unique in the venue.")
    first_name: str | None = text("First name or names.")
    last_name: str | None = text("Last name.")
    company: str | None = text("Company, school or club.")
    email: str | None = text("E-mail address; several customers may share one.")
    phone: str | None = text("Telephone number, as it was written.")
    birth_date: date | None = text("Date of birth.")
    gender: Gender | None = text("What they said of themselves; null when they said nothing.")
    street: str | None = text("Street and number.")
    postcode: str | None = text("Postcode, as it is written there.")
    city: str | None = text("City.")
    country: str | None = text("Country, ISO 3166-1 alpha-2.")
    language: str | None = text("The language they are written to in, BCP 47.")
    distance_km = summed(
        postcodes.distances,
        float | None,
        "How many kilometres from the venue they live, in a straight line to the middle of their postcode; null when the "
        "country, the postcode or the venue's place is not known.",
    )
    created_at: datetime = text("When they were created here.")
    updated_at: datetime = text("When they were last changed here.")
    orders = connection(ORDERS, "customer_id", Orders, "What they bought, newest first.", descending=True, needs="sales:read")
    custom_fields = custom_fields("CUSTOMER")
    facts = summed(facts.of, CustomerFacts, "What they bought, summed up.", needs="sales:read")
