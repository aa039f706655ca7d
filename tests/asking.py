"""Asks a contract a question as the gateway would, without HTTP: one scope, one caller, one execution."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import strawberry

from resolvers import contracts
from resolvers.loaders import Loaders
from tenants import tenancy, texts
from tenants.errors import Refusal
from tenants.permissions import OF_CUSTOMERS, ROLES, Caller, Membership
from tenants.venues import Venue


@dataclass
class Asked:
    """What resolvers see as `info.context`."""

    caller: Caller
    load: Loaders = field(default_factory=Loaders)
    answered: tuple[str, ...] = ()
    watched: dict[Any, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The data, and of each error its code and path."""

    data: Any
    errors: list[tuple[str, str]]


def caller_at(
    venue: Venue,
    role: str = "VENUE_ADMIN",
    *,
    organisations: Any = None,
    promoter: Any = None,
    may: set[str] | None = None,
) -> Caller:
    """A person with a role at a venue; with `may`, a key with these permissions."""
    belongs = frozenset(o.id for o in organisations) if organisations is not None else None
    at = Membership(
        venue.id,
        venue.slug,
        venue.name,
        venue.currency,
        venue.time_zone,
        tuple(venue.languages),
        role,
        belongs,
        promoter.id if promoter else None,
    )
    kind: Any = "PERSON" if may is None else "KEY"
    return Caller(kind, uuid4(), may=frozenset(may) if may is not None else ROLES[role], at=at, memberships=(at,))


def shopper_at(venue: Venue) -> Caller:
    """Anybody who looks at the venue's shop."""
    at = Membership(venue.id, venue.slug, venue.name, venue.currency, venue.time_zone, tuple(venue.languages), "KEY")
    return Caller("STOREFRONT", uuid4(), may=frozenset({"storefront:read"}), at=at, memberships=(at,))


async def ask(caller: Caller, query: str, *, language: str | None = None, **variables: Any) -> Answer:
    """The answer of the caller's contract, in a shop in this language. Any error but a refusal is raised."""
    public = caller.kind == "STOREFRONT"
    public |= caller.kind == "CUSTOMER"
    contract: strawberry.Schema = contracts.storefront if public else contracts.graphql
    assert caller.at
    async with tenancy.scope(
        caller.at.venue,
        readonly=True,
        organisations=caller.at.organisations,
        promoter=caller.at.promoter,
        public=public,
        languages=texts.in_order(language, caller.at.languages) if public else ("",),
    ):
        tenancy.current().customer = caller.at.customer
        result = await contract.execute(query, variable_values=variables, context_value=Asked(caller))
    errors = []
    for error in result.errors or []:
        cause = error.original_error
        if not isinstance(cause, Refusal):
            raise cause or error
        errors.append((cause.code, ".".join(map(str, error.path or []))))
    return Answer(result.data, errors)


def gid(row: Any) -> str:
    """A row's id as clients see it."""
    return f"{type(row).__name__}_{row.id.hex}"


def customer_at(venue: Venue, customer: Any, *, organisations: Any = None) -> Caller:
    """A customer who is signed in to the venue's shop."""
    belongs = frozenset(o.id for o in organisations) if organisations is not None else None
    shop = shopper_at(venue).at
    assert shop
    at = replace(shop, role="CUSTOMER", organisations=belongs, customer=customer.id)
    return Caller("CUSTOMER", customer.id, may=OF_CUSTOMERS, at=at, memberships=(at,))
