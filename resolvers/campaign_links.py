"""Campaign links: define them, and make links for single customers."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from resolvers.listings import listing, single
from resolvers.writing import change, creation, ending
from schema import campaign_links as nouns
from schema import personal_links as personal_nouns
from schema.context import Info
from schema.nodes import local_id, local_ids
from tenants import campaign_link_inputs, personal_links
from tenants.campaign_link_inputs import CampaignLinkInput
from tenants.campaign_links import CAMPAIGN_LINKS

UNSET: Any = strawberry.UNSET


@strawberry.type
class CampaignLinkQueries:
    """Lists and objects."""

    campaign_links = listing(
        CAMPAIGN_LINKS, nouns.CampaignLink, description="The campaign links you see: your organisations' and the whole venue's."
    )
    campaign_link = single(nouns.CampaignLink, description="A campaign link by its id.")
    personal_link = single(personal_nouns.PersonalLink, description="A personal link by its id; its campaign link lists them.")


@strawberry.type
class CampaignLinkMutations:
    """Define; make and end links for single customers."""

    campaign_link_create = creation(
        nouns.CampaignLink,
        campaign_link_inputs.create,
        CampaignLinkInput,
        nouns.CampaignLinkPayload,
        needs="flags:write",
        description="Make a campaign link.",
    )
    campaign_link_update = change(
        nouns.CampaignLink,
        campaign_link_inputs.update,
        CampaignLinkInput,
        nouns.CampaignLinkPayload,
        needs="flags:write",
        description="Change a campaign link; what is left out stays, and so does its address. What was bought by it stands.",
    )
    campaign_link_archive = ending(
        nouns.CampaignLink,
        campaign_link_inputs.archive,
        nouns.CampaignLinkPayload,
        needs="flags:write",
        description="Take a campaign link out of use: its addresses lead nowhere and it sells nothing any more. Twice is once.",
    )

    @mutation(
        "flags:assign",
        payload=personal_nouns.PersonalLinksPayload,
        description="Make personal links of a campaign link, one for each customer. Who has one keeps it, good for as many "
        "tickets as you say now; one that was revoked is good again.",
    )
    async def personal_links_create(
        self,
        info: Info,
        campaign_link_id: Annotated[strawberry.ID, strawberry.argument(description="The campaign link.")],
        customer_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"The customers, at most {personal_links.AT_ONCE}.")
        ],
        most: Annotated[
            int | None,
            strawberry.argument(description="How many tickets each is good for; as many as the offer allows if not given."),
        ] = UNSET,
    ) -> personal_nouns.PersonalLinksPayload | None:
        """Rows only; the addresses are signed."""
        link = local_id(campaign_link_id, "CampaignLink", field=("campaignLinkId",))
        theirs = local_ids(customer_ids, "Customer", "customerIds")
        made: Any = await personal_links.create(link, theirs, None if most is UNSET else most)
        return personal_nouns.PersonalLinksPayload(personal_links=made)

    personal_link_revoke = ending(
        personal_nouns.PersonalLink,
        personal_links.revoke,
        personal_nouns.PersonalLinkPayload,
        needs="flags:assign",
        description="End a personal link: it leads nowhere and opens the offer no more. What was bought by it stands.",
    )
