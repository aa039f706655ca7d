"""What an answer rests on: one performance or product, its prices, and the rights of one customer or of nobody known. One
statement reads all of it, from the whole venue (Requirement D54)."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from tenants import tenancy
from tenants.assignments import day_of, standing
from tenants.catalogue import TicketType
from tenants.eligibility.statement import LAPSED, OF_PERFORMANCE, OF_PRODUCT, WORLD
from tenants.organisations import visible
from tenants.sql import sql


@dataclass(frozen=True, slots=True)
class Price:
    """What a ticket type costs at a price level ('' where there are none), in minor units."""

    ticket_type: UUID
    level: str
    amount: int
    fee: int
    restricted: bool


@dataclass(frozen=True, slots=True)
class TicketTypeShown:
    """A ticket type that is priced there, as the shop shows it: an answer may name one that the catalogue does not (D43)."""

    record = TicketType

    id: UUID
    name: str
    texts: dict[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class BenefitHeld:
    """A benefit of a flag the customer has, and what was used of it under this assignment: tickets here, tickets in all, and how
    many performances (or products). `coupled`: it works here; `starts_at`: with a start of its own (P4)."""

    id: UUID
    flag: UUID
    assignment: UUID
    expires_on: date | None
    ticket_type: UUID
    most_performances: int | None
    most_tickets: int
    tickets_per: str
    coupled: bool
    starts_at: datetime | None
    used_here: int
    used: int
    used_performances: int


@dataclass(frozen=True, slots=True)
class TermsHeld:
    """What a pool the customer is in gives here; `used` counts the tickets that customers of the pool bought here as such."""

    id: UUID
    pool: UUID
    sale_starts_at: datetime | None
    most: int | None
    most_per: str
    allotment: int | None
    used: int


@dataclass(frozen=True, slots=True)
class CampaignOpen:
    """A campaign link for this place that is open to the customer; `most` to `used_by_customer` are tickets. `personal` is the id
    of a personal link, with what it is good for and what was used of it."""

    id: UUID
    starts_at: datetime | None
    ends_at: datetime | None
    most: int | None
    used: int
    most_per_customer: int | None
    used_by_customer: int
    personal: UUID | None
    personal_most: int | None
    personal_used: int


@dataclass(frozen=True, slots=True)
class DiscountGiven:
    """What a ticket type (None: each) costs under terms or a campaign link (`owner`)."""

    owner: UUID
    ticket_type: UUID | None
    basis_points: int | None
    amount: int | None
    price: int | None


@dataclass(frozen=True)
class World:
    """All of it. `at` is the moment that is asked about, `over_at` when the performance is over; `sold` are the tickets that are
    gone, `bought` those of them that are the customer's, and `chosen` those that an order on its way has already.
    `lapsed`: somewhere in the venue something is held longer than it was to be, and was not given back yet."""

    kind: Literal["PERFORMANCE", "PRODUCT"]
    id: UUID
    at: datetime
    customer: UUID | None
    status: str
    over_at: datetime | None
    sale_starts_at: datetime | None
    sale_ends_at: datetime | None
    capacity: int | None
    max_per_order: int | None
    max_per_customer: int | None
    sold: int
    bought: int
    lapsed: bool
    types: tuple[TicketTypeShown, ...]
    prices: tuple[Price, ...]
    benefits: tuple[BenefitHeld, ...]
    terms: tuple[TermsHeld, ...]
    campaigns: tuple[CampaignOpen, ...]
    discounts: tuple[DiscountGiven, ...]
    chosen: int = 0


_PARTS: dict[str, Any] = {
    "types": TicketTypeShown,
    "prices": Price,
    "benefits": BenefitHeld,
    "terms": TermsHeld,
    "campaigns": CampaignOpen,
    "discounts": DiscountGiven,
}


async def world(
    kind: Literal["PERFORMANCE", "PRODUCT"],
    place: UUID,
    customer: UUID | None = None,
    *,
    at: datetime | None = None,
    campaign: UUID | None = None,
) -> World | None:
    """The world around a performance or product that the caller sees, for a customer or for nobody known, at a moment (None:
    now). `campaign` is a link the customer came by. None when the caller sees no such place."""
    of, table = (OF_PERFORMANCE, "performances") if kind == "PERFORMANCE" else (OF_PRODUCT, "products")
    moment = sql("coalesce({at}::timestamptz, now())", at=at)
    row = await tenancy.fetch_one(
        sql(
            WORLD,
            **{name: sql(text) for name, text in of.items()},
            place_id=place,
            customer=customer,
            campaign=campaign,
            moment=moment,
            seen=visible(table, "p"),
            standing=standing("a", day_of(moment)),
            lapsed=sql(LAPSED),
        )
    )
    if row is None:
        return None
    parts: dict[str, Any] = {name: tuple(_part(part, each) for each in orjson.loads(row[name])) for name, part in _PARTS.items()}
    plain: dict[str, Any] = {f.name: row[f.name] for f in fields(World) if f.name not in (*parts, "kind", "customer", "chosen")}
    return World(kind=kind, customer=customer, **plain, **parts)


def _part(shape: Any, given: dict[str, Any]) -> Any:
    return shape(*(_READ[f.type](given[f.name]) for f in fields(shape)))


def _or_none(read: Any) -> Any:
    return lambda value: None if value is None else read(value)


_READ: dict[Any, Any] = {
    UUID: UUID,
    UUID | None: _or_none(UUID),
    datetime | None: _or_none(datetime.fromisoformat),
    date | None: _or_none(date.fromisoformat),
    **dict.fromkeys([int, int | None, str, bool], lambda value: value),
    dict[str, str]: lambda value: value,
}
