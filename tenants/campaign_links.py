"""Campaign links: offers for some performances, productions or products, behind an address that cannot be guessed (C1, C2)."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.catalogue import CatalogueFilter
from tenants.flags import INCLUDE_ARCHIVED, LIVE, GroupRecord
from tenants.organisations import visible
from tenants.pages import CREATED, Listing, Sort
from tenants.shape import Choice, Doc, Of, Where, among
from tenants.sql import Sql, sql

ACCESSES = {
    "ANYONE": "Whoever has the address.",
    "FLAGGED": "Only customers who are signed in and have one of its flags.",
    "PERSONAL": "Only by personal links, each for one customer.",
}
ACCESS = Choice("CampaignLinkAccess", ACCESSES, "To whom a campaign link is open.")


class CampaignLink(GroupRecord):
    """An offer from `starts_at` until `ends_at`: its discounts (tenants.discounts) say for which ticket types, at what price; at
    most `most` tickets in all and `most_per_customer` of each. Customers with one of its flags have it without the address."""

    texts: Any = fields.JSONField(default=dict)
    description_before = fields.TextField(null=True)
    description = fields.TextField(null=True)
    performance_ids = ArrayField("uuid", default=list)
    production_ids = ArrayField("uuid", default=list)
    product_ids = ArrayField("uuid", default=list)
    flag_ids = ArrayField("uuid", default=list)
    access = fields.TextField(default="ANYONE")
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    most = fields.IntField(null=True)
    most_per_customer = fields.IntField(null=True)

    class Meta:
        table = "campaign_links"


def _for_performances(performances: list[UUID]) -> Sql:
    """By themselves or by their production."""
    return sql(
        "exists (select from performances p where p.tenant_id = {venue} and p.id = any({ids}::uuid[]) and {seen} "
        "and (p.id = any(t.performance_ids) or p.production_id = any(t.production_ids)))",
        ids=performances,
        seen=visible("performances", "p").wrapped(),
    )


_WITH_PRODUCTIONS, _WITH_PRODUCTS, _WITH_FLAGS = (
    Where(f"t.{kind}_ids && {{value}}::uuid[]") for kind in ("production", "product", "flag")
)


@dataclass(frozen=True)
class CampaignLinkFilter(CatalogueFilter):
    """Which campaign links; all that is given holds together, and a list means any of these."""

    performances: Annotated[
        list[UUID] | None, Of("Performance"), Where(_for_performances), Doc("Only those for one of these performances.")
    ] = None
    productions: Annotated[
        list[UUID] | None, Of("Production"), _WITH_PRODUCTIONS, Doc("Only those for all of one of these productions.")
    ] = None
    products: Annotated[
        list[UUID] | None, Of("Product"), _WITH_PRODUCTS, Doc("Only those for one of these subscriptions or memberships.")
    ] = None
    flags: Annotated[list[UUID] | None, Of("Flag"), _WITH_FLAGS, Doc("Only those with one of these flags.")] = None
    accesses: Annotated[list[str] | None, ACCESS, among("access", "text"), Doc("Only those that are open so.")] = None
    include_archived: Annotated[bool, LIVE, INCLUDE_ARCHIVED] = False


CAMPAIGN_LINKS = Listing(CampaignLink, {"NAME": Sort("By name.", {"t.name": "text"}), "CREATED": CREATED}, CampaignLinkFilter)
