"""What an answer rests on: one performance or product, its prices, and the rights of one customer or of nobody known. One
statement reads all of it, from the whole venue (Requirement D54). Of slots, and not frozen:
an answer rests on dozens of them, and frozen ones are made half as fast."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from tenants import tenancy
from tenants.catalogue import TicketType
from tenants.eligibility.statement import WORLD
from tenants.organisations import visible
from tenants.sql import sql


@dataclass(slots=True)
class Price:
    """What a ticket type costs at a price level ('' where there are none), in minor units."""

    ticket_type: UUID
    level: str
    amount: int
    fee: int
    restricted: bool


@dataclass(slots=True)
class TicketTypeShown:
    """A ticket type that is priced there, as the shop shows it: an answer may name one that the catalogue does not (D43).
    `texts` are as tenants.texts.stored() takes them."""

    record: ClassVar = TicketType

    id: UUID
    name: str
    texts: Any
    position: int


@dataclass(slots=True)
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


@dataclass(slots=True)
class TermsHeld:
    """What a pool the customer is in gives here; `used` counts the tickets that customers of the pool bought here as such."""

    id: UUID
    pool: UUID
    sale_starts_at: datetime | None
    most: int | None
    most_per: str
    allotment: int | None
    used: int


@dataclass(slots=True)
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


@dataclass(slots=True)
class DiscountGiven:
    """What a ticket type (None: each) costs under terms or a campaign link (`owner`)."""

    owner: UUID
    ticket_type: UUID | None
    basis_points: int | None
    amount: int | None
    price: int | None


@dataclass(slots=True)
class World:
    """All of it. `at` is the moment that is asked about, `over_at` when the performance is over; `sold` are the tickets that are
    gone, `bought` those of them that are the customer's, and `chosen` those that an order on its way has already.
    `lapsed`: somewhere in the venue something is held longer than it was to be, and was not given back yet."""

    kind: Literal["PERFORMANCE", "PRODUCT"]
    id: UUID
    customer: UUID | None
    at: datetime
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
    seen = visible("performances" if kind == "PERFORMANCE" else "products", "p")
    row = await tenancy.fetch_one(sql(WORLD[kind], place_id=place, customer=customer, campaign=campaign, at=at, seen=seen))
    if row is None:
        return None
    prices, benefits, terms, campaigns, uses, own, counted, lapsed, lapsed_lines = row[-9:]
    used, taken = _used(uses, place), dict(counted)
    parts: list[Any] = [
        taken.get(None, 0) - sum([tickets for here, _, _, tickets in lapsed_lines if here]),
        sum([tickets for here, _, _, tickets in own if here]),
        lapsed,
        tuple({each[0]: TicketTypeShown(each[0], *each[5:]) for each in prices}.values()),
        tuple([Price(*each[:5]) for each in prices]),
        tuple([BenefitHeld(*each, *used.get((each[2], each[0]), _NOTHING_USED)) for each in benefits]),
        tuple([_terms(each, taken, lapsed_lines) for each in terms]),
        tuple([_campaign(each, own, lapsed_lines) for each in campaigns]),
        tuple([DiscountGiven(owner[0], *each) for owner in (*terms, *campaigns) for each in owner[-1]]),
    ]
    return World(kind, place, customer, *row[:-9], *parts)


_NOTHING_USED = (0, 0, 0)
# Tickets of the customer's own, or lapsed ones: whether they are for this place, the campaign link, the personal link or the
# pool, and how many they are.
_Line = tuple[bool | None, UUID | None, UUID | None, int]


def _used(lines: Iterable[tuple[UUID, UUID, UUID, int]], here: UUID) -> dict[tuple[UUID, UUID], tuple[int, ...]]:
    """By assignment and benefit: the tickets here, the tickets in all, and the places of tickets."""
    places: dict[tuple[UUID, UUID], dict[UUID, int]] = {}
    for assignment, benefit, place, tickets in lines:
        at = places.setdefault((assignment, benefit), {})
        at[place] = at.get(place, 0) + tickets
    return {
        key: (at.get(here, 0), sum(at.values()), len([tickets for tickets in at.values() if tickets > 0]))
        for key, at in places.items()
    }


def _terms(row: Any, taken: Mapping[UUID | None, int], lapsed: Iterable[_Line]) -> TermsHeld:
    its, pool, starts_at, most, most_per, allotment, _ = row
    gone = sum([tickets for here, _, of, tickets in lapsed if here and of == pool])
    return TermsHeld(its, pool, starts_at, most, most_per, allotment, taken.get(pool, 0) - gone)


def _campaign(row: Any, own: Iterable[_Line], lapsed: Iterable[_Line]) -> CampaignOpen:
    its, starts_at, ends_at, most, most_per_customer, personal, personal_most, used, _ = row
    gone = sum([tickets for _, link, _, tickets in lapsed if link == its])
    mine = sum([tickets for _, link, _, tickets in own if link == its])
    by_own = sum([tickets for _, _, link, tickets in own if link and link == personal])
    return CampaignOpen(
        its, starts_at, ends_at, most, (used or 0) - gone, most_per_customer, mine, personal, personal_most, by_own
    )
