"""Campaign links: offers for some performances, productions or products, behind an address that cannot be guessed (C1, C2)."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.flags import GroupRecord
from tenants.record import VenueRecord
from tenants.shape import Choice

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


class PersonalLink(VenueRecord):
    """A campaign link of one customer's own, good for `most` tickets (null: as many as the campaign allows)."""

    campaign_link_id = fields.UUIDField()
    customer_id = fields.UUIDField()
    most = fields.IntField(null=True)
    clicks = fields.BigIntField(default=0)
    clicked_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "personal_links"
