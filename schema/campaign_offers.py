"""The offer behind a campaign link, as the shop shows it."""

from datetime import UTC, datetime
from typing import Any

import strawberry

from schema.connections import connection
from schema.nodes import listed, text
from schema.storefront import Performance, Product, Production
from schema.texts import spoken
from tenants import campaign_offers, catalogue, performances, products, texts


@strawberry.type(
    description="The offer behind a campaign link, as its landing page shows it. What it sells, at what price, is told "
    "with each performance."
)
class Campaign:
    """See the description."""

    name = spoken("name", "Its name.")
    starts_at: datetime | None = text("From when it sells, before the ordinary sale too; null: from the start of that.")
    ends_at: datetime | None = text("Until when it sells; null: to the end of the sale.")
    performances = connection(
        performances.PROGRAMME, campaign_offers.AHEAD, Performance, "The performances it is for that lie ahead, by start."
    )
    productions = listed(
        catalogue.Production, "production_ids", Production, "The productions it is for with all their performances."
    )
    products = listed(products.Product, "product_ids", Product, "The subscriptions and memberships it is for.")

    @strawberry.field(description="What to tell customers now: until it starts one text, from then on another; null: nothing.")
    def description(row: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        """By the clock of the gateway."""
        begun = row.starts_at is None or row.starts_at <= datetime.now(UTC)
        return texts.text_of(row, "description" if begun else "description_before")  # type: ignore[no-any-return]
