"""What the shop asks: what may be bought here, and what the house has for the customer."""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

import strawberry

from resolvers.fields import query
from schema import offers as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import campaign_offers, ids
from tenants.eligibility import answers
from tenants.eligibility.parts import Offer
from tenants.errors import Refusal
from tenants.performances import Performance
from tenants.products import Product

UNSET: Any = strawberry.UNSET
PerformanceId = Annotated[strawberry.ID | None, strawberry.argument(description="The performance.")]
ProductId = Annotated[
    strawberry.ID | None, strawberry.argument(description="The subscription or membership, in place of a performance.")
]


def place_of(performance_id: str | None, product_id: str | None) -> tuple[Literal["PERFORMANCE", "PRODUCT"], UUID]:
    """What is asked about. Raises REQUIRED unless it is one of the two."""
    if bool(performance_id) == bool(product_id):
        raise Refusal("REQUIRED", "Name a performance or a product, one of them.", field=["performanceId"])
    if performance_id:
        return "PERFORMANCE", local_id(performance_id, "Performance", field=("performanceId",))
    return "PRODUCT", local_id(product_id or "", "Product", field=("productId",))


@strawberry.type
class OfferQueries:
    """For everybody."""

    @query(
        "storefront:read",
        description="What may be bought for a performance, subscription or membership, when, at what price and how many: by the "
        "customer who is signed in, or by anybody. Null when the shop shows none of this id.",
    )
    async def offers(
        self,
        info: Info,
        performance_id: PerformanceId = UNSET,
        product_id: ProductId = UNSET,
        campaign: Annotated[
            str | None,
            strawberry.argument(description="What the shop's address was given as `campaign`, for who came by a campaign link."),
        ] = UNSET,
    ) -> list[nouns.Offer] | None:
        """By the rights of the bearer."""
        kind, place = place_of(performance_id, product_id)
        caller = info.context.caller
        link = await campaign_offers.entered(campaign) if campaign else None
        answer = await answers.ask(kind, place, caller.id if caller.kind == "CUSTOMER" else None, campaign=link)
        if answer is None or caller.at is None:
            return None
        return [_offer(answer, offer, caller.at.currency) for offer in answers.shown(answer)]


@strawberry.type
class CustomerOfferQueries:
    """For the customer who is signed in."""

    @query(
        "customer:self",
        description="What the house has for the customer who is signed in: their benefits, and where each works, and "
        "the campaigns that are open to them without a link (their page of offers).",
    )
    async def my_offers(self, info: Info) -> nouns.CustomerOffers | None:
        """The token's."""
        customer = info.context.caller.id
        assert customer
        return nouns.CustomerOffers(
            benefits=[await _benefit(info, held, places) for held, places in await answers.own_benefits(customer)]
        )


def _offer(answer: answers.Answer, offer: Offer, currency: str) -> nouns.Offer:
    return nouns.Offer(
        ticket_type=_row(answer.types[offer.ticket_type]),
        sellable=offer.sellable,
        starts_at=offer.starts_at,
        prices=[nouns.OfferPrice.of(price, currency) for price in offer.prices],
        max_quantity=offer.most,
        benefits=[
            nouns.OfferBenefit(benefit_id=cast("strawberry.ID", ids.global_id("Benefit", route.right.id)), left=route.left or 0)
            for route in offer.routes
            if route.kind == "BENEFIT"
        ],
        reasons=[nouns.OfferReason[code] for code in answers.told(offer)],
    )


async def _benefit(info: Info, held: Any, places: list[UUID]) -> nouns.CustomerBenefit:
    performances = [row for row in await info.context.load.several(Performance, places) if row]
    return nouns.CustomerBenefit(
        benefit_id=strawberry.ID(ids.global_id("Benefit", held.benefit_id)),
        ticket_type=_row(held.ticket_type),
        expires_on=held.expires_on,
        tickets_per=nouns.TicketsPer[held.tickets_per],
        tickets_left=held.tickets_left,
        performances_left=held.performances_left,
        performances=[_row(row) for row in sorted(performances, key=_start)],
        products=[_row(row) for row in await info.context.load.several(Product, places) if row],
    )


def _start(performance: Any) -> tuple[bool, Any, UUID]:
    return performance.starts_at is None, performance.starts_at, performance.id


def _row(row: Any) -> Any:
    """A row is shown as it is."""
    return row
