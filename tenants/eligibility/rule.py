"""The rule: from a world, for every ticket type that is priced there, whether it can be bought, from when, at what price and how
many, and why. Pure: it reads nothing but the world.

A customer comes to a ticket type by routes: everybody's to a public one, a pool's own sale start, a benefit, a campaign link.
Where rights meet, the earliest start, the lowest price and the highest quota hold, and are never added up (Requirement D46).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tenants.discounts import reckoned
from tenants.eligibility.parts import LONG_AGO, LevelPrice, Limit, Offer, Reason, Route
from tenants.eligibility.world import BenefitHeld, CampaignOpen, DiscountGiven, Price, TermsHeld, World


@dataclass(frozen=True, slots=True)
class _Case:
    """A ticket type on its way to an offer. Of its routes, `live` are those on which something is left, now or later, and `ways`
    those that are open now."""

    world: World
    ticket_type: UUID
    routes: list[Route]
    live: list[Route]
    ways: list[Route]


def offers(world: World) -> list[Offer]:
    """All ticket types that are priced there, in the order of the house's lists."""
    types: dict[UUID, list[Price]] = {each.id: [] for each in world.types}
    for price in world.prices:
        types[price.ticket_type].append(price)
    stopped, bounds = _stopped(world), limits(world)
    return [_offer(_case(world, prices[0]), prices, stopped, bounds) for prices in types.values()]


def left_of(benefit: BenefitHeld) -> int:
    """How many tickets are left of a benefit, at the place of its world."""
    limit = benefit.most_performances
    if limit is not None and benefit.used_here <= 0 and benefit.used_performances >= limit:
        return 0
    used = benefit.used_here if benefit.tickets_per == "PERFORMANCE" else benefit.used
    return max(0, benefit.most_tickets - used)


def _case(world: World, one: Price) -> _Case:
    routes = [*_public(world, one.restricted), *_benefits(world, one.ticket_type), *_campaigns(world, one.ticket_type)]
    live = [r for r in routes if r.left != 0 and not (r.ends_at and r.ends_at <= world.at)]
    return _Case(world, one.ticket_type, routes, live, [r for r in live if r.opens_by(world.at)])


def _offer(case: _Case, prices: list[Price], stopped: str | None, bounds: list[Limit]) -> Offer:
    """Before the sale starts, prices are those of the moment at which it will."""
    most = _least(limit.left for limit in bounds)
    first = min((r.starts_at or LONG_AGO for r in case.live), default=LONG_AGO)
    usable = case.ways or [r for r in case.live if r.opens_by(first)]
    buyable = _least([most, _highest(usable)])
    shown = tuple(_priced(case.world, price, usable, buyable) for price in sorted(prices, key=_dearest))
    return Offer(
        case.ticket_type,
        sellable=stopped is None and bool(case.ways) and buyable != 0,
        starts_at=None if first == LONG_AGO else first,
        prices=shown,
        most=buyable if stopped is None and case.ways else 0,
        routes=tuple(case.routes),
        reasons=(*_for(case, shown, bounds), *_against(case, stopped, bounds)),
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
    each = max((t for t in quotas if t.most_per == "CUSTOMER"), key=_quota, default=None)
    order = max((t for t in quotas if t.most_per == "ORDER"), key=_quota, default=None)
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


def _holding(world: World) -> Iterable[TermsHeld]:
    """The terms under which something is left."""
    return (t for t in world.terms if _allotted(t) != 0)


def _allotted(terms: TermsHeld) -> int | None:
    return None if terms.allotment is None else max(0, terms.allotment - terms.used)


def _public(world: World, restricted: bool) -> Iterable[Route]:
    if restricted:
        return
    yield Route("PUBLIC", world.sale_starts_at, None, None, Reason("PUBLIC"))
    for t in world.terms:
        if t.sale_starts_at is not None:
            yield Route("POOL", t.sale_starts_at, None, _allotted(t), Reason("POOL_PRESALE", pool=t.pool, terms=t.id))


def _benefits(world: World, ticket_type: UUID) -> Iterable[Route]:
    """Those that expire soonest come first: who names none uses that."""
    mine = [b for b in world.benefits if b.ticket_type == ticket_type and b.coupled]
    for b in sorted(mine, key=lambda b: (b.expires_on is None, b.expires_on, b.id)):
        by = Reason("FLAG", flag=b.flag, benefit=b.id, assignment=b.assignment)
        yield Route("BENEFIT", b.starts_at or world.sale_starts_at, None, left_of(b), by)


def _campaigns(world: World, ticket_type: UUID) -> Iterable[Route]:
    theirs = {d.owner for d in world.discounts if d.ticket_type == ticket_type}
    for c in world.campaigns:
        if c.id in theirs:
            starts_at = c.starts_at or world.sale_starts_at
            yield Route("CAMPAIGN", starts_at, c.ends_at, _left_of_link(c), Reason("CAMPAIGN", campaign=c.id), c.personal)


def _left_of_link(c: CampaignOpen) -> int | None:
    limits = [(c.most, c.used), (c.most_per_customer, c.used_by_customer), (c.personal_most, c.personal_used)]
    return _least([None if most is None else max(0, most - used) for most, used in limits])


def _priced(world: World, price: Price, usable: list[Route], most: int | None) -> LevelPrice:
    """The lowest of the ordinary price, the pools' and those of the campaign links one may come by; discounts never stack."""
    found: list[tuple[int, int, int, int | None, Reason | None]] = [(price.amount, 0, 0, None, None)]
    for terms in _holding(world):
        pool = Reason("POOL_DISCOUNT", pool=terms.pool, terms=terms.id)
        found += [(amount, 1, terms.id.int, _allotted(terms), pool) for amount in _discounted(world, terms.id, price, each=True)]
    for route in usable:
        if route.kind == "CAMPAIGN" and route.by.campaign:
            link = route.by.campaign
            found += [(amount, 2, link.int, route.left, route.by) for amount in _discounted(world, link, price, each=False)]
    amount, _, _, left, by = min(found, key=lambda each: each[:3])  # an ordinary price, and the elder right, at a draw
    return LevelPrice(price.level, amount, price.amount, price.fee, _least([most, left]), by)


def _discounted(world: World, owner: UUID, price: Price, *, each: bool) -> list[int]:
    def fits(d: DiscountGiven) -> bool:
        return d.owner == owner and (d.ticket_type == price.ticket_type or (each and d.ticket_type is None))

    return [reckoned(price.amount, d) for d in world.discounts if fits(d)]


def _for(case: _Case, prices: Iterable[LevelPrice], bounds: list[Limit]) -> Iterable[Reason]:
    """What speaks for it, and what is changed by it."""
    own_starts = {b.id for b in case.world.benefits if b.starts_at}
    for route in case.live:
        yield route.by
        if route.by.benefit in own_starts:
            yield Reason("PRESALE_OVERRIDE", flag=route.by.flag, benefit=route.by.benefit)
    if not case.routes:
        return
    yield from dict.fromkeys(price.by for price in prices if price.by and price.by.pool)
    yield from (limit.by for limit in bounds if limit.by)


def _against(case: _Case, stopped: str | None, bounds: list[Limit]) -> Iterable[Reason]:
    """What speaks against it."""
    world = case.world
    if stopped:
        yield Reason(stopped)
    for route in case.routes:
        if route.ends_at and route.ends_at <= world.at:
            yield Reason("CAMPAIGN_ENDED", campaign=route.by.campaign)
        elif route.left == 0:
            yield _used_up(route)
    if case.live and not case.ways:
        yield Reason("NOT_STARTED")
    if case.routes and (full := [limit for limit in bounds if not limit.left]):
        yield Reason("SOLD_OUT" if full[0].kind == "CAPACITY" else "LIMIT_REACHED")
    for b in world.benefits:
        if b.ticket_type == case.ticket_type and not b.coupled:
            yield Reason("NOT_COUPLED", flag=b.flag, benefit=b.id, assignment=b.assignment)
    if not case.routes:
        yield Reason("NO_RIGHT" if world.customer else "NOT_LOGGED_IN")


def _used_up(route: Route) -> Reason:
    code = {"POOL": "ALLOTMENT_USED_UP", "BENEFIT": "BENEFIT_USED_UP"}.get(route.kind, "CAMPAIGN_USED_UP")
    by = route.by
    return Reason(code, by.flag, by.benefit, by.assignment, by.pool, by.terms, by.campaign)


def _highest(routes: Iterable[Route]) -> int | None:
    limits = [route.left for route in routes]
    return None if None in limits else max((limit for limit in limits if limit is not None), default=0)


def _least(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
