"""What an answer is made of: offers, the ways to them, prices, limits, and the reasons for all that. Of slots, and not
frozen: an answer is made of dozens of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from tenants.shape import Choice

REASONS = {
    "PUBLIC": "Everybody may buy this ticket type.",
    "FLAG": "A flag of the customer's has a benefit for it that works here.",
    "PRESALE_OVERRIDE": "The benefit has a sale start of its own here.",
    "POOL_PRESALE": "A pool of the customer's has a sale start of its own here.",
    "POOL_DISCOUNT": "A pool of the customer's makes it cheaper.",
    "POOL_QUOTA": "A pool of the customer's says how many they may have, in place of the ordinary maximum.",
    "CAMPAIGN": "A campaign link lets the customer buy it, perhaps for less.",
    "NOT_ON_SALE": "The performance or product is announced, paused, cancelled, or still being set up.",
    "NOT_STARTED": "Its sale has not started for the customer.",
    "ENDED": "Its sale has ended, or the performance is over.",
    "SOLD_OUT": "All tickets are gone.",
    "LIMIT_REACHED": "The customer has as many tickets here as they may.",
    "BENEFIT_USED_UP": "The benefit is used up.",
    "ALLOTMENT_USED_UP": "What was set aside for the pool is sold, so that its terms no longer hold.",
    "CAMPAIGN_USED_UP": "The campaign link is used up, in all or for the customer.",
    "CAMPAIGN_ENDED": "The campaign link has ended.",
    "NOT_COUPLED": "The customer has a flag with a benefit for it, but the flag is not coupled to the performance or product.",
    "NOT_LOGGED_IN": "It is restricted, and nobody is signed in.",
    "NO_RIGHT": "It is restricted, and the customer has no right to it.",
}
LIMITS = {
    "CAPACITY": "How many tickets there are.",
    "CUSTOMER": "How many a customer may have.",
    "ORDER": "How many an order may hold.",
}
WAYS = {
    "PUBLIC": "Everybody's, to a ticket type that is not restricted.",
    "POOL": "The sale start of a pool.",
    "BENEFIT": "A benefit of a flag.",
    "CAMPAIGN": "A campaign link.",
}
LIMIT = Choice("EligibilityLimitKind", LIMITS, "What limits how much is bought.")
WAY = Choice("EligibilityWayKind", WAYS, "How a customer comes to a ticket type.")
REASON = Choice("OfferReason", REASONS, "Why something can be bought, or cannot.")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Reason(NamedTuple):
    """A reason, and what it is about."""

    code: str
    flag: UUID | None = None
    benefit: UUID | None = None
    assignment: UUID | None = None
    pool: UUID | None = None
    terms: UUID | None = None
    campaign: UUID | None = None


@dataclass(slots=True)
class Route:
    """A way to a ticket type: from when until when, how many are left on it (None: no limit of its own), and the right that it is
    by (None: everybody's)."""

    kind: Literal["PUBLIC", "POOL", "BENEFIT", "CAMPAIGN"]
    starts_at: datetime | None
    ends_at: datetime | None
    left: int | None
    right: Any = None

    @property
    def by(self) -> Reason:
        """The right as a reason."""
        right = self.right
        if self.kind == "POOL":
            return Reason("POOL_PRESALE", pool=right.pool, terms=right.id)
        if self.kind == "BENEFIT":
            return Reason("FLAG", right.flag, right.id, right.assignment)
        return Reason("CAMPAIGN", campaign=right.id) if self.kind == "CAMPAIGN" else Reason("PUBLIC")

    def opens_by(self, at: datetime) -> bool:
        """Whether it has started, has not ended, and something is left on it."""
        return (self.starts_at or LONG_AGO) <= at and (self.ends_at is None or at < self.ends_at) and self.left != 0


class Limit(NamedTuple):
    """How many tickets there may be at most of something, how many there are, and the pool that says so (None: the place)."""

    kind: str
    limit: int | None
    used: int
    by: Reason | None

    @property
    def left(self) -> int:
        """How many more."""
        return max(0, (self.limit or 0) - self.used)


@dataclass(slots=True)
class LevelPrice:
    """What one ticket costs at a price level: now, `before` any right of the customer's, and the fee on top. `most`: how many can
    be had at this price (None: no limit of its own). `by` says which right made it cheaper."""

    level: str
    amount: int
    before: int
    fee: int
    most: int | None
    by: Reason | None


Why = Callable[["Offer"], list[Reason]]


@dataclass(slots=True)
class Offer:
    """A ticket type. `starts_at`: from when it can be bought, by the earliest route on which something is left; None: at once or
    never. `most`: how many can be bought now (None: no limit). Without routes the customer has no right to it. What speaks `pro`
    it and `contra` is only reckoned for who asks."""

    ticket_type: UUID
    sellable: bool
    starts_at: datetime | None
    prices: list[LevelPrice]
    most: int | None
    routes: list[Route]
    pro: Why
    contra: Why

    @property
    def reasons(self) -> list[Reason]:
        """All that speaks for it, then all that speaks against it."""
        return self.pro(self) + self.contra(self)
