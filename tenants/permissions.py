"""Who may do what: the permissions, what each role holds, and the caller every request is answered for."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

PERMISSIONS: dict[str, str] = {
    "venue:read": "See the venue's own settings.",
    "venue:write": "Change the venue's own settings and its organisations.",
    "catalogue:read": "See seasons, productions, performances, halls, ticket types and prices.",
    "catalogue:write": "Create and change them.",
    "customers:read": "Find customers and see their data.",
    "customers:write": "Create and change customers.",
    "sales:read": "See orders and tickets.",
    "sales:write": "Create and change orders and tickets.",
    "imports:write": "Plan and apply imports of files.",
    "jobs:read": "Follow background jobs.",
    "keys:write": "Create and revoke the venue's keys.",
    "storefront:read": "See what the venue's shop shows to everybody.",
    "platform:admin": "Create venues. Sees no venue's rows.",
}

_STAFF = {"venue:read", "catalogue:read", "customers:read", "sales:read", "jobs:read"}
ROLES: dict[str, frozenset[str]] = {
    "VENUE_ADMIN": frozenset(set(PERMISSIONS) - {"storefront:read", "platform:admin"}),
    "BOX_OFFICE": frozenset(_STAFF | {"customers:write", "sales:write"}),
    "MARKETING": frozenset(_STAFF | {"customers:write", "imports:write"}),
    "PROMOTER": frozenset({"venue:read", "catalogue:read"}),
}
# What a partner's key may be given; a publishable key has storefront:read and nothing else.
KEY_SCOPES = sorted(set(PERMISSIONS) - {"storefront:read", "platform:admin", "keys:write", "venue:write"})


@dataclass(frozen=True, slots=True)
class Membership:
    """One venue the caller may enter, and as what. Organisations None means the whole venue."""

    venue: UUID
    slug: str
    name: str
    currency: str
    time_zone: str
    role: str
    organisations: frozenset[UUID] | None = None
    promoter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking. `at` is the venue this request is about; None when there is none or several and no choice was made."""

    kind: Literal["ANONYMOUS", "PERSON", "KEY", "STOREFRONT"] = "ANONYMOUS"
    id: UUID | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    may: frozenset[str] = frozenset()
    at: Membership | None = None
    memberships: tuple[Membership, ...] = field(default=())
    token: str = field(default="", repr=False)
    address: str = ""
