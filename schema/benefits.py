"""What a flag lets its customers buy, and where, as the API shows it."""

from datetime import datetime
from typing import Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import TicketType
from schema.errors import Payload
from schema.flags import Flag
from schema.groups import NEEDS
from schema.nodes import Node, linked, node, text, told
from schema.performances import Performance
from schema.products import Product
from schema.shapes import enum_of, input_of
from tenants import benefits, catalogue, couplings, flags, performances, products

TicketsPer: Any = enum_of(benefits.TICKETS_PER_CHOICE)
SaleStartInput: Any = input_of(couplings.SaleStart, "SaleStartInput")


@node(
    benefits.Benefit,
    needs=NEEDS,
    description="A ticket type that a flag lets its customers buy, so often. It works for what the flag is coupled to and the "
    "type is priced for. What a customer has used is counted from when they were last given the flag.",
)
class Benefit(Node):
    """See the description."""

    external_id: str | None = text("The id another system knows it by, and by which lines of orders name it.")
    flag = linked(flags.Flag, "flag_id", Flag, "The flag that gives it.", required=True)
    ticket_type = linked(
        catalogue.TicketType, "ticket_type_id", TicketType, "The ticket type that it lets customers buy.", needs=CATALOGUE
    )
    most_performances: int | None = text("For how many performances, or subscriptions, each may use it; null: for any number.")
    most_tickets: int = text("How many tickets, for each of them or in all.")
    tickets_per: TicketsPer = text("Whether tickets are counted for each or in all.")
    archived_at: datetime | None = text("Since when it is out of use; null while it is in use.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")


@strawberry.type(description="A benefit where its flag is coupled.")
class CoupledBenefit:
    """See the description."""

    benefit = linked(benefits.Benefit, "benefit_id", Benefit, "The benefit.", required=True)
    priced: bool = text("Whether its ticket type has a price there: without one it cannot be used there.")
    sale_starts_at: datetime | None = text("From when it can be used there; null: from when the general sale starts.")


@node(
    couplings.Coupling,
    needs=NEEDS,
    description="That a flag's benefits work for a performance or a product. Whoever sees the flag and that sees the coupling.",
)
class Coupling(Node):
    """See the description."""

    flag = linked(flags.Flag, "flag_id", Flag, "The flag.", required=True)
    performance = linked(
        performances.Performance, "performance_id", Performance, "The performance; null: it is of a product.", needs=CATALOGUE
    )
    product = linked(products.Product, "product_id", Product, "The subscription or membership.", needs=CATALOGUE)
    benefits = told(couplings.benefits_at, CoupledBenefit, "The flag's benefits in use, as they work there.")
    created_at: datetime = text("When it was made.")
    updated_at: datetime = text("When it was last written.")


@strawberry.type(description="A benefit that was written.")
class BenefitPayload(Payload):
    """See the description."""

    benefit: Benefit | None = strawberry.field(default=None, description="The benefit as it is now.")


@strawberry.type(description="Flags that were coupled.")
class FlagCouplePayload(Payload):
    """See the description."""

    couplings: list[Coupling] | None = strawberry.field(
        default=None, description="All that was asked for, what had been coupled before too."
    )


@strawberry.type(description="Flags that were uncoupled.")
class FlagUncouplePayload(Payload):
    """See the description."""

    deleted_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The couplings that were ended.")
