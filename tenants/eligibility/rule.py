"""The rule: from a world, for every ticket type that is priced there, whether it can be bought, from when, at what price and how
many, and why. Pure: it reads nothing but the world.

A customer comes to a ticket type by routes: everybody's to a public one, a pool's own sale start, a benefit, a campaign link.
Where rights meet, the earliest start, the lowest price and the highest quota hold, and are never added up (Requirement D46).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from tenants.discounts import reckoned
from tenants.eligibility.parts import LONG_AGO, LevelPrice, Limit, Offer, Reason, Route, Why
from tenants.eligibility.world import BenefitHeld, CampaignOpen, DiscountGiven, Price, TermsHeld, World

_Of = TypeVar("_Of", Price, DiscountGiven)
_Bound = tuple[str, int, int, TermsHeld | None]


@dataclass(slots=True)
class _Here:
    """What is the same for all ticket types: why nothing is sold (None: it is), how many are left by the limits of all together
    and by which of them none is, the routes to what is not restricted, those of the customer's rights by ticket type, the
    discounts by ticket type (None: for each), and the terms under which something is left."""

    world: World
    stopped: str | None
    most: int | None
    full: str | None
    everybodys: list[Route]
    own: dict[UUID | None, list[Route]]
    discounts: dict[UUID | None, list[DiscountGiven]]
    holding: dict[UUID, TermsHeld]


def offers(world: World) -> list[Offer]:
    """All ticket types that are priced there, in the order of the house's lists."""
    holding = {t.id: t for t in world.terms if _allotted(t) != 0}
    most, full = _most(_bounds(world, holding.values()))
    here = _Here(world, _stopped(world), most, full, _everybodys(world), _own(world), _by_type(world.discounts), holding)
    pro, contra = partial(_pro, here), partial(_contra, here)
    return [_offer(here, prices, pro, contra) for prices in _by_type(world.prices).values()]


def _by_type(found: Iterable[_Of]) -> dict[UUID | None, list[_Of]]:
    types: dict[UUID | None, list[_Of]] = {}
    for each in found:
        types.setdefault(each.ticket_type, []).append(each)
    return types


def left_of(benefit: BenefitHeld) -> int:
    """How many tickets are left of a benefit, at the place of its world."""
    limit = benefit.most_performances
    if limit is not None and benefit.used_here <= 0 and benefit.used_performances >= limit:
        return 0
    return _left(benefit.most_tickets, benefit.used_here if benefit.tickets_per == "PERFORMANCE" else benefit.used)


def limits(world: World) -> list[Limit]:
    """What limits all ticket types together: the tickets there are, and what a customer may have and an order hold, by the pools'
    quotas where there are any, or else by the performance's own."""
    bounds = _bounds(world, [t for t in world.terms if _allotted(t) != 0])
    return [
        Limit(kind, limit, used, Reason("POOL_QUOTA", pool=quota.pool, terms=quota.id) if quota else None)
        for kind, limit, used, quota in bounds
    ]


def _bounds(world: World, holding: Iterable[TermsHeld]) -> list[_Bound]:
    """What limits() says, with the terms of a quota: of those under which something is left."""
    quotas: dict[str, TermsHeld] = {}
    for terms in holding:
        if terms.most is not None and (terms.most_per not in quotas or _quota(terms) > _quota(quotas[terms.most_per])):
            quotas[terms.most_per] = terms
    customer, order = quotas.get("CUSTOMER"), quotas.get("ORDER")
    bounds = (
        ("CAPACITY", world.capacity, world.sold, None),
        ("CUSTOMER", customer.most if customer else world.max_per_customer, world.bought, customer),
        ("ORDER", order.most if order else world.max_per_order, world.chosen, order),
    )
    return [(kind, limit, used, quota) for kind, limit, used, quota in bounds if limit is not None]


def _quota(terms: TermsHeld) -> tuple[int, int]:
    return terms.most or 0, -terms.id.int


def _most(bounds: list[_Bound]) -> tuple[int | None, str | None]:
    """How many more there may be, and the first limit by which that is none."""
    most, full = None, None
    for kind, limit, used, _ in bounds:
        most = _lesser(most, _left(limit, used))
        if used >= limit and full is None:
            full = kind
    return most, full


def _allotted(terms: TermsHeld) -> int | None:
    return None if terms.allotment is None else _left(terms.allotment, terms.used)


def _stopped(world: World) -> str | None:
    """Why nothing at all is sold there."""
    if world.status != "ON_SALE":
        return "NOT_ON_SALE"
    over = [at for at in (world.over_at, world.sale_ends_at) if at is not None]
    return "ENDED" if over and world.at >= min(over) else None


def _everybodys(world: World) -> list[Route]:
    """The routes to what is not restricted."""
    pools = [Route("POOL", t.sale_starts_at, None, _allotted(t), t) for t in world.terms if t.sale_starts_at is not None]
    return [Route("PUBLIC", world.sale_starts_at, None, None), *pools]


def _own(world: World) -> dict[UUID | None, list[Route]]:
    """The routes of benefits and campaign links, by ticket type. Of benefits those that expire soonest come first: who names none
    uses that."""
    routes: dict[UUID | None, list[Route]] = {}
    for b in sorted([b for b in world.benefits if b.coupled], key=_soonest):
        route = Route("BENEFIT", b.starts_at or world.sale_starts_at, None, left_of(b), b)
        routes.setdefault(b.ticket_type, []).append(route)
    for c in world.campaigns:
        route = Route("CAMPAIGN", c.starts_at or world.sale_starts_at, c.ends_at, _left_of_link(c), c)
        for ticket_type in {d.ticket_type for d in world.discounts if d.owner == c.id}:
            routes.setdefault(ticket_type, []).append(route)
    return routes


def _soonest(benefit: BenefitHeld) -> tuple[date, UUID]:
    return benefit.expires_on or date.max, benefit.id


def _left_of_link(c: CampaignOpen) -> int | None:
    left = None
    for most, used in ((c.most, c.used), (c.most_per_customer, c.used_by_customer), (c.personal_most, c.personal_used)):
        if most is not None:
            left = _lesser(left, _left(most, used))
    return left


def _offer(here: _Here, prices: list[Price], pro: Why, contra: Why) -> Offer:
    """Of the routes on which something is left, `ways` are those that are open now, and `first` is when the first opens. Before
    the sale starts, prices are those of the moment at which it will."""
    at, ticket_type = here.world.at, prices[0].ticket_type
    routes = here.own.get(ticket_type, [])
    if not prices[0].restricted:
        routes = here.everybodys + routes
    ways: list[Route] = []
    coming: list[Route] = []
    first: datetime | None = None
    for route in routes:
        if _lasts(route, at):
            starts_at = route.starts_at or LONG_AGO
            if first is None or starts_at < first:
                first = starts_at
            (ways if starts_at <= at else coming).append(route)
    usable = ways or [r for r in coming if first and r.opens_by(first)]
    buyable = _lesser(here.most, _highest(usable))
    if len(prices) > 1:
        prices.sort(key=_dearest)
    return Offer(
        ticket_type,
        here.stopped is None and bool(ways) and buyable != 0,
        None if first == LONG_AGO else first,
        [_priced(here, price, usable, buyable) for price in prices],
        buyable if here.stopped is None and ways else 0,
        routes,
        pro,
        contra,
    )


def _lasts(route: Route, at: datetime) -> bool:
    """Whether something is left on it, now or later."""
    return route.left != 0 and (route.ends_at is None or route.ends_at > at)


def _dearest(price: Price) -> tuple[str, int]:
    return price.level, -price.amount


def _priced(here: _Here, price: Price, usable: list[Route], most: int | None) -> LevelPrice:
    """The lowest of the ordinary price, the pools' and those of the campaign links one may come by; discounts never stack. Where
    only what was set aside for a pool is open, that of another pool makes nothing cheaper: a ticket counts against one."""
    given = here.discounts.get(price.ticket_type, []) + here.discounts.get(None, [])
    if not given:
        return LevelPrice(price.level, price.amount, price.amount, price.fee, most, None)
    links = {route.right.id: route for route in usable if route.kind == "CAMPAIGN"}
    anyhow = not usable or any([route.kind != "POOL" or route.left is None for route in usable])
    pools = {route.right.pool for route in usable if route.kind == "POOL"}
    best: tuple[int, int, int] = (price.amount, 0, 0)  # an ordinary price, and the elder right, at a draw
    left: int | None = None
    by: Reason | None = None
    for discount in given:
        amount, owner = reckoned(price.amount, discount), discount.owner
        if terms := here.holding.get(owner):
            fits = anyhow or terms.allotment is None or terms.pool in pools
            if fits and (one := (amount, 1, owner.int)) < best:
                best, left, by = one, _allotted(terms), Reason("POOL_DISCOUNT", pool=terms.pool, terms=terms.id)
        elif (link := links.get(owner)) and (one := (amount, 2, owner.int)) < best:
            best, left, by = one, link.left, link.by
    return LevelPrice(price.level, best[0], price.amount, price.fee, _lesser(most, left), by)


def _pro(here: _Here, offer: Offer) -> list[Reason]:
    """What speaks for it, and what is changed by it."""
    own_starts = [b.id for b in here.world.benefits if b.starts_at]
    found = []
    for route in offer.routes:
        if _lasts(route, here.world.at):
            found.append(by := route.by)
            if by.benefit in own_starts:
                found.append(Reason("PRESALE_OVERRIDE", flag=by.flag, benefit=by.benefit))
    if not offer.routes:
        return found
    changed = dict.fromkeys([price.by for price in offer.prices if price.by and price.by.pool])
    return [*found, *changed, *[limit.by for limit in limits(here.world) if limit.by]]


def _contra(here: _Here, offer: Offer) -> list[Reason]:
    """What speaks against it."""
    world, routes = here.world, offer.routes
    found = [Reason(here.stopped)] if here.stopped else []
    for route in routes:
        if route.ends_at and route.ends_at <= world.at:
            found.append(route.by._replace(code="CAMPAIGN_ENDED"))
        elif route.left == 0:
            found.append(_used_up(route))
    if offer.starts_at and offer.starts_at > world.at:
        found.append(Reason("NOT_STARTED"))
    if routes and here.full:
        found.append(Reason("SOLD_OUT" if here.full == "CAPACITY" else "LIMIT_REACHED"))
    for b in sorted([b for b in world.benefits if not b.coupled and b.ticket_type == offer.ticket_type], key=_soonest):
        found.append(Reason("NOT_COUPLED", flag=b.flag, benefit=b.id, assignment=b.assignment))
    if not routes:
        found.append(Reason("NO_RIGHT" if world.customer else "NOT_LOGGED_IN"))
    return found


def _used_up(route: Route) -> Reason:
    code = {"POOL": "ALLOTMENT_USED_UP", "BENEFIT": "BENEFIT_USED_UP"}.get(route.kind, "CAMPAIGN_USED_UP")
    return route.by._replace(code=code)


def _highest(routes: list[Route]) -> int | None:
    """Of what is left on them; None when one of them has no limit."""
    highest = 0
    for route in routes:
        if route.left is None:
            return None
        highest = max(highest, route.left)
    return highest


def _lesser(one: int | None, other: int | None) -> int | None:
    """The smaller of two limits; None: there is none."""
    if one is None or other is None:
        return other if one is None else one
    return one if one < other else other


def _left(most: int, used: int) -> int:
    return most - used if most > used else 0
