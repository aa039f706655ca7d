"""Personal links: a campaign link of one customer's own, which opens the offer to nobody else, wherever it is forwarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import audit, references, tenancy
from tenants.campaign_links import CampaignLink
from tenants.customers import Customer
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.organisations import visible
from tenants.pages import Listing, Sort
from tenants.record import VenueRecord, not_found
from tenants.sql import join, sql

AT_ONCE = 1000


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


@dataclass(frozen=True)
class PersonalLinkFilter:
    """They are read of a campaign link."""


PERSONAL_LINKS: Listing[Any] = Listing(PersonalLink, {"MADE": Sort("In the order they were made.", {})}, PersonalLinkFilter)


async def create(link_id: UUID, customers: Sequence[UUID], most: int | None) -> list[Any]:
    """A personal link for each of these customers, in their order, good for `most` tickets each. Who has one keeps it, with this
    number; one that was revoked is good again. Raises NOT_FOUND, WRONG_STATE, TOO_MANY_ROWS, INVALID_VALUE, UNKNOWN_REFERENCE."""
    if len(customers) > AT_ONCE:
        raise Refusal("TOO_MANY_ROWS", f"Name at most {AT_ONCE} customers in one call.", field=["customerIds"])
    if most is not None and not 1 <= most <= 2_147_483_647:
        raise Refusal("INVALID_VALUE", "A link is good for at least one ticket.", field=["most"])
    found = await CampaignLink.rows(
        sql("t.id = {id} and {seen}", id=link_id, seen=visible("campaign_links", "t").wrapped()), tail=sql("for key share")
    )
    if not found:
        raise not_found(CampaignLink)
    if found[0].archived_at:
        raise Refusal("WRONG_STATE", "This campaign link was archived.", field=["campaignLinkId"])
    known = await references.known(Customer, customers, "customerIds")
    if not known:
        return []
    rows = await tenancy.fetch(
        sql(
            """
            insert into personal_links (tenant_id, id, campaign_link_id, customer_id, most) values {rows}
            on conflict (tenant_id, campaign_link_id, customer_id)
            do update set most = excluded.most, revoked_at = null, updated_at = now()
            returning *
            """,
            rows=join(", ", [_row(link_id, customer, most) for customer in sorted(known)]),
        ),
        PersonalLink,
    )
    audit.counted(links=len(rows))
    return sorted(rows, key=lambda row: known.index(row.customer_id))


async def revoke(personal_id: UUID) -> Any:
    """End a personal link: its address leads nowhere. What was bought by it stands. Twice is once. Raises NOT_FOUND."""
    seen = sql("t.id = {id} and {seen}", id=personal_id, seen=visible("personal_links", "t").wrapped())
    if not (found := await PersonalLink.rows(seen, tail=sql("for no key update"))):
        raise not_found(PersonalLink)
    audit.changed("PersonalLink", personal_id, {"revoked": found[0].revoked_at is not None}, {"revoked": True})
    return await tenancy.fetch_one(
        sql(
            "update personal_links set revoked_at = coalesce(revoked_at, now()), updated_at = now() "
            "where tenant_id = {venue} and id = {id} returning *",
            id=personal_id,
        ),
        PersonalLink,
    )


def _row(link_id: UUID, customer: UUID, most: int | None) -> Any:
    return sql("({venue}, {id}, {link}, {customer}, {most}::int)", id=new_id(), link=link_id, customer=customer, most=most)
