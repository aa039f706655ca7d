"""The addresses of campaign links. Each holds a token: the venue and the link, or the venue and a personal link, stamped. Nothing
of it is stored, so nothing can be stolen; it leads nowhere once the link is archived or the personal one revoked.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from tenants import signing, tenancy
from tenants.campaign_links import CampaignLink
from tenants.links import address
from tenants.personal_links import PersonalLink
from tenants.settings import settings
from tenants.sql import Sql, sql

Kind = Literal["campaign link", "personal link"]
_KINDS: dict[Any, Kind] = {CampaignLink: "campaign link", PersonalLink: "personal link"}  # what their tokens are stamped for


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says; whether there is such a link (still) is another matter."""

    venue: UUID
    kind: Kind
    row: UUID


@dataclass(frozen=True, slots=True)
class Named:
    """The campaign link that a token stands for, and the personal link if it is one's."""

    link: UUID
    personal: UUID | None


def token_of(row: Any) -> str:
    """The token of a CampaignLink or PersonalLink. Raises NOT_CONFIGURED."""
    return signing.stamp(_KINDS[getattr(row, "record", type(row))], row.tenant_id.bytes + row.id.bytes)


def url_of(row: Any) -> str | None:
    """The whole address of a CampaignLink or PersonalLink; None where the installation has no address or secret of its own."""
    here = settings()
    return address(f"/c/{token_of(row)}") if here.public_url and here.signing else None


def read(token: str) -> Token | None:
    """What a token says; None when it is none of ours. Reads nothing."""
    for kind in _KINDS.values():
        if (said := signing.stamped(kind, token)) is not None:
            return Token(UUID(bytes=said[:16]), kind, UUID(bytes=said[16:]))
    return None


async def named(token: str) -> Named | None:
    """What a token stands for at the open scope's venue; None when it is another venue's or leads nowhere any more. Whom it is
    open to is another question."""
    told = read(token)
    if told is None or told.venue != tenancy.venue_id():
        return None
    row = await tenancy.fetch_one(link_of(told))
    return Named(row.id, row.personal_id) if row else None


def link_of(told: Token) -> Sql:
    """The link of a token as `id`, and its `personal_id`: a row while it leads somewhere."""
    if told.kind == "campaign link":
        return sql(
            "select c.id, null::uuid as personal_id from campaign_links c "
            "where c.tenant_id = {venue} and c.id = {row} and c.archived_at is null",
            row=told.row,
        )
    return sql(
        "select c.id, p.id as personal_id from personal_links p "
        "join campaign_links c on c.tenant_id = p.tenant_id and c.id = p.campaign_link_id "
        "where p.tenant_id = {venue} and c.tenant_id = {venue} and p.id = {row} "
        "and p.revoked_at is null and c.archived_at is null",
        row=told.row,
    )
