"""The answers: what a place offers, to the shop and to staff, and a customer's own offers page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tenants.eligibility.parts import Offer
from tenants.eligibility.rule import offers
from tenants.eligibility.wallet import WalletBenefit, places, wallet
from tenants.eligibility.world import TicketTypeShown, World, world

# What the shop is told when something cannot be bought. What names a right the customer lacks stays inside the house (D43).
TOLD_TO_SHOPS = frozenset(
    ["NOT_ON_SALE", "NOT_STARTED", "ENDED", "SOLD_OUT", "LIMIT_REACHED", "BENEFIT_USED_UP", "CAMPAIGN_USED_UP", "CAMPAIGN_ENDED"]
)


@dataclass(frozen=True)
class Answer:
    """What a place offers to a customer or to anybody, at a moment; ticket types in the order of the house's lists."""

    world: World
    offers: Sequence[Offer]
    types: dict[UUID, TicketTypeShown]


async def ask(
    kind: Literal["PERFORMANCE", "PRODUCT"],
    place: UUID,
    customer: UUID | None = None,
    *,
    at: datetime | None = None,
    campaign: UUID | None = None,
) -> Answer | None:
    """See eligibility.world; None when the caller sees no such place."""
    around = await world(kind, place, customer, at=at, campaign=campaign)
    return Answer(around, offers(around), {each.id: each for each in around.types}) if around else None


def shown(answer: Answer) -> list[Offer]:
    """What the shop shows: without the ticket types the customer has no right to (D43)."""
    return [offer for offer in answer.offers if offer.routes]


def told(offer: Offer) -> list[str]:
    """Why the shop cannot sell it now, each reason once."""
    return [] if offer.sellable else list(dict.fromkeys([r.code for r in offer.contra(offer) if r.code in TOLD_TO_SHOPS]))


async def own_benefits(customer: UUID) -> list[tuple[WalletBenefit, list[UUID]]]:
    """The customer's benefits with uses left, and the ids of the performances and products where each works (D42)."""
    left = [each for each in await wallet(customer, of_staff=False) if each.tickets_left > 0 or _begun(each)]
    works: dict[Any, list[UUID]] = await places(left) if left else {}
    return [(each, works[each.assignment_id, each.benefit_id]) for each in left]


def _begun(benefit: WalletBenefit) -> bool:
    """Whether something is left where it was used already, though it can be used on no other performance."""
    return any(benefit.left_at(use.place) > 0 for use in benefit.uses if use.place)
