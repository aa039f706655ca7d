"""What is sold beside performances: subscriptions (season tickets to a series) and memberships, and what they cost."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.catalogue import BY_NAME, CatalogueFilter, TranslatedRecord
from tenants.organisations import visible
from tenants.pages import CREATED, Listing
from tenants.performances import Performance
from tenants.programme import NameFilter
from tenants.record import VenueRecord
from tenants.shape import Choice, Doc, Of, among
from tenants.sql import sql

PRODUCT_KINDS = {
    "SUBSCRIPTION": "A season ticket: to all performances of a series, or to as many of them as its holder chooses.",
    "MEMBERSHIP": "Belonging to the house or its circle of friends for a while.",
}
STATUSES = {
    "DRAFT": "Being set up; the shop does not show it.",
    "ANNOUNCED": "Shown in the shop, not on sale yet.",
    "ON_SALE": "On sale, within its sale start and end.",
    "PAUSED": "Shown in the shop; sale is stopped for now.",
    "ENDED": "No longer sold; who holds one keeps it.",
}
KIND = Choice("ProductKind", PRODUCT_KINDS, "What a product is.")
STATUS = Choice("ProductStatus", STATUSES, "Where a product stands.")


class Product(TranslatedRecord):
    """A subscription or membership. `choose`: how many of its performances a holder chooses, null for all. It holds until
    `ends_on`, `months` after the order, or its season's end, whichever comes first; for ever when none is said."""

    kind = fields.TextField()
    description = fields.TextField(null=True)
    season_id = fields.UUIDField(null=True)
    organisation_ids = ArrayField("uuid", default=list)
    choose = fields.IntField(null=True)
    ends_on = fields.DateField(null=True)
    months = fields.IntField(null=True)
    status = fields.TextField(default="ON_SALE")
    sale_starts_at = fields.DatetimeField(null=True)
    sale_ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "products"


class ProductPrice(VenueRecord):
    """What one of a ticket type costs, per price level ('' where there are none); minor units."""

    product_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField()
    price_level = fields.TextField(default="")
    amount = fields.BigIntField()
    fee = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "product_prices"


_KINDS, _SEASONS = among("kind", "text"), among("season_id")


@dataclass(frozen=True)
class ProductFilter(CatalogueFilter):
    """Which products; all that is given holds together, and a list means any of these."""

    kinds: Annotated[list[str] | None, KIND, _KINDS, Doc("Only those of these kinds.")] = None
    seasons: Annotated[list[UUID] | None, Of("Season"), _SEASONS, Doc("Only those of these seasons.")] = None
    statuses: Annotated[list[str] | None, STATUS, among("status", "text"), Doc("Only those that stand so.")] = None


@dataclass(frozen=True)
class OfferFilter(NameFilter):
    """Which products; all that is given holds together, and a list means any of these."""

    kinds: Annotated[list[str] | None, KIND, _KINDS, Doc("Only those of these kinds.")] = None
    seasons: Annotated[list[UUID] | None, Of("Season"), _SEASONS, Doc("Only those of these seasons.")] = None


PRODUCTS = Listing(Product, BY_NAME | {"CREATED": CREATED}, ProductFilter)
OFFERS = Listing(Product, BY_NAME | {"CREATED": CREATED}, OfferFilter)


async def performances_of(products: list[UUID]) -> dict[UUID, list[Any]]:
    """The performances of each of these products that the caller sees, by start; those without a date come last."""
    rows = await tenancy.fetch(
        sql(
            "select t.*, l.product_id from product_performances l "
            "join performances t on t.tenant_id = l.tenant_id and t.id = l.performance_id "
            "where l.tenant_id = {venue} and t.tenant_id = {venue} and l.product_id = any({products}::uuid[]) and {seen} "
            "order by t.starts_at nulls last, t.id",
            products=products,
            seen=visible("performances", "t"),
        ),
        Performance,
    )
    performances: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        performances[row["product_id"]].append(row)
    return performances
