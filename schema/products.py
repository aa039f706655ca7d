"""Subscriptions and memberships, as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from schema.catalogue import NEEDS, Organisation, Season, TicketType
from schema.connections import connection
from schema.nodes import Node, children, linked, listed, node, text, told
from schema.performances import Performance, PublicPrice, Terms
from schema.shapes import enum_of
from schema.texts import translations
from tenants import catalogue, products, texts
from tenants.couplings import Coupling
from tenants.organisations import Organisation as OrganisationRecord
from tenants.performances import dearest
from tenants.pool_terms import OF_A_PRODUCT, TERMS

ProductKind: Any = enum_of(products.KIND)
ProductStatus: Any = enum_of(products.STATUS)
Couplings = Annotated["Coupling", strawberry.lazy("schema.benefits")]  # type: ignore[name-defined]
Prices = Annotated["ProductPrice", strawberry.lazy("schema.products")]


@strawberry.type
class PublicProduct(Node):
    """What the shop shows of a product too."""

    kind: ProductKind = text("What it is.")
    choose: int | None = text("How many of its performances its holder chooses; null: all of them.")
    ends_on: date | None = text("The day until which it holds.")
    months: int | None = text("For how many months from the order it holds.")
    status: ProductStatus = text("Where it stands.")
    sale_starts_at: datetime | None = text("From when it is sold; null: at once.")
    sale_ends_at: datetime | None = text("Until when it is sold; null: to the end.")


@node(
    products.Product,
    needs=NEEDS,
    description="What is sold beside performances: a subscription (season ticket) or a membership. It holds until `endsOn`, "
    "`months` after the order or its season's end, whichever comes first. It belongs to organisations, or to the whole venue.",
)
class Product(PublicProduct):
    """See the description."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    name: str = text("Its name.")
    description: str | None = text("What it is about.")
    translations = translations(texts.ProductTranslationRow)
    season = linked(catalogue.Season, "season_id", Season, "The season of a subscription.")
    performances = told(products.performances_of, Performance, "What its holder may go to, by start.")
    prices = children(
        products.ProductPrice,
        "product_id",
        Prices,
        "What it costs, dearest first within a price level.",
        order=dearest,
    )
    couplings = children(Coupling, "product_id", Couplings, "The flags whose benefits work here.", needs="flags:read")
    pool_terms = connection(TERMS, OF_A_PRODUCT, Terms, "What pools give here: for this, for everything.", needs="flags:read")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")
    organisations = listed(
        OrganisationRecord,
        "organisation_ids",
        Organisation,
        "The organisations it belongs to; none: it is the whole venue's.",
    )


@node(products.ProductPrice, needs=NEEDS, description="What one of a product costs for a ticket type, in the venue's currency.")
class ProductPrice(PublicPrice):
    """See the description."""

    product = linked(products.Product, "product_id", Product, "The product.", required=True)
    ticket_type = linked(catalogue.TicketType, "ticket_type_id", TicketType, "The kind of ticket.", required=True)
