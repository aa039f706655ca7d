"""Customers, as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from schema.connections import argument, connection
from schema.context import Info, Row
from schema.custom_values import custom_fields
from schema.facts import CustomerFacts
from schema.flags import FlagDisplay
from schema.groups import NEEDS as FLAGS
from schema.groups import Assignments
from schema.nodes import Node, needing, node, summed, text
from schema.shapes import enum_of
from tenants import card, customers, facts, postcodes
from tenants.assignments import ASSIGNMENTS
from tenants.flags import DISPLAYS
from tenants.orders import ORDERS
from tenants.permissions import require

Gender: Any = enum_of(customers.GENDER)
Orders = Annotated["Order", strawberry.lazy("schema.orders")]  # type: ignore[name-defined]  # noqa: F821


def _flags() -> Any:
    async def resolve(row, info, displays=strawberry.UNSET):  # type: ignore[no-untyped-def]  # typed below
        wanted = {display.name for display in displays} if displays else set(DISPLAYS)
        return [each for each in await _standing(row, info, "flag_id") if each["display"] in wanted]

    resolve.__annotations__ = {
        "row": Row,
        "info": Info,
        "displays": argument(list[FlagDisplay] | None, "Only flags that are shown so; all when not given."),
        "return": list[Assignments] | None,
    }
    about = needing("The flags they have today, by name; each says how it is shown.", FLAGS)
    return strawberry.field(resolver=resolve, description=about, metadata={"needs": FLAGS})


def _groups(column: str, description: str) -> Any:
    async def resolve(row: Row, info: Info) -> list[Assignments] | None:
        return await _standing(row, info, column)

    return strawberry.field(resolver=resolve, description=needing(description, FLAGS), metadata={"needs": FLAGS})


async def _standing(row: Any, info: Info, column: str) -> list[Any]:
    require(info.context.caller, FLAGS)
    return [each for each in await info.context.load.by(card.groups_of, row.id) or () if each[column]]


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
    flags = _flags()
    pools = _groups("pool_id", "The pools they are in today, by name.")
    attributes = _groups("attribute_id", "The attributes they have today, by name.")
    assignment_history = connection(
        ASSIGNMENTS,
        "customer_id",
        Assignments,
        "Every flag, pool and attribute they have or had, the one given last first.",
        descending=True,
        needs=FLAGS,
    )
