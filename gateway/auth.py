"""Who is asking: a request's Authorization and X-Venue headers, or a console's cookie, become a Caller. Nothing else knows
tokens."""

import ipaddress
from typing import Any

from starlette.requests import HTTPConnection

from gateway import csrf
from tenants import customer_tokens, key_secrets, keys, sessions, tenancy
from tenants.errors import Refusal
from tenants.links import Proof
from tenants.permissions import OF_CUSTOMERS, OF_KEYS, OF_PERSONS, ROLES, Caller, Kind, Membership, membership, membership_of
from tenants.settings import settings

_OF_KEYS = tuple(key_secrets.PREFIXES.values())


async def caller_of(request: HTTPConnection, *, cookie: str | None = None) -> Caller:
    """The caller of a request; see identify(). With nothing in the Authorization header the cookie of this name tells who asks,
    but never by GET. Raises FORBIDDEN when a page elsewhere has the browser send it."""
    headers = request.headers
    authorization, venue = headers.get("authorization"), headers.get("x-venue") or None
    address, client = address_of(request), headers.get("user-agent", "")
    if cookie and authorization is None and request.scope.get("method") != "GET" and (secret := request.cookies.get(cookie)):
        csrf.check(request)
        return await by_cookie(secret, venue, address, client)
    return await identify(authorization, venue, address, client)


def stranger(request: HTTPConnection) -> Caller:
    """Whoever asks, as long as nothing is known but where from."""
    return Caller(address=address_of(request), client=request.headers.get("user-agent", ""))


async def identify(authorization: str | None, venue: str | None, address: str, client: str = "") -> Caller:
    """The caller. Raises UNAUTHENTICATED for credentials that are not live, FORBIDDEN for a venue that is not the caller's."""
    if authorization is None:
        return Caller(address=address, client=client)
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Refusal("UNAUTHENTICATED", "The Authorization header must read `Bearer <token or key>`.")
    if secret.startswith(_OF_KEYS):
        return await _key(await keys.holder(secret), venue, address, client)
    if secret.startswith(customer_tokens.PREFIX):
        return await _customer(await customer_tokens.holder(secret), venue, address, client)
    return await _person(await _holder(secret, sessions.ACCESS), venue, address, client)


async def by_cookie(secret: str, venue: str | None, address: str, client: str = "") -> Caller:
    """The caller that a console's cookie is of; csrf.check() has been passed. Raises as identify() does."""
    return await _person(await _holder(secret, sessions.COOKIE), venue, address, client)


async def again(proof: Proof, address: str) -> Caller:
    """Whoever a link was signed for, as they are now. Raises as identify() does: a link is good as long as who asked for it."""
    venue = str(proof.venue)
    async with tenancy.platform(readonly=True):
        found = await (keys if proof.kind == "KEY" else sessions).holder_of(proof.id)
    return await _key(found, venue, address, "") if proof.kind == "KEY" else await _person(found, venue, address, "")


async def _holder(secret: str, prefix: str) -> list[Any]:
    return await sessions.holder(secret) if secret.startswith(prefix) else []


async def _person(rows: list[Any], venue: str | None, address: str, client: str) -> Caller:
    if not rows:
        raise Refusal("UNAUTHENTICATED", "This token is unknown, expired or revoked; sign in again.")
    first = rows[0]
    if first["unnoted"]:
        await sessions.note_use(first["session_id"])
    memberships = tuple(membership_of(row) for row in rows if row["tenant_id"])
    at = _chosen(memberships, venue)
    may = OF_PERSONS | (ROLES[at.role] if at else frozenset())
    if first["platform_admin"]:
        may |= {"platform:admin"}
    its = first["session_id"]
    return Caller(
        "PERSON", first["id"], first["name"], first["email"], first["language"], may, at, memberships, its, address, client
    )


async def _key(row: Any, venue: str | None, address: str, client: str) -> Caller:
    if row is None:
        raise Refusal("UNAUTHENTICATED", "This key is unknown, expired or revoked.")
    if row["unnoted"]:
        await key_secrets.note_use(row["secret_id"], row["tenant_id"])
    its = (membership(row, "KEY"),)
    at = _chosen(its, venue)
    kind: Kind = "STOREFRONT" if row["kind"] == "PUBLISHABLE" else "KEY"
    may = OF_KEYS.union(row["scopes"] if kind == "KEY" else ())
    return Caller(kind, row["id"], row["name"], may=may, at=at, memberships=its, address=address, client=client)


async def _customer(row: Any, venue: str | None, address: str, client: str) -> Caller:
    if row is None:
        raise Refusal("UNAUTHENTICATED", "This customer's token is unknown, expired or revoked.")
    if row["unnoted"]:
        await customer_tokens.note_use(row["id"], row["tenant_id"])
    who = row["customer_id"]
    its = (membership(row, "CUSTOMER", customer=who),)
    at = _chosen(its, venue)
    return Caller("CUSTOMER", who, may=OF_CUSTOMERS, at=at, memberships=its, session=row["id"], address=address, client=client)


def _chosen(memberships: tuple[Membership, ...], venue: str | None) -> Membership | None:
    """The venue named, or the only one. A venue the caller does not belong to is refused as one that does not exist."""
    if venue is None:
        return memberships[0] if len(memberships) == 1 else None
    for each in memberships:
        if venue in (each.slug, str(each.venue)):
            return each
    raise Refusal("FORBIDDEN", f"You have no access to a venue `{venue[:80]}`.")


def address_of(request: HTTPConnection) -> str:
    """The client's address. X-Forwarded-For is believed as far as our own proxies wrote it, counted from the right."""
    peer = client.host if (client := request.client) else ""
    if not (trusted := settings().trusted_proxies):
        return peer
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    if not hops:
        return peer
    address = hops[max(0, len(hops) - trusted)]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return peer
