"""What a pool gives its customers, and where (Requirements PO4-PO6): an own sale start, discounts, quotas."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import audit, discount_inputs, forms, references
from tenants.catalogue import Production
from tenants.discount_inputs import DiscountInput
from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.pages import Listing, Sort, Through
from tenants.performances import Performance
from tenants.pools import Pool
from tenants.products import Product
from tenants.record import VenueRecord, not_found
from tenants.shape import Choice, Doc, Of, Range
from tenants.sql import every, name, sql

MOST_PER = {"CUSTOMER": "Per customer and performance.", "ORDER": "Per order."}
MOST_PER_CHOICE = Choice("QuotaPer", MOST_PER, "What a quota is counted over (D46).")
PLACES: dict[str, Any] = {"performance_id": Performance, "production_id": Production, "product_id": Product}


class PoolTerms(VenueRecord):
    """What a pool gives for a performance, all performances of a production, a product, or, when none is named, everything: a
    sale start of its own (D45), the most tickets a customer may have or an order may hold (PO6), and the most that may be bought
    by these terms in all, of one performance (`allotment`). Its discounts are tenants.discounts."""

    pool_id = fields.UUIDField()
    performance_id = fields.UUIDField(null=True)
    production_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    sale_starts_at = fields.DatetimeField(null=True)
    most = fields.IntField(null=True)
    most_per = fields.TextField(default="CUSTOMER")
    allotment = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "pool_terms"


@dataclass(frozen=True)
class PoolTermsFilter:
    """Nothing to choose by: terms are read of a pool or of what they are for."""


TERMS = Listing(PoolTerms, {"SET": Sort("In the order they were first set.", {})}, PoolTermsFilter)
_LIVE = sql("exists (select from pools g where g.tenant_id = {venue} and g.id = t.pool_id and g.archived_at is null)")
_EVERYWHERE = sql("num_nonnulls(t.performance_id, t.production_id, t.product_id) = 0")
_OF_ITS_PRODUCTION = sql(
    "t.production_id = (select p.production_id from performances p where p.tenant_id = {venue} and p.id = parent.id)"
)
OF_A_PERFORMANCE = Through(
    lambda: every([sql("t.performance_id = parent.id or {its} or {all}", its=_OF_ITS_PRODUCTION, all=_EVERYWHERE), _LIVE])
)
OF_A_PRODUCT = Through(lambda: every([sql("t.product_id = parent.id or {all}", all=_EVERYWHERE), _LIVE]))


@dataclass(frozen=True)
class PoolTermsInput:
    """What a pool gives in one place, whole: what is left out, it does not give. At most one of performance, production and
    product says for what; none of them: for everything."""

    performance_id: Annotated[UUID | None, Of("Performance"), Doc("For this performance.")] = None
    production_id: Annotated[UUID | None, Of("Production"), Doc("For all performances of this production.")] = None
    product_id: Annotated[UUID | None, Of("Product"), Doc("For this subscription or membership.")] = None
    sale_starts_at: Annotated[
        datetime | None, Doc("When the pool's customers may begin to buy, earlier or later than everybody; none: as everybody.")
    ] = None
    most: Annotated[
        int | None, Doc("The most tickets, in place of the ordinary maximum; none: the ordinary one."), Range(1, 100_000)
    ] = None
    most_per: Annotated[str | None, MOST_PER_CHOICE, Doc("What the most is counted over; CUSTOMER when not given.")] = None
    allotment: Annotated[
        int | None,
        Doc("How many tickets to one performance the pool's customers may buy by these terms together; none: no limit."),
        Range(0, 1_000_000),
    ] = None
    discounts: Annotated[list[DiscountInput] | None, Doc("What ticket types cost; none: what they cost everybody.")] = None


async def put(pool_id: UUID, wanted: PoolTermsInput) -> Any:
    """Make these the pool's terms for what they name, in place of those it had there. Raises NOT_FOUND, FORBIDDEN, WRONG_STATE
    (the pool is out of use), REQUIRED, INVALID_VALUE, UNKNOWN_REFERENCE, CONFLICTING_ROWS."""
    columns = await forms.columns_of(wanted)
    discounts = columns.pop("discounts") or []
    columns["most_per"] = columns["most_per"] or "CUSTOMER"
    place = {column: columns[column] for column in PLACES}
    if sum(map(bool, place.values())) > 1:
        raise Refusal("INVALID_VALUE", "Terms are for a performance, a production or a product: name one.", field=["productId"])
    if not discounts and all(columns[column] is None for column in ("sale_starts_at", "most", "allotment")):
        sentence = "Say what the pool gives there: a sale start, a quota, an allotment or discounts. Or delete its terms."
        raise Refusal("REQUIRED", sentence)
    if (await forms.held(Pool, pool_id)).archived_at:
        raise Refusal("WRONG_STATE", "This pool was archived.")
    for column, record in PLACES.items():
        if place[column]:
            await references.one(record, place[column], forms.camel(column))
    here = [sql("t.{c} is not distinct from {id}::uuid", c=name(c), id=row_id) for c, row_id in place.items()]
    if was := await PoolTerms.rows(every([sql("t.pool_id = {pool}", pool=pool_id), *here])):
        changes = {column: value for column, value in columns.items() if getattr(was[0], column) != value}
        terms = await forms.update(PoolTerms, was[0].id, changes)
    else:
        terms = await forms.create(PoolTerms, {"pool_id": pool_id, **columns})
    await discount_inputs.put("pool_terms_id", terms.id, discounts, "discounts")
    return terms


async def delete(terms_id: UUID) -> None:
    """Give there what everybody gets. Tickets that were bought by these terms stay as they are. Raises NOT_FOUND, FORBIDDEN."""
    found = await PoolTerms.rows(sql("t.id = {id} and {seen}", id=terms_id, seen=visible("pool_terms", "t").wrapped()))
    if not found:
        raise not_found(PoolTerms)
    await forms.held(Pool, found[0].pool_id)
    audit.changed("PoolTerms", terms_id, {"deleted": False}, {"deleted": True})
    await PoolTerms.filter(id=terms_id).delete()
