"""By which right and at what price a line of a purchase is bought. Pure: from a world, and the lines that were chosen before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from tenants.eligibility.parts import LevelPrice, Offer, Reason, Route
from tenants.eligibility.rule import limits, offers
from tenants.eligibility.world import BenefitHeld, World
from tenants.errors import Refusal
from tenants.shape import Doc, Of

MOST_TICKETS = 500
SENTENCES = {
    "NOT_ON_SALE": "It is not on sale.",
    "NOT_STARTED": "Its sale has not started yet.",
    "ENDED": "Its sale has ended.",
    "SOLD_OUT": "There are fewer tickets left than that.",
    "LIMIT_REACHED": "That is more than the customer, or one order, may have here.",
    "BENEFIT_USED_UP": "There is less left of the benefit than that.",
    "ALLOTMENT_USED_UP": "There is less left of what was set aside for the pool than that.",
    "CAMPAIGN_USED_UP": "There is less left of the campaign than that.",
    "CAMPAIGN_ENDED": "The campaign has ended.",
    "NO_RIGHT": "The customer has no right to this ticket type here, or not by the right that was named.",
}


@dataclass(frozen=True)
class PurchaseLine:
    """Tickets of one kind, or subscriptions or memberships, that somebody wants to buy."""

    ticket_type_id: Annotated[UUID, Of("TicketType"), Doc("The kind of ticket.")]
    quantity: Annotated[int, Doc(f"How many, 1 to {MOST_TICKETS}.")]
    performance_id: Annotated[UUID | None, Of("Performance"), Doc("What they are for.")] = None
    product_id: Annotated[UUID | None, Of("Product"), Doc("The subscription or membership, in place of a performance.")] = None
    price_level: Annotated[str | None, Doc("The price level; may be left out where the ticket type has one price.")] = None
    benefit_id: Annotated[
        UUID | None,
        Of("Benefit"),
        Doc("The benefit to use, where several let the customer buy it; else the one that expires soonest is used."),
    ] = None

    @property
    def place(self) -> tuple[Literal["PERFORMANCE", "PRODUCT"], UUID]:
        """What it is for. Raises REQUIRED unless that is one of the two."""
        if self.performance_id and not self.product_id:
            return "PERFORMANCE", self.performance_id
        if self.product_id and not self.performance_id:
            return "PRODUCT", self.product_id
        raise Refusal("REQUIRED", "Name a performance or a product, one of them.", field=["performanceId"])


@dataclass(frozen=True)
class StaffPurchaseLine(PurchaseLine):
    """Tickets of one kind, or subscriptions or memberships, that somebody wants to buy."""

    pool_id: Annotated[
        UUID | None,
        Of("Pool"),
        Doc("A pool of the customer's that they are bought as one of, so that they count against its allotment."),
    ] = None
    campaign_link_id: Annotated[UUID | None, Of("CampaignLink"), Doc("A campaign that is open to the customer, to buy by.")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line with its price (minor units, for one ticket) and the rights it uses. `own`: how many the customer may have at its
    place; `allotment`: how many there are under the terms of the pool that are used. None: no limit."""

    line: PurchaseLine
    price: LevelPrice
    benefit: UUID | None
    assignment: UUID | None
    pool: UUID | None
    campaign: UUID | None
    personal: UUID | None
    own: int | None
    allotment: int | None


def choose(world: World, line: PurchaseLine) -> Chosen:
    """How a line is bought in this world. Raises a Refusal that says why it cannot."""
    if not 1 <= line.quantity <= MOST_TICKETS:
        raise Refusal("INVALID_VALUE", f"Buy 1 to {MOST_TICKETS} tickets.", field=["quantity"])
    offer = next((o for o in offers(_priced_as_named(world, line)) if o.ticket_type == line.ticket_type_id), None)
    if offer is None or not offer.routes:
        raise _refused("NO_RIGHT", "ticketTypeId")
    price = _price(offer, line.price_level)
    if not offer.sellable:
        raise _refused(next((r.code for r in offer.reasons if r.code in SENTENCES), "NO_RIGHT"), "ticketTypeId")
    own = _within(world, line.quantity)
    counted = getattr(line, "pool_id", None) or _limited(world, price)
    way = _way(world, offer, price, line, counted)
    if price.by and price.most is not None and price.most < line.quantity:
        raise _refused("ALLOTMENT_USED_UP" if price.by.pool else "CAMPAIGN_USED_UP", "quantity")
    pool = counted or way.by.pool or (price.by and price.by.pool)
    campaign = getattr(line, "campaign_link_id", None) or (price.by and price.by.campaign) or way.by.campaign
    personal = next((c.personal for c in world.campaigns if c.id == campaign), None)
    allotment = _allotment(world, pool, (price.by, way.by))
    return Chosen(line, price, way.by.benefit, way.by.assignment, pool, campaign, personal, own, allotment)


def taken(worlds: Mapping[UUID, World], chosen: Chosen) -> dict[UUID, World]:
    """The worlds of a purchase, by place, once this line has been bought: what its next line is chosen in. A benefit or
    a campaign that works at several places has less left at all of them."""
    _, place = chosen.line.place
    begins = not any(b.used_here > 0 for b in worlds[place].benefits if _used(b, chosen))
    return {each: _after(world, chosen, each == place, begins) for each, world in worlds.items()}


def _used(benefit: BenefitHeld, chosen: Chosen) -> bool:
    return (benefit.id, benefit.assignment) == (chosen.benefit, chosen.assignment)


def _after(world: World, chosen: Chosen, here: bool, begins: bool) -> World:
    """The world once a line was bought `here`, or at another place; `begins`: its benefit was not used at that place before."""
    n = chosen.line.quantity
    at_it = n if here else 0
    benefits = [
        replace(b, used=b.used + n, used_here=b.used_here + at_it, used_performances=b.used_performances + begins)
        if _used(b, chosen)
        else b
        for b in world.benefits
    ]
    campaigns = [
        replace(c, used=c.used + n, used_by_customer=c.used_by_customer + n, personal_used=c.personal_used + n)
        if c.id == chosen.campaign
        else c
        for c in world.campaigns
    ]
    return replace(
        world,
        sold=world.sold + at_it,
        bought=world.bought + at_it,
        chosen=world.chosen + at_it,
        benefits=tuple(benefits),
        terms=tuple(replace(t, used=t.used + at_it) if t.pool == chosen.pool else t for t in world.terms),
        campaigns=tuple(campaigns),
    )


def _priced_as_named(world: World, line: PurchaseLine) -> World:
    """The world in which no other pool, or campaign, than the one that is named makes it cheaper: only that one is counted."""
    pool, campaign = getattr(line, "pool_id", None), getattr(line, "campaign_link_id", None)
    others = {t.id for t in world.terms if pool and t.pool != pool}
    others |= {c.id for c in world.campaigns if campaign and c.id != campaign}
    return replace(world, discounts=tuple([d for d in world.discounts if d.owner not in others])) if others else world


def _limited(world: World, price: LevelPrice) -> UUID | None:
    """The pool that makes it cheaper for so many and no more."""
    return price.by.pool if price.by and _allotment(world, price.by.pool, (price.by,)) is not None else None


def _allotment(world: World, pool: UUID | None, used: Iterable[Reason | None]) -> int | None:
    """The smallest of those terms of a pool that are used."""
    terms = {by.terms for by in used if by and by.terms}
    return min([t.allotment for t in world.terms if t.id in terms and t.pool == pool and t.allotment is not None], default=None)


def _price(offer: Offer, level: str | None) -> LevelPrice:
    found = [p for p in offer.prices if p.level == (level or "")] or (list(offer.prices) if level is None else [])
    if not found:
        raise Refusal("NOT_FOUND", "The ticket type has no price at this level here.", field=["priceLevel"])
    if len(found) > 1:
        levels = ", ".join(p.level for p in found)
        raise Refusal("REQUIRED", f"Name one of its price levels: {levels}.", field=["priceLevel"])
    return found[0]


def _within(world: World, quantity: int) -> int | None:
    """Hold it to what limits all ticket types together; answers how many the customer may have."""
    own = None
    for limit in limits(world):
        if limit.left < quantity:
            raise _refused("SOLD_OUT" if limit.kind == "CAPACITY" else "LIMIT_REACHED", "quantity")
        own = limit.limit if limit.kind == "CUSTOMER" else own
    return own


def _way(world: World, offer: Offer, price: LevelPrice, line: PurchaseLine, counted: UUID | None) -> Route:
    """The route it is bought by: the one that was named, else the campaign's that makes it cheaper, else the first that is open
    and has as many left. A line counts against one pool: where that is `counted`, no other's allotment opens the way."""
    pool, campaign = getattr(line, "pool_id", None), getattr(line, "campaign_link_id", None)
    ways = [r for r in offer.routes if r.opens_by(world.at)]
    if line.benefit_id:
        ways, about = _named(offer.routes, world, line.benefit_id, "benefit"), "benefitId"
    elif campaign:
        ways, about = _named(offer.routes, world, campaign, "campaign"), "campaignLinkId"
    else:
        ways.sort(key=lambda r: not (price.by and price.by.campaign and r.by.campaign == price.by.campaign))
        about = "quantity"
    if pool and not any(t.pool == pool and (t.allotment is None or t.allotment - t.used >= line.quantity) for t in world.terms):
        held = any(t.pool == pool for t in world.terms)
        raise _refused("ALLOTMENT_USED_UP" if held else "NO_RIGHT", "poolId")
    if ways and not (ways := [r for r in ways if r.kind != "POOL" or r.left is None or counted in (None, r.by.pool)]):
        raise _refused("NOT_STARTED", "ticketTypeId")
    for way in ways:
        if way.left is None or way.left >= line.quantity:
            return way
    raise _refused(_USED_UP[ways[0].kind] if ways else "NO_RIGHT", about)


_USED_UP: dict[str, str] = {"BENEFIT": "BENEFIT_USED_UP", "CAMPAIGN": "CAMPAIGN_USED_UP", "POOL": "ALLOTMENT_USED_UP"}


def _named(routes: Iterable[Route], world: World, row: UUID, kind: str) -> list[Route]:
    """The open routes by this right. Raises a Refusal where it is used up or not open."""
    theirs = [r for r in routes if getattr(r.by, kind) == row]
    open_now = [r for r in theirs if r.opens_by(world.at)]
    if theirs and not open_now:
        raise _refused(_closed(theirs[0], world.at), f"{kind}Id" if kind == "benefit" else "campaignLinkId")
    return open_now


def _closed(route: Route, at: datetime) -> str:
    if route.left == 0:
        return _USED_UP[route.kind]
    if route.starts_at and route.starts_at > at:
        return "NOT_STARTED"
    return "CAMPAIGN_ENDED" if route.kind == "CAMPAIGN" else "ENDED"


def _refused(code: str, field: str) -> Refusal:
    return Refusal(code, SENTENCES[code], field=[field])
