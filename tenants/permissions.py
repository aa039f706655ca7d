"""Who may do what: the permissions, what each role holds, and the caller every request is answered for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tenants.errors import Refusal
from tenants.shape import Choice

PERMISSIONS: dict[str, str] = {
    "self:read": "See who you are and which venues you may enter. Everybody who is known has it.",
    "self:write": "Sign out, change your own name and language. Every person has it.",
    "venue:read": "See the venue's own settings.",
    "venue:write": "Change the venue's own settings and its organisations.",
    "catalogue:read": "See seasons, productions, performances, halls, ticket types and prices.",
    "catalogue:write": "Create and change them.",
    "customers:read": "Find customers and see their data.",
    "customers:write": "Create and change customers, and sign them out.",
    "customers:signin": "Sign customers in to the venue's shop. For the server of a shop that has checked who they are.",
    "sales:read": "See orders and tickets.",
    "sales:write": "Create and change orders and tickets.",
    "flags:read": "See flags, pools, attributes and campaign links, and which customers are in them.",
    "flags:assign": "Give customers flags and attributes, put them in pools, and take them out.",
    "flags:write": "Create and change flags, benefits, rules, pools, attributes and campaign links.",
    "imports:write": "Plan and apply imports of files.",
    "documents:write": "See, register and remove the documents that the venue's programs are trusted with.",
    "jobs:read": "Follow background jobs.",
    "audit:read": "Read the venue's audit log: who did what, and when.",
    "keys:write": "Create and revoke the venue's keys.",
    "people:read": "See who may enter the venue.",
    "people:write": "Let people in, change what they are here, and end it.",
    "support:write": "Let a platform admin in for a while, and end it.",
    "storefront:read": "See what the venue's shop shows to everybody.",
    "customer:self": "See your own data and orders as a customer, and change what is yours.",
    "platform:admin": "Create venues, and ask them for support access. Sees no venue's rows without it.",
}

Kind = Literal["ANONYMOUS", "PERSON", "KEY", "STOREFRONT", "CUSTOMER"]
# Whatever the role or the scopes: what a person may who has signed in, and what every key may.
OF_PERSONS = frozenset({"self:read", "self:write"})
OF_KEYS = frozenset({"self:read", "storefront:read"})
OF_CUSTOMERS = frozenset({"storefront:read", "customer:self"})
_OF_VENUES = frozenset(PERMISSIONS) - OF_PERSONS - OF_KEYS - OF_CUSTOMERS - {"platform:admin"}

_STAFF = {"venue:read", "catalogue:read", "customers:read", "sales:read", "flags:read", "flags:assign", "jobs:read"}
ROLES: dict[str, frozenset[str]] = {
    "VENUE_ADMIN": _OF_VENUES - {"customers:signin"},  # nobody acts in a customer's name, programs of the shop apart
    "BOX_OFFICE": frozenset(_STAFF | {"customers:write", "sales:write"}),
    "MARKETING": frozenset(_STAFF | {"customers:write", "flags:write", "imports:write"}),
    "PROMOTER": frozenset({"venue:read", "catalogue:read"}),
    # All but what would let somebody in beyond the end.
    "SUPPORT": _OF_VENUES - {"customers:signin", "people:write", "keys:write", "support:write"},
}
GIVEN_ROLES = [role for role in ROLES if role != "SUPPORT"]  # which has a way of its own, tenants.support
ROLE_DESCRIPTIONS = {
    "VENUE_ADMIN": "Runs the venue here: everything, with its settings, people and keys.",
    "BOX_OFFICE": "Sells and serves customers.",
    "MARKETING": "Looks after customers, their flags and pools, campaigns and imports.",
    "PROMOTER": "Somebody who rents the hall: sees their own performances.",
    "SUPPORT": "A platform admin whom the venue has let in for a while: all that a venue admin may, but for letting others in.",
    "KEY": "No person but a key.",
    "CUSTOMER": "A customer who is signed in to the venue's shop.",
}
ROLE = Choice("Role", ROLE_DESCRIPTIONS, "As what somebody enters a venue.")
# What a partner's key may be given. A publishable key is given nothing beyond what every key may.
KEY_SCOPES = sorted(_OF_VENUES - {"keys:write", "venue:write", "people:read", "people:write", "support:write"})


@dataclass(frozen=True, slots=True)
class Membership:
    """One venue the caller may enter, and as what, until when. Organisations None means the whole venue; `origins` are the web
    addresses its shop may call from, `trusted_only` whether it may ask with registered documents only, `grant` the id of what
    lets a person in."""

    venue: UUID
    slug: str
    name: str
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    role: str
    organisations: frozenset[UUID] | None = None
    promoter: UUID | None = None
    customer: UUID | None = None  # who is signed in to the venue's shop
    origins: frozenset[str] = frozenset()
    trusted_only: bool = False
    ends_at: datetime | None = None
    grant: UUID | None = None


def membership_of(row: Any) -> Membership:
    """What a row of sessions.holder() says about one venue."""
    return membership(row, row["role"], promoter=row["promoter_id"], ends_at=row["grant_ends_at"], grant=row["grant_id"])


def membership(row: Any, role: str, **more: Any) -> Membership:
    """What a row of sessions.holder(), keys.holder() or customer_tokens.holder() says about one venue; `more` is of it."""
    return Membership(
        venue=row["tenant_id"],
        slug=row["slug"],
        name=row["venue_name"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        languages=tuple(row["languages"]),
        role=role,
        organisations=frozenset(row["organisation_ids"]) or None,
        origins=frozenset(row["allowed_origins"]),
        trusted_only=row.get("trusted_documents_only", False),
        **more,
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking. `at` is the venue this request is about; None when there is none or several and no choice was made. A
    customer has no name here: what is personal stays behind the wall."""

    kind: Kind = "ANONYMOUS"
    id: UUID | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    may: frozenset[str] = frozenset()
    at: Membership | None = None
    memberships: tuple[Membership, ...] = field(default=())
    session: UUID | None = None
    address: str = ""
    client: str = ""

    @property
    def writes(self) -> bool:
        """Whether it may change anything of a venue's."""
        return any(permission.endswith(":write") for permission in self.may - OF_PERSONS)

    @property
    def trusted_only(self) -> bool:
        """Whether it asks for a shop that may do so with registered documents only."""
        return self.kind not in ("ANONYMOUS", "PERSON", "KEY") and self.at is not None and self.at.trusted_only


def require(caller: Caller, needs: str | None) -> None:
    """Raise UNAUTHENTICATED or FORBIDDEN unless the caller has the permission."""
    if needs is None or needs in caller.may:
        return
    if caller.kind == "ANONYMOUS":
        raise Refusal("UNAUTHENTICATED", "Sign in, or send a key, in the Authorization header.")
    raise Refusal("FORBIDDEN", f"You need the permission `{needs}` for this.")
