"""Writing the discounts of a pool's terms or of a campaign link."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from tenants import audit, references, tenancy
from tenants.catalogue import TicketType
from tenants.discounts import Discount
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.shape import Doc, Of
from tenants.sql import join, name, sql
from tenants.upserts.rows import House, house

MOST_MONEY = 1_000_000_000_000  # in minor units
_WAYS = ("percent", "amount", "price")
_COLUMNS = ("ticket_type_id", "basis_points", "amount", "price")


@dataclass(frozen=True)
class DiscountInput:
    """What a ticket of a type costs: less by a percentage or an amount, or a price; with none of them the ordinary price."""

    ticket_type_id: Annotated[
        UUID | None, Of("TicketType"), Doc("The kind of ticket. Under the terms of a pool it may be left out: all kinds.")
    ] = None
    percent: Annotated[Decimal | None, Doc("Less by so many per cent, 0.01 to 100, with at most two decimals.")] = None
    amount: Annotated[Decimal | None, Doc("Less by so much, in the venue's currency; never below nothing.")] = None
    price: Annotated[Decimal | None, Doc("So much, in the venue's currency, whatever the ordinary price is.")] = None


Owner = Literal["pool_terms_id", "campaign_link_id"]


async def put(owner: Owner, owner_id: UUID, wanted: Sequence[DiscountInput], field: str) -> None:
    """Make these the discounts of the terms of a pool or of a campaign link. Raises REQUIRED, INVALID_VALUE, UNKNOWN_REFERENCE
    and CONFLICTING_ROWS, about places in `field`."""
    its_house, rows = await house(), []
    for place, one in enumerate(wanted):
        rows.append(_columns(owner, one, its_house, (field, str(place))))
    types = [row[0] for row in rows]
    if twice := next((place for place, each in enumerate(types) if each in types[:place]), None):
        raise Refusal("CONFLICTING_ROWS", "This ticket type has a price already.", field=[field, str(twice)])
    await references.known(TicketType, types, field, inside="ticketTypeId")
    was = await _of(owner, owner_id)
    its = sql("d.tenant_id = {venue} and d.{owner} = {id}", owner=name(owner), id=owner_id)
    await tenancy.execute(
        sql(
            "delete from discounts d where {its} and not exists "
            "(select from unnest({types}::uuid[]) as kept (id) where kept.id is not distinct from d.ticket_type_id)",
            its=its,
            types=types,
        )
    )
    if rows:
        await tenancy.execute(
            sql(
                """
                insert into discounts (tenant_id, id, {owner}, ticket_type_id, basis_points, amount, price) values {rows}
                on conflict (tenant_id, pool_terms_id, campaign_link_id, ticket_type_id) do update set
                  basis_points = excluded.basis_points, amount = excluded.amount, price = excluded.price, updated_at = now()
                """,
                owner=name(owner),
                rows=join(", ", [_row(owner_id, row) for row in rows]),
            )
        )
    kind = "PoolTerms" if owner == "pool_terms_id" else "CampaignLink"
    audit.changed(kind, owner_id, {field: _told(was)}, {field: _told([dict(zip(_COLUMNS, row, strict=True)) for row in rows])})


def _columns(owner: Owner, one: DiscountInput, its_house: House, place: tuple[str, ...]) -> tuple[Any, ...]:
    given = [way for way in _WAYS if getattr(one, way) is not None]
    if owner == "campaign_link_id" and one.ticket_type_id is None:
        raise Refusal("REQUIRED", "Say which ticket type it is for.", field=[*place, "ticketTypeId"])
    if len(given) > 1 or (owner == "pool_terms_id" and not given):
        code = "INVALID_VALUE" if given else "REQUIRED"
        raise Refusal(code, "Give one of `percent`, `amount` and `price`.", field=[*place, given[-1] if given else "percent"])
    points = None if one.percent is None else one.percent * 100
    if points is not None and (not 1 <= points <= 10_000 or points != int(points)):
        sentence = "A percentage lies between 0.01 and 100, with at most two decimals."
        raise Refusal("INVALID_VALUE", sentence, field=[*place, "percent"])
    amount, price = (None if each is None else its_house.money(each) for each in (one.amount, one.price))
    if amount is not None and not 1 <= amount <= MOST_MONEY:
        raise Refusal("INVALID_VALUE", "An amount is more than nothing.", field=[*place, "amount"])
    if price is not None and not 0 <= price <= MOST_MONEY:
        raise Refusal("INVALID_VALUE", "A price is not below nothing.", field=[*place, "price"])
    return one.ticket_type_id, None if points is None else int(points), amount, price


def _row(owner_id: UUID, columns: tuple[Any, ...]) -> Any:
    ticket_type, points, amount, price = columns
    return sql(
        "({venue}, {id}, {owner}, {type}::uuid, {points}::int, {amount}::bigint, {price}::bigint)",
        id=new_id(),
        owner=owner_id,
        type=ticket_type,
        points=points,
        amount=amount,
        price=price,
    )


async def _of(owner: Owner, owner_id: UUID) -> list[Any]:
    return await Discount.rows(sql("t.{owner} = {id}", owner=name(owner), id=owner_id), tail=sql("order by t.id"))


def _told(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """As the audit log keeps them."""
    return [{column: row[column] for column in _COLUMNS if row[column] is not None} for row in rows]
