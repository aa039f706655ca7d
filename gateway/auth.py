"""Who is asking: an Authorization header and a venue's name become a Caller. Nothing else knows tokens."""

from typing import Any
from uuid import UUID

from tenants import keys, people, tenancy
from tenants.errors import Refusal
from tenants.permissions import ROLES, Caller, Membership


async def identify(authorization: str | None, venue: str | None, address: str) -> Caller:
    """The caller of a request. Raises UNAUTHENTICATED for credentials that are not live, FORBIDDEN for a foreign venue."""
    scheme, _, secret = (authorization or "").partition(" ")
    if not authorization:
        return Caller(address=address)
    if scheme.lower() != "bearer" or not secret:
        raise Refusal("UNAUTHENTICATED", "The Authorization header must read `Bearer <token or key>`.")
    async with tenancy.platform(readonly=True):
        if secret.startswith(tuple(keys.PREFIXES.values())):
            return _key(await keys.holder(secret), venue, address)
        return _person(await people.session(secret), secret, venue, address)


def _person(rows: list[Any], secret: str, venue: str | None, address: str) -> Caller:
    if not rows:
        raise Refusal("UNAUTHENTICATED", "This token is unknown, expired or revoked; sign in again.")
    first = rows[0]
    memberships = tuple(_membership(r, r.role, r.organisation_ids, r.promoter_id) for r in rows if r.tenant_id)
    at = _chosen(memberships, venue)
    may = ROLES[at.role] if at else frozenset[str]()
    if first.platform_admin:
        may |= {"platform:admin"}
    return Caller("PERSON", first.person_id, first.name, first.email, first.language, may, at, memberships, secret, address)


def _key(row: Any, venue: str | None, address: str) -> Caller:
    if row is None:
        raise Refusal("UNAUTHENTICATED", "This key is unknown, expired or revoked.")
    membership = _membership(row, "KEY", row.organisation_ids, None)
    storefront = row.kind == "PUBLISHABLE"
    may = frozenset({"storefront:read"} if storefront else row.scopes)
    at = _chosen((membership,), venue)
    return Caller("STOREFRONT" if storefront else "KEY", row.id, may=may, at=at, memberships=(membership,), address=address)


def _membership(row: Any, role: str, organisations: list[UUID], promoter: UUID | None) -> Membership:
    return Membership(
        row.tenant_id, row.slug, row.venue_name, row.currency, row.time_zone, role, frozenset(organisations) or None, promoter
    )


def _chosen(memberships: tuple[Membership, ...], venue: str | None) -> Membership | None:
    """The venue named, or the only one. A venue the caller does not belong to is refused as one that does not exist."""
    if venue is None:
        return memberships[0] if len(memberships) == 1 else None
    for membership in memberships:
        if venue in (membership.slug, str(membership.venue)):
            return membership
    raise Refusal("FORBIDDEN", f"You have no access to a venue `{venue[:80]}`.")
