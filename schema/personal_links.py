"""Personal links, as the API shows them to staff."""

from datetime import datetime
from typing import Any

import strawberry

from schema.campaign_links import NOWHERE, CampaignLink, url_of
from schema.context import Info
from schema.customers import Customer
from schema.errors import Payload
from schema.groups import NEEDS
from schema.nodes import Node, linked, node, summed, text
from tenants import campaign_figures, campaign_links, customers, personal_links


@node(
    personal_links.PersonalLink,
    needs=NEEDS,
    description="A campaign link of one customer's own. Forwarded, it leads to the shop as any other, but opens the offer only "
    "to that customer, signed in.",
)
class PersonalLink(Node):
    """See the description."""

    campaign_link = linked(
        campaign_links.CampaignLink, "campaign_link_id", CampaignLink, "The offer that it opens.", required=True
    )
    customer = linked(customers.Customer, "customer_id", Customer, "Whose it is.", needs="customers:read")
    most: int | None = text("How many tickets it is good for; null: as many as the offer allows.")
    used = summed(
        campaign_figures.used,
        int | None,
        "How many tickets it was used for, those that are only reserved among them, less those paid back.",
        needs="sales:read",
    )
    clicks: int = text("How often it was followed.")
    clicked_at: datetime | None = text("When it was last followed; null when it never was.")
    revoked_at: datetime | None = text("Since when it leads nowhere; null while it is good.")
    created_at: datetime = text("When it was first made.")

    @strawberry.field(
        description=f"Its address, for a mail to the customer. It never changes; null once it is revoked, and {NOWHERE}."
    )
    async def url(row: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        """Signed, not stored."""
        return None if row.revoked_at else await url_of(row, info)


@strawberry.type(description="Personal links that were made.")
class PersonalLinksPayload(Payload):
    """See the description."""

    personal_links: list[PersonalLink] | None = strawberry.field(
        default=None, description="One for each customer, in the order given; those that were there already too."
    )


@strawberry.type(description="A personal link that was ended.")
class PersonalLinkPayload(Payload):
    """See the description."""

    personal_link: PersonalLink | None = strawberry.field(default=None, description="The personal link as it is now.")
