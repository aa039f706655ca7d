"""What staff and partners ask: who may buy what and why, and what is left of whose benefits."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from resolvers.fields import query
from resolvers.offers import UNSET, PerformanceId, ProductId, place_of
from schema import eligibility as nouns
from schema.context import Info
from schema.nodes import local_id
from schema.offers import OfferPrice, OfferReason
from tenants import ids
from tenants.campaign_links import CampaignLink
from tenants.customers import Customer
from tenants.eligibility import answers, parts, rule, wallet
from tenants.errors import Refusal


@strawberry.type
class EligibilityQueries:
    """By the one rule that the shop's offers follow, too."""

    @query(
        "flags:read",
        description="What a customer may buy for a performance, subscription or membership at a moment, from when, at what "
        "price, how many, and why: the answer of the shop, with its reasons. Null when you see none of this id.",
    )
    async def eligibility(
        self,
        info: Info,
        performance_id: PerformanceId = UNSET,
        product_id: ProductId = UNSET,
        customer_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The customer; left out: anybody who is not signed in.")
        ] = UNSET,
        at: Annotated[
            datetime | None,
            strawberry.argument(description="The moment; left out: now. One in the future tries a presale before it opens."),
        ] = UNSET,
        campaign_link_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The campaign link that the customer came by.")
        ] = UNSET,
    ) -> nouns.Eligibility | None:
        """Rights are those of today, even for another moment."""
        kind, place = place_of(performance_id, product_id)
        customer = await _seen(info, Customer, customer_id, "customerId") if customer_id else None
        campaign = await _seen(info, CampaignLink, campaign_link_id, "campaignLinkId") if campaign_link_id else None
        answer = await answers.ask(kind, place, customer, at=at or None, campaign=campaign)
        at_venue = info.context.caller.at
        return _eligibility(answer, at_venue.currency) if answer and at_venue else None

    @query("flags:read", description="A customer's benefits: what of each is used and left, and by which purchases.")
    async def benefit_wallet(
        self,
        info: Info,
        customer_id: Annotated[strawberry.ID, strawberry.argument(description="The customer.")],
        include_ended: Annotated[bool, strawberry.argument(description="Also those that can be used no longer.")] = False,
    ) -> list[nouns.WalletBenefit] | None:
        """Those that expire soonest first."""
        held = await wallet.wallet(await _seen(info, Customer, customer_id, "customerId"), ended=include_ended)
        return [_wallet_benefit(each) for each in held]


async def _seen(info: Info, record: Any, given: str, field: str) -> UUID:
    """The id of a row that the caller sees. Raises BAD_USER_INPUT, NOT_FOUND."""
    wanted = local_id(given, record.__name__, field=(field,))
    if await info.context.load.one(record, wanted) is None:
        raise Refusal("NOT_FOUND", f"There is no such {record.__name__} in this venue.", field=[field])
    return wanted


def _eligibility(answer: answers.Answer, currency: str) -> nouns.Eligibility:
    world = answer.world
    return nouns.Eligibility(
        at=world.at,
        customer_id=world.customer,
        performance_id=world.id if world.kind == "PERFORMANCE" else None,
        product_id=world.id if world.kind == "PRODUCT" else None,
        limits=[_limit(limit) for limit in rule.limits(world)],
        ticket_types=[_ticket_type(offer, currency) for offer in answer.offers],
    )


def _limit(limit: parts.Limit) -> nouns.EligibilityLimit:
    return nouns.EligibilityLimit(
        kind=nouns.LimitKind[limit.kind], limit=limit.limit or 0, used=limit.used, left=limit.left, by=_reason(limit.by)
    )


def _ticket_type(offer: parts.Offer, currency: str) -> nouns.EligibleTicketType:
    return nouns.EligibleTicketType(
        ticket_type_id=offer.ticket_type,
        sellable=offer.sellable,
        starts_at=offer.starts_at,
        prices=[nouns.EligibilityPrice(**vars(OfferPrice.of(price, currency)), by=_reason(price.by)) for price in offer.prices],
        max_quantity=offer.most,
        ways=[
            nouns.EligibilityWay(
                kind=nouns.WayKind[route.kind],
                starts_at=route.starts_at,
                ends_at=route.ends_at,
                left=route.left,
                by=_named(route.by),
            )
            for route in offer.routes
        ],
        reasons=[_named(reason) for reason in offer.reasons],
    )


def _reason(reason: parts.Reason | None) -> nouns.EligibilityReason | None:
    return _named(reason) if reason else None


def _named(reason: parts.Reason) -> nouns.EligibilityReason:
    return nouns.EligibilityReason(
        code=OfferReason[reason.code],
        flag_id=reason.flag,
        benefit_id=reason.benefit,
        pool_id=reason.pool,
        campaign_link_id=reason.campaign,
    )


def _wallet_benefit(held: wallet.WalletBenefit) -> nouns.WalletBenefit:
    return nouns.WalletBenefit(
        benefit_id=held.benefit_id,
        flag_id=held.flag_id,
        assignment_id=strawberry.ID(ids.global_id("Assignment", held.assignment_id)),
        expires_on=held.expires_on,
        standing=held.standing,
        tickets_used=held.tickets_used,
        tickets_left=held.tickets_left,
        performances_used=held.performances_used,
        performances_left=held.performances_left,
        uses=[
            nouns.BenefitUse(
                line_id=use.line_id,
                performance_id=use.performance_id,
                product_id=use.product_id,
                ordered_at=use.ordered_at,
                quantity=use.quantity,
                given_back=use.given_back,
            )
            for use in held.uses
        ],
    )
