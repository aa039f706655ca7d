"""The rule: from a world, for every ticket type that is priced there, whether it can be bought, from when, at what price and how
many, and why. Pure: it reads nothing but the world.

A customer comes to a ticket type by routes: everybody's to a public one, a pool's own sale start, a benefit, a campaign link.
Where rights meet, the earliest start, the lowest price and the highest quota hold, and are never added up (Requirement D46).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tenants.discounts import reckoned
from tenants.eligibility.parts import LONG_AGO, LevelPrice, Limit, Offer, Reason, Route
from tenants.eligibility.world import BenefitHeld, CampaignOpen, Price, TermsHeld, World


@dataclass(frozen=True, slots=True)
class _Here:
    """What is the same for all ticket types: why nothing is sold (None: it is), what limits all together and how many are left by
    that, the terms under which something is left, and the benefits, those that expire soonest first."""

    world: World
    stopped: str | None
    bounds: list[Limit]
    most: int | None
    holding: list[TermsHeld]
    benefits: list[BenefitHeld]


def offers(world: World) -> list[Offer]:
    """All ticket types that are priced there, in the order of the house's lists."""
    types: dict[UUID, list[Price]] = {each.id: [] for each in world.types}
    for price in world.prices:
        types[price.ticket_type].append(price)
    bounds = limits(world)
    benefits = sorted(world.benefits, key=_soonest)
    here = _Here(world, _stopped(world), bounds, _least([limit.left for limit in bounds]), _holding(world), benefits)
    return [_offer(here, prices) for prices in types.values()]


def left_of(benefit: BenefitHeld) -> int:
    """How many tickets are left of a benefit, at the place of its world."""
    limit = benefit.most_performances
    if limit is not None and benefit.used_here <= 0 and benefit.used_performances >= limit:
        return 0
    used = benefit.used_here if benefit.tickets_per == "PERFORMANCE" else benefit.used
    return max(0, benefit.most_tickets - used)


def _offer(here: _Here, prices: list[Price]) -> Offer:
    """Of the routes, `live` are those on which something is left, now or later, and `ways` those that are open now. Before the
    sale starts, prices are those of the moment at which it will."""
    world, ticket_type = here.world, prices[0].ticket_type
    routes = _routes(here, ticket_type, prices[0].restricted)
    live = [r for r in routes if r.left != 0 and (r.ends_at is None or r.ends_at > world.at)]
    ways = [r for r in live if r.starts_at is None or r.starts_at <= world.at]
    first = min([r.starts_at or LONG_AGO for r in live], default=LONG_AGO)
    usable = ways or [r for r in live if r.opens_by(first)]
    buyable = _least([here.most, _highest(usable)])
    shown = tuple([_priced(here, price, usable, buyable) for price in sorted(prices, key=_dearest)])
    return Offer(
        ticket_type,
        sellable=here.stopped is None and bool(ways) and buyable != 0,
        starts_at=None if first == LONG_AGO else first,
        prices=shown,
        most=buyable if here.stopped is None and ways else 0,
        routes=tuple(routes),
        reasons=(*_for(here, routes, live, shown), *_against(here, ticket_type, routes, not_started=bool(live) and not ways)),
    )


def _dearest(price: Price) -> tuple[str, int]:
    return price.level, -price.amount


def _stopped(world: World) -> str | None:
    """Why nothing at all is sold there."""
    if world.status != "ON_SALE":
        return "NOT_ON_SALE"
    over = [at for at in (world.over_at, world.sale_ends_at) if at is not None]
    return "ENDED" if over and world.at >= min(over) else None


def limits(world: World) -> list[Limit]:
    """What limits all ticket types together: the tickets there are, and what a customer may have and an order hold, by the pools'
    quotas where there are any, or else by the performance's own."""
    quotas = [t for t in _holding(world) if t.most is not None]
    each = max([t for t in quotas if t.most_per == "CUSTOMER"], key=_quota, default=None)
    order = max([t for t in quotas if t.most_per == "ORDER"], key=_quota, default=None)
    found = [
        Limit("CAPACITY", world.capacity, world.sold, None),
        Limit("CUSTOMER", each.most if each else world.max_per_customer, world.bought, _of_pool(each)),
        Limit("ORDER", order.most if order else world.max_per_order, world.chosen, _of_pool(order)),
    ]
    return [limit for limit in found if limit.limit is not None]


def _of_pool(terms: TermsHeld | None) -> Reason | None:
    return Reason("POOL_QUOTA", pool=terms.pool, terms=terms.id) if terms else None


def _quota(terms: TermsHeld) -> tuple[int, int]:
    return terms.most or 0, -terms.id.int


def _holding(world: World) -> list[TermsHeld]:
    """The terms under which something is left."""
    return [t for t in world.terms if _allotted(t) != 0]


def _allotted(terms: TermsHeld) -> int | None:
    return None if terms.allotment is None else max(0, terms.allotment - terms.used)


def _routes(here: _Here, ticket_type: UUID, restricted: bool) -> list[Route]:
    """All ways to a ticket type. Of benefits those that expire soonest come first: who names none uses that."""
    world, routes = here.world, []
    if not restricted:
        routes.append(Route("PUBLIC", world.sale_starts_at, None, None, Reason("PUBLIC")))
        for t in world.terms:
            if t.sale_starts_at is not None:
                by = Reason("POOL_PRESALE", pool=t.pool, terms=t.id)
                routes.append(Route("POOL", t.sale_starts_at, None, _allotted(t), by))
    for b in here.benefits:
        if b.coupled and b.ticket_type == ticket_type:
            by = Reason("FLAG", b.flag, b.id, b.assignment)
            routes.append(Route("BENEFIT", b.starts_at or world.sale_starts_at, None, left_of(b), by))
    for c in world.campaigns:
        if any(d.owner == c.id and d.ticket_type == ticket_type for d in world.discounts):
            by = Reason("CAMPAIGN", campaign=c.id)
            starts_at = c.starts_at or world.sale_starts_at
            routes.append(Route("CAMPAIGN", starts_at, c.ends_at, _left_of_link(c), by, c.personal))
    return routes


def _soonest(benefit: BenefitHeld) -> tuple[bool, date, UUID]:
    return benefit.expires_on is None, benefit.expires_on or date.max, benefit.id


def _left_of_link(c: CampaignOpen) -> int | None:
    limits = [(c.most, c.used), (c.most_per_customer, c.used_by_customer), (c.personal_most, c.personal_used)]
    return _least([None if most is None else max(0, most - used) for most, used in limits])


def _priced(here: _Here, price: Price, usable: list[Route], most: int | None) -> LevelPrice:
    """The lowest of the ordinary price, the pools' and those of the campaign links one may come by; discounts never stack."""
    best: tuple[int, int, int] = (price.amount, 0, 0)  # an ordinary price, and the elder right, at a draw
    left: int | None = None
    by: Reason | None = None
    for terms in here.holding:
        amount = _discounted(here.world, terms.id, price, each=True)
        if amount is not None and (one := (amount, 1, terms.id.int)) < best:
            best, left, by = one, _allotted(terms), Reason("POOL_DISCOUNT", pool=terms.pool, terms=terms.id)
    for route in usable:
        if route.kind == "CAMPAIGN" and (link := route.by.campaign):
            amount = _discounted(here.world, link, price, each=False)
            if amount is not None and (one := (amount, 2, link.int)) < best:
                best, left, by = one, route.left, route.by
    return LevelPrice(price.level, best[0], price.amount, price.fee, _least([most, left]), by)


def _discounted(world: World, owner: UUID, price: Price, *, each: bool) -> int | None:
    """The lowest amount under the terms or the campaign link; None when they say nothing of the ticket type."""
    of = (price.ticket_type, None) if each else (price.ticket_type,)
    amounts = [reckoned(price.amount, d) for d in world.discounts if d.owner == owner and d.ticket_type in of]
    return min(amounts, default=None)


def _for(here: _Here, routes: list[Route], live: list[Route], prices: Iterable[LevelPrice]) -> list[Reason]:
    """What speaks for it, and what is changed by it."""
    own_starts = [b.id for b in here.benefits if b.starts_at]
    found = []
    for route in live:
        found.append(route.by)
        if route.by.benefit in own_starts:
            found.append(Reason("PRESALE_OVERRIDE", flag=route.by.flag, benefit=route.by.benefit))
    if not routes:
        return found
    changed = dict.fromkeys([price.by for price in prices if price.by and price.by.pool])
    return [*found, *changed, *[limit.by for limit in here.bounds if limit.by]]


def _against(here: _Here, ticket_type: UUID, routes: list[Route], *, not_started: bool) -> list[Reason]:
    """What speaks against it."""
    found = [Reason(here.stopped)] if here.stopped else []
    for route in routes:
        if route.ends_at and route.ends_at <= here.world.at:
            found.append(Reason("CAMPAIGN_ENDED", campaign=route.by.campaign))
        elif route.left == 0:
            found.append(_used_up(route))
    if not_started:
        found.append(Reason("NOT_STARTED"))
    if routes and here.most == 0:
        full = next(limit for limit in here.bounds if not limit.left)
        found.append(Reason("SOLD_OUT" if full.kind == "CAPACITY" else "LIMIT_REACHED"))
    for b in here.benefits:
        if not b.coupled and b.ticket_type == ticket_type:
            found.append(Reason("NOT_COUPLED", flag=b.flag, benefit=b.id, assignment=b.assignment))
    if not routes:
        found.append(Reason("NO_RIGHT" if here.world.customer else "NOT_LOGGED_IN"))
    return found


def _used_up(route: Route) -> Reason:
    code = {"POOL": "ALLOTMENT_USED_UP", "BENEFIT": "BENEFIT_USED_UP"}.get(route.kind, "CAMPAIGN_USED_UP")
    by = route.by
    return Reason(code, by.flag, by.benefit, by.assignment, by.pool, by.terms, by.campaign)


def _highest(routes: list[Route]) -> int | None:
    """Of what is left on them; None when one of them has no limit."""
    highest = 0
    for route in routes:
        if route.left is None:
            return None
        highest = max(highest, route.left)
    return highest


def _least(limits: Iterable[int | None]) -> int | None:
    return min([limit for limit in limits if limit is not None], default=None)
