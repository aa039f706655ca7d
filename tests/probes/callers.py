"""Who asks: every kind of caller there is, through the gateway itself, and answers that can be compared."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from graphql import OperationType

from resolvers.fields import rules_of
from tenants import support, tenancy
from tenants.permissions import KEY_SCOPES
from tests.builders import make_customer_token, make_key, make_token
from tests.gateway.clients import ask, moved
from tests.probes.calls import CONTRACTS, PATHS, Call

_MASKS = [
    (re.compile(r"/files/[\w.-]+"), "<link>"),
    (re.compile(r"[A-Za-z]+_[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"f[sprtc][tkr]_[\w-]{8,}"), "<secret>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r'"remaining": ?\d+'), '"remaining":0'),
    (re.compile(r'"number": ?\d+(?=, ?"kind")'), '"number":0'),  # each new pool has the next one
    (re.compile(r'"throttleStatus": ?\{[^}]*\}'), '"throttleStatus":{}'),
    (re.compile(r'"traceId": ?"[0-9a-f]+"'), '"traceId":"<trace>"'),
]


@dataclass(frozen=True)
class Caller:
    """Somebody with a secret, in a console's cookie or else a bearer's, or nobody; `venue` is what the X-Venue header says."""

    secret: str | None
    venue: str | None = None
    contracts: tuple[str, ...] = ("graphql",)
    in_browser: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What says who asks, and where."""
        at = {"X-Venue": self.venue} if self.venue else {}
        if self.secret and self.in_browser:
            return {"Cookie": f"foyer={self.secret}", "Sec-Fetch-Site": "same-origin", **at}
        return {"Authorization": f"Bearer {self.secret}", **at} if self.secret else at


@dataclass(frozen=True)
class Told:
    """An answer as bytes of text, and as it compares with others."""

    status: int
    text: str

    def but_for(self, *values: Any) -> tuple[int, str]:
        """The answer without what differs from call to call, and without these values."""
        text = self.text
        for value in values:
            text = text.replace(str(value), "<value>")
        for pattern, mask in _MASKS:
            text = pattern.sub(mask, text)
        return self.status, text


async def callers_at(
    venue: Any, *, promoter: UUID, organisation: UUID | None = None, customer: UUID | None = None
) -> dict[str, Caller]:
    """One of each kind, at a venue or in one of its organisations; the customer is a new one unless one is given."""
    limits: dict[str, Any] = {"organisation_ids": [organisation]} if organisation else {}
    roles = ("VENUE_ADMIN", "MARKETING", "SUPPORT")
    persons = {role: Caller(await make_token(venue, role, **limits), venue.slug) for role in roles}
    cookie = await make_token(venue, "BOX_OFFICE", in_browser=True, **limits)
    key = await make_key(venue, *KEY_SCOPES, **limits)
    return {
        **persons,
        "BOX_OFFICE": Caller(cookie, venue.slug, in_browser=True),
        "PROMOTER": Caller(await make_token(venue, "PROMOTER", promoter_id=promoter, **limits), venue.slug),
        "KEY": Caller(key, contracts=("graphql", "storefront")),
        "SHOP": Caller(await make_key(venue, kind="PUBLISHABLE", **limits), contracts=("storefront",)),
        "CUSTOMER": Caller(await make_customer_token(venue, customer, **limits), contracts=("storefront",)),
    }


async def who_may(contract: str, operation: str, root: str, venue: Any, customer: UUID) -> Caller:
    """Somebody at a venue who may ask for a root field."""
    needs = rules_of(CONTRACTS[contract])[OperationType(operation), root].needs
    if needs == "platform:admin":
        return Caller(await make_token(platform_admin=True))
    if needs == "customer:self":
        return Caller(await make_customer_token(venue, customer))
    if needs == "customers:signin":
        return Caller(await make_key(venue, needs))
    return Caller(await make_token(venue) if contract == "graphql" else await make_key(venue, kind="PUBLISHABLE"))


async def support_that_is_over(venue: Any) -> str:
    """The token of a platform admin who might enter a venue until now."""
    token = await make_token(venue, "SUPPORT")
    async with tenancy.scope(venue.id):
        (access, *_) = await support.here()
        await support.end(access.id)
    return token


async def told(asking: httpx.AsyncClient, caller: Caller, call: Call) -> Told:
    """What the gateway tells the caller, who asks from another place each time: nobody is slowed down for what others did."""
    moved(asking)
    answer = await ask(asking, call.query, headers=caller.headers, path=PATHS[call.contract], **call.variables)
    assert "QUERY_TOO_COMPLEX" not in answer.text, f"{call.query} asks for too much to be answered"
    assert "VALIDATION_FAILED" not in answer.text, answer.text
    return Told(answer.status_code, answer.text)
