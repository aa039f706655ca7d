"""What the shop reads of the offer that somebody comes for."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import query
from schema import campaign_offers as nouns
from schema.context import Info
from tenants import campaign_offers


@strawberry.type
class CampaignOfferQueries:
    """By its token."""

    @query(
        "storefront:read",
        description="The offer that somebody comes for by a campaign link, before its start and after its end too. Null for an "
        "unknown one, and for one that is not open to whoever is signed in: a personal one opens to its customer alone.",
    )
    async def campaign(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="What the shop's address was given as `campaign`.")],
    ) -> nouns.Campaign | None:
        """Nothing of it is listed anywhere."""
        found: Any = await campaign_offers.shown(token)
        return found  # type: ignore[no-any-return]
