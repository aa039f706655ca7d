"""Campaign links, as the API shows them to staff."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.campaign_figures import CampaignLinkStatistics
from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import Organisation, Production
from schema.connections import connection
from schema.context import Info
from schema.discounts import Discount
from schema.errors import Payload
from schema.flags import Flag
from schema.groups import NEEDS
from schema.nodes import Node, children, listed, node, text
from schema.performances import Performance
from schema.products import Product
from schema.shapes import enum_of
from schema.texts import translations
from tenants import (
    campaign_links,
    campaign_tokens,
    catalogue,
    discounts,
    flags,
    organisations,
    performances,
    personal_links,
    products,
    texts,
)
from tenants.venues import Venue

CampaignLinkAccess: Any = enum_of(campaign_links.ACCESS)
PersonalLinks = Annotated["PersonalLink", strawberry.lazy("schema.personal_links")]  # type: ignore[name-defined]  # noqa: F821
NOWHERE = "null while the venue has told no shop address, or the installation lacks a setting"


@node(
    campaign_links.CampaignLink,
    needs=NEEDS,
    description="An offer for some performances, productions or products, behind an address that cannot be guessed: ticket "
    "types, restricted ones too, at prices of its own, for a while. It belongs to organisations, or to the whole venue.",
)
class CampaignLink(Node):
    """See the description."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    name: str = text("Its name, as customers and reports show it.")
    description_before: str | None = text("What customers read until it starts.")
    description: str | None = text("What they read from then on.")
    translations = translations(texts.CampaignLinkTranslationRow)
    access: CampaignLinkAccess = text("To whom it is open.")
    starts_at: datetime | None = text("From when it sells, before the ordinary sale too; null: from the start of that.")
    ends_at: datetime | None = text("Until when it sells; null: to the end of the sale.")
    most: int | None = text("How many tickets it sells in all; null: no limit of its own.")
    most_per_customer: int | None = text("How many it sells to one customer; null: no limit of its own.")
    performances = listed(
        performances.Performance,
        "performance_ids",
        Performance,
        "The performances it is for, beside those of its productions.",
        needs=CATALOGUE,
    )
    productions = listed(
        catalogue.Production,
        "production_ids",
        Production,
        "The productions it is for, with all their performances.",
        needs=CATALOGUE,
    )
    products = listed(products.Product, "product_ids", Product, "The subscriptions and memberships it is for.", needs=CATALOGUE)
    prices = children(discounts.Discount, "campaign_link_id", Discount, "The ticket types it sells, and at what price.")
    flags = listed(flags.Flag, "flag_ids", Flag, "Customers with one of these flags have it without the address.")
    organisations = listed(
        organisations.Organisation,
        "organisation_ids",
        Organisation,
        "The organisations whose staff see it; none: it belongs to the whole venue.",
        needs=CATALOGUE,
    )
    archived_at: datetime | None = text("Since when it is out of use and its addresses lead nowhere; null while it is in use.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")
    personal_links = connection(
        personal_links.PERSONAL_LINKS, "campaign_link_id", PersonalLinks, "Its personal links, in the order they were made."
    )

    @strawberry.field(
        description="Its address: it counts the click and leads to the venue's shop, with `campaign` in the query. Whoever has "
        f"it may hand it on, so say in `access` to whom it is open. It never changes; {NOWHERE}."
    )
    async def url(row: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        """Signed, not stored."""
        return await url_of(row, info)

    @strawberry.field(description="What came of it.")
    def statistics(row: strawberry.Parent[Any]) -> CampaignLinkStatistics:  # noqa: N805
        """Each figure is counted when it is asked for."""
        return row  # type: ignore[no-any-return]


@strawberry.type(description="A campaign link that was written.")
class CampaignLinkPayload(Payload):
    """See the description."""

    campaign_link: CampaignLink | None = strawberry.field(default=None, description="The campaign link as it is now.")


async def url_of(row: Any, info: Info) -> str | None:
    """The address of a campaign link or personal link, where it leads somewhere."""
    at = info.context.caller.at
    assert at  # nothing of a venue is read without one
    venue = await info.context.load.one(Venue, at.venue)
    return campaign_tokens.url_of(row) if venue.shop_url else None
