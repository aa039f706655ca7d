"""Benefits of flags, and where they work."""

from typing import Annotated

import strawberry

from resolvers.fields import mutation
from resolvers.listings import single
from resolvers.writing import change, creation, ending
from schema import benefits as nouns
from schema.context import Info
from schema.nodes import local_ids
from schema.shapes import core_of
from tenants import benefits, couplings
from tenants.couplings import MOST, MOST_STARTS, Pairs, SaleStart
from tenants.ids import global_id

NEEDS = "flags:write"
FlagIds = Annotated[list[strawberry.ID], strawberry.argument(description="The flags.")]
PerformanceIds = Annotated[list[strawberry.ID], strawberry.argument(description="Performances that you see.")]
ProductIds = Annotated[list[strawberry.ID], strawberry.argument(description="Subscriptions and memberships that you see.")]
SaleStarts = Annotated[
    list[nouns.SaleStartInput],
    strawberry.argument(
        description=f"From when benefits can be used there, at most {MOST_STARTS}; what is not named keeps the start it has."
    ),
]


@strawberry.type
class BenefitQueries:
    """One of them; flags, performances and products list them."""

    benefit = single(nouns.Benefit, description="A benefit by its id.")
    coupling = single(nouns.Coupling, description="A coupling by its id.")


@strawberry.type
class BenefitMutations:
    """Define them, and say where they work."""

    benefit_create = creation(
        nouns.Benefit,
        benefits.create,
        benefits.BenefitInput,
        nouns.BenefitPayload,
        needs=NEEDS,
        description="Give a flag a benefit.",
    )
    benefit_update = change(
        nouns.Benefit,
        benefits.update,
        benefits.BenefitChange,
        nouns.BenefitPayload,
        needs=NEEDS,
        description="Change how often a benefit may be used; what is left out stays, and what was used counts.",
    )
    benefit_archive = ending(
        nouns.Benefit,
        benefits.archive,
        nouns.BenefitPayload,
        needs=NEEDS,
        description="Take a benefit out of use: nobody buys by it any more; tickets that were bought stay. Twice is once.",
    )

    @mutation(
        NEEDS,
        payload=nouns.FlagCouplePayload,
        description="Couple flags to performances and products, each to each: there their benefits work. At most "
        f"{MOST} couplings in one call, flags times performances and products. Twice is once.",
    )
    async def flag_couple(
        self,
        info: Info,
        flag_ids: FlagIds,
        performance_ids: PerformanceIds = (),  # type: ignore[assignment]
        product_ids: ProductIds = (),  # type: ignore[assignment]
        sale_starts: SaleStarts = (),  # type: ignore[assignment]
    ) -> nouns.FlagCouplePayload | None:
        """In bulk."""
        starts = [core_of(SaleStart, start, ("saleStarts", str(place))) for place, start in enumerate(sale_starts)]
        made = await couplings.couple(_pairs(flag_ids, performance_ids, product_ids), starts)
        return nouns.FlagCouplePayload(couplings=made)

    @mutation(
        NEEDS,
        payload=nouns.FlagUncouplePayload,
        description=f"End the couplings of flags to performances and products, each to each, at most {MOST} in one call. Tickets "
        "that were bought stay.",
    )
    async def flag_uncouple(
        self,
        info: Info,
        flag_ids: FlagIds,
        performance_ids: PerformanceIds = (),  # type: ignore[assignment]
        product_ids: ProductIds = (),  # type: ignore[assignment]
    ) -> nouns.FlagUncouplePayload | None:
        """In bulk."""
        ended = await couplings.uncouple(_pairs(flag_ids, performance_ids, product_ids))
        return nouns.FlagUncouplePayload(deleted_ids=[strawberry.ID(global_id("Coupling", each)) for each in ended])


def _pairs(flags: list[strawberry.ID], performances: list[strawberry.ID], products: list[strawberry.ID]) -> Pairs:
    return Pairs(
        local_ids(flags, "Flag", "flagIds"),
        local_ids(performances, "Performance", "performanceIds"),
        local_ids(products, "Product", "productIds"),
    )
