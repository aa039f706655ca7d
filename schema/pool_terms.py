"""What a pool gives its customers, as the API shows it."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import Production
from schema.discounts import Discount
from schema.errors import Payload
from schema.groups import NEEDS
from schema.nodes import Node, children, linked, node, text
from schema.pools import Pool
from schema.shapes import enum_of
from tenants import catalogue, discounts, performances, pool_terms, pools, products

QuotaPer: Any = enum_of(pool_terms.MOST_PER_CHOICE)
Performances = Annotated["Performance", strawberry.lazy("schema.performances")]  # type: ignore[name-defined]  # noqa: F821
Products = Annotated["Product", strawberry.lazy("schema.products")]  # type: ignore[name-defined]  # noqa: F821


@node(
    pool_terms.PoolTerms,
    needs=NEEDS,
    description="What a pool gives its customers for a performance, a production, a subscription or membership, or, when none is "
    "named, for everything. Where several rights meet, the lowest price, the highest quota and the earliest start hold.",
)
class PoolTerms(Node):
    """See the description."""

    pool = linked(pools.Pool, "pool_id", Pool, "The pool.", required=True)
    performance = linked(performances.Performance, "performance_id", Performances, "For this performance.", needs=CATALOGUE)
    production = linked(
        catalogue.Production, "production_id", Production, "For all performances of this production.", needs=CATALOGUE
    )
    product = linked(products.Product, "product_id", Products, "For this subscription or membership.", needs=CATALOGUE)
    sale_starts_at: datetime | None = text("When the pool's customers may begin to buy; null: when everybody may.")
    most: int | None = text("The most tickets, in place of the ordinary maximum; null: the ordinary one.")
    most_per: QuotaPer = text("What the most is counted over.")
    allotment: int | None = text(
        "How many tickets to one performance the pool's customers may buy by these terms together; null: no limit."
    )
    discounts = children(discounts.Discount, "pool_terms_id", Discount, "What ticket types cost; none: what they cost everybody.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here, apart from its discounts.")


@strawberry.type(description="Terms of a pool that were set.")
class PoolTermsPayload(Payload):
    """See the description."""

    pool_terms: PoolTerms | None = strawberry.field(default=None, description="The terms as they are now.")


@strawberry.type(description="Terms of a pool that were deleted.")
class PoolTermsDeletePayload(Payload):
    """See the description."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the terms that are gone.")
