"""Discounts, as the API shows them: of a pool's terms, and of campaign links."""

from decimal import Decimal
from typing import Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import TicketType
from schema.context import Info
from schema.money import Money
from schema.nodes import Node, linked, node
from tenants import catalogue, discounts


def _money(column: str, description: str) -> Any:
    def resolve(row: strawberry.Parent[Any], info: Info) -> Money | None:
        at, minor = info.context.caller.at, getattr(row, column)
        assert at  # nothing of a venue is read without one
        return None if minor is None else Money.of(minor, at.currency)

    return strawberry.field(resolver=resolve, description=description)


@node(
    discounts.Discount,
    needs="flags:read",
    description="What a ticket of a type costs under a pool's terms or by a campaign link: less by a percentage or an amount, or "
    "a price; with none of them the ordinary price. Where several rights meet the lowest price holds; they are never added up.",
)
class Discount(Node):
    """See the description."""

    ticket_type = linked(
        catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket; null: all of them.", needs=CATALOGUE
    )
    amount = _money("amount", "Less by so much, never below nothing; null when it is not said so.")
    price = _money("price", "So much, whatever the ordinary price is; null when it is not said so.")

    @strawberry.field(description="Less by so many per cent; null when it is not said so.")
    def percent(row: strawberry.Parent[Any]) -> Decimal | None:  # noqa: N805
        """From hundredths."""
        return None if row.basis_points is None else Decimal(row.basis_points).scaleb(-2)
