"""What the tests of campaign links share: a house with marketing, and what they ask."""

from typing import Any
from uuid import uuid4

from tenants import tenancy
from tenants.campaign_links import CampaignLink
from tenants.catalogue import Production, TicketType
from tenants.flags import Flag
from tenants.products import Product
from tests.asking import gid
from tests.builders import make_performance, make_token, make_venue
from tests.gateway.clients import ask, codes

FIELDS = """id name descriptionBefore description translations { language name descriptionBefore description }
  access startsAt endsAt most mostPerCustomer externalId url
  performances { id } productions { id } products { id } flags { id } organisations { id } archivedAt
  prices { ticketType { id } percent amount { amount currencyCode } price { amount } }"""
CREATE = f"""mutation ($input: CampaignLinkInput!) {{ campaignLinkCreate(input: $input) {{
  userErrors {{ code field }} campaignLink {{ {FIELDS} }} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: CampaignLinkInput!) {{ campaignLinkUpdate(id: $id, input: $input) {{
  userErrors {{ code field }} campaignLink {{ {FIELDS} }} }} }}"""
ARCHIVE = "mutation ($id: ID!) { campaignLinkArchive(id: $id) { userErrors { code field } campaignLink { archivedAt } } }"
LIST = "query ($where: CampaignLinkFilter) { campaignLinks(where: $where) { totalCount nodes { name } } }"


async def told(asking: Any, token: str, query: str, **variables: Any) -> Any:
    """What the one root field answers."""
    answer = await ask(asking, query, token=token, **variables)
    assert codes(answer) == [], answer.text
    (only,) = answer.json()["data"].values()
    return only


class House:
    """A venue with a shop, marketing, a performance, a subscription, two ticket types and a flag."""

    async def built(self) -> "House":
        self.venue = await make_venue(shop_url="https://shop.example.org")
        async with tenancy.scope(self.venue.id):
            self.performance = await make_performance()
            self.production = await Production.create(name="Peer Gynt")
            self.product = await Product.create(name="Friday series", kind="SUBSCRIPTION")
            self.adult, self.club = await TicketType.create(name="Adult"), await TicketType.create(name="Club", restricted=True)
            self.flag = await Flag.create(name="VIP", abbreviation="V")
        self.token = await make_token(self.venue, "MARKETING")
        return self

    @property
    def least(self) -> dict[str, Any]:
        """What a campaign link needs."""
        return {"name": "Friends", "performanceIds": [gid(self.performance)], "prices": [{"ticketTypeId": gid(self.club)}]}

    async def link(self, asking: Any, **given: Any) -> Any:
        """One made through the API."""
        made = await told(asking, self.token, CREATE, input={**self.least, **given})
        assert made["userErrors"] == []
        return made["campaignLink"]


async def a_link(venue: Any, **given: Any) -> Any:
    """One that is there, for a performance that is not."""
    async with tenancy.scope(venue.id):
        return await CampaignLink.create(**{"name": "Friends", "performance_ids": [uuid4()], **given})
