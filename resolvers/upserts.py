"""Bulk upserts by external id: one mutation per kind of row, all alike."""

from collections import Counter
from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema.context import Info
from schema.errors import UserError
from schema.shapes import camel, core_of, input_of
from schema.upserts import ErrorPolicy, UpsertPayload, UpsertResult, UpsertStatus
from tenants import audit
from tenants.errors import Refusal
from tenants.upserts import calls, shapes
from tenants.upserts.calls import MOST_ROWS, Result

ROWS = f"The rows, at most {MOST_ROWS}. What a row leaves out is not changed."


def _upsert(kind: str, shape: Any, needs: str, what: str) -> Any:
    row: Any = input_of(shape, f"{shape.__name__[:-3]}UpsertRow")

    async def resolve(info, rows, error_policy=ErrorPolicy.REJECT_FAILED_ROWS):  # type: ignore[no-untyped-def]
        given = [core_of(shape, one, ("rows", str(number))) for number, one in enumerate(rows)]
        if kind == "orders":
            results = await calls.upsert_orders(given, error_policy.value)
        else:
            results = await calls.upsert_rows(kind, given, error_policy.value)
        return _payload(results)

    resolve.__annotations__ = {
        "info": Info,
        "rows": Annotated[list[row], strawberry.argument(description=ROWS)],
        "error_policy": Annotated[ErrorPolicy, strawberry.argument(description="What to do when some rows are wrong.")],
        "return": UpsertPayload | None,
    }
    about = f"Create or change {what}, found by external id."
    return mutation(needs, payload=UpsertPayload, description=about, cost=100)(resolve)


def _payload(results: list[Result]) -> UpsertPayload:
    counts = Counter(r.status for r in results)
    audit.counted(**{status.lower(): rows for status, rows in sorted(counts.items())})
    return UpsertPayload(
        results=[_shown(row, result) for row, result in enumerate(results)],
        created=counts["CREATED"],
        updated=counts["UPDATED"],
        unchanged=counts["UNCHANGED"],
        rejected=counts["REJECTED"],
    )


def _shown(row: int, result: Result) -> UpsertResult:
    errors, warnings = (
        [
            UserError.of(Refusal(p.code, p.message, field=["rows", str(row), *(camel(step) for step in path if step)]))
            for path, p in told
        ]
        for told in (result.problems, result.warnings)
    )
    return UpsertResult(row=row, status=UpsertStatus[result.status], errors=errors, warnings=warnings, result=result)


@strawberry.type
class UpsertMutations:
    """One per kind."""

    organisations_upsert = _upsert("organisations", shapes.OrganisationRow, "venue:write", "organisations")
    promoters_upsert = _upsert("promoters", shapes.PromoterRow, "catalogue:write", "promoters")
    seasons_upsert = _upsert("seasons", shapes.SeasonRow, "catalogue:write", "seasons")
    categories_upsert = _upsert("categories", shapes.CategoryRow, "catalogue:write", "categories")
    tags_upsert = _upsert("tags", shapes.TagRow, "catalogue:write", "tags")
    halls_upsert = _upsert("halls", shapes.HallRow, "catalogue:write", "halls")
    ticket_types_upsert = _upsert("ticket_types", shapes.TicketTypeRow, "catalogue:write", "ticket types")
    productions_upsert = _upsert("productions", shapes.ProductionRow, "catalogue:write", "productions")
    performances_upsert = _upsert("performances", shapes.PerformanceRow, "catalogue:write", "performances")
    prices_upsert = _upsert("prices", shapes.PriceRow, "catalogue:write", "prices")
    products_upsert = _upsert("products", shapes.ProductRow, "catalogue:write", "subscriptions and memberships")
    product_prices_upsert = _upsert("product_prices", shapes.ProductPriceRow, "catalogue:write", "prices of products")
    customers_upsert = _upsert("customers", shapes.CustomerRow, "customers:write", "customers")
    orders_upsert = _upsert("orders", shapes.OrderRow, "sales:write", "orders with their ticket lines")
