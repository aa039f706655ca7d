"""Buying: reserve, then commit when it is paid, or release."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema import purchases as nouns
from schema.context import Info
from schema.nodes import local_id
from schema.orders import Channel
from schema.shapes import core_of, input_of
from tenants import campaign_offers
from tenants.purchases import committing, giving_back, reserving
from tenants.purchases.choice import PurchaseLine, StaffPurchaseLine

UNSET: Any = strawberry.UNSET
LINES = (
    "The lines, in the order they are to be bought in: what an earlier one takes is gone for the later ones. Each is bought by "
    "the right of the customer's that makes it cheapest."
)
RESERVE = (
    " All of them are taken together or not at all, and are held until the order's `expiresAt`. Send it with an idempotency key: "
    "when the answer is lost, the same can be sent again."
)
OrderId = Annotated[strawberry.ID, strawberry.argument(description="The order's id.")]
Campaign = Annotated[
    str | None,
    strawberry.argument(description="What the shop's address was given as `campaign`, for who came by a campaign link."),
]
StaffLine: Any = input_of(StaffPurchaseLine, "PurchaseLineInput")
Line: Any = input_of(PurchaseLine, "PurchaseLineInput")


@strawberry.type
class PurchaseMutations:
    """By the box office, and by the shop's server."""

    @mutation(
        "sales:write",
        payload=nouns.PurchasePayload,
        description="Reserve tickets for a customer, or for nobody known." + RESERVE,
        in_line=True,
    )
    async def purchase_reserve(
        self,
        info: Info,
        lines: Annotated[list[StaffLine], strawberry.argument(description=LINES)],
        customer_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Who buys; left out for a guest, who has the rights of somebody not signed in."),
        ] = UNSET,
        campaign: Campaign = UNSET,
        channel: Annotated[
            Channel | None,
            strawberry.argument(description="How the order is made; the box office for persons, the shop for keys."),
        ] = UNSET,
    ) -> nouns.PurchasePayload | None:
        """For whom the caller says."""
        caller: Any = info.context.caller
        customer = local_id(customer_id, "Customer", field=("customerId",)) if customer_id else None
        by = channel.name if channel else "BOX_OFFICE" if caller.kind == "PERSON" else "ONLINE"
        order = await _reserved(info, StaffPurchaseLine, lines, customer, campaign, by)
        return nouns.PurchasePayload(order=order)

    @mutation(
        "sales:write",
        payload=nouns.PurchasePayload,
        description="Have a reserved order stand, because it was paid. Too late is refused with RESERVATION_EXPIRED; once more "
        "with the same reference changes nothing.",
    )
    async def purchase_commit(
        self,
        info: Info,
        id: OrderId,
        payment_reference: Annotated[
            str, strawberry.argument(description="Under which it was paid, as whoever took the money calls it.")
        ],
        external_id: Annotated[
            str | None, strawberry.argument(description="The id another system will know the order by; unique in the venue.")
        ] = UNSET,
    ) -> nouns.PurchasePayload | None:
        """Paid."""
        order_id = local_id(id, "Order", field=("id",))
        order = await committing.commit(order_id, payment_reference, external_id=external_id or None)
        return nouns.PurchasePayload(order=_known(info, order))

    @mutation("sales:write", payload=nouns.PurchasePayload, description="Give a reserved order up: all it holds is free again.")
    async def purchase_release(self, info: Info, id: OrderId) -> nouns.PurchasePayload | None:
        """Any that the caller sees."""
        return nouns.PurchasePayload(order=_known(info, await giving_back.release(local_id(id, "Order", field=("id",)))))


@strawberry.type
class ShopperPurchaseMutations:
    """By the customer who is signed in; that it was paid only the venue can say."""

    @mutation(
        "customer:self", payload=nouns.ShopperPurchasePayload, description="Reserve tickets for yourself." + RESERVE, in_line=True
    )
    async def purchase_reserve(
        self, info: Info, lines: Annotated[list[Line], strawberry.argument(description=LINES)], campaign: Campaign = UNSET
    ) -> nouns.ShopperPurchasePayload | None:
        """For the token's."""
        order = await _reserved(info, PurchaseLine, lines, info.context.caller.id, campaign, "ONLINE")
        return nouns.ShopperPurchasePayload(order=order)

    @mutation(
        "customer:self",
        payload=nouns.ShopperPurchasePayload,
        description="Give an order up that you have reserved: all it holds is free again.",
    )
    async def purchase_release(self, info: Info, id: OrderId) -> nouns.ShopperPurchasePayload | None:
        """The token's own."""
        return nouns.ShopperPurchasePayload(order=_known(info, await giving_back.release(local_id(id, "Order", field=("id",)))))


async def _reserved(info: Info, shape: Any, lines: Any, customer: Any, campaign: Any, channel: str) -> Any:
    caller: Any = info.context.caller
    order = await reserving.reserve(
        [core_of(shape, line, ("lines", str(number))) for number, line in enumerate(lines)],
        customer=customer,
        channel=channel,
        currency=caller.at.currency,
        campaign=await campaign_offers.entered(campaign) if campaign else None,
    )
    return _known(info, order)


def _known(info: Info, order: Any) -> Any:
    """The order, which its lines need not read again: others wait meanwhile."""
    info.context.load.keep(order.record, [order])
    return order
