"""Organisations inside a venue, and the one rule about which rows belong to whom (Requirement D54, O1, O2).

Staff of an organisation see the performances that belong to one of their organisations or to none, and of the sales only
those of such performances. Customers belong to the venue. A promoter sees the performances of the promoter it works for.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise import fields

from tenants import tenancy
from tenants.errors import Refusal
from tenants.record import VenueRecord
from tenants.sql import Sql, every, name, sql


class Organisation(VenueRecord):
    """A part of a venue with a staff and a programme of its own: the theatre and the cinema of one culture house."""

    external_id = fields.TextField(null=True)
    name = fields.TextField()
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "organisations"


def visible(table: str, alias: str) -> Sql:
    """The condition under which the open scope's caller sees a row of `table`; true for tables no organisation owns."""
    rule = _RULES.get(table)
    here = tenancy.current()
    return rule(alias) if rule and (here.organisations is not None or here.promoter is not None) else sql("true")


def _owned(alias: str) -> Sql:
    """Rows with organisation_ids of their own."""
    here, row = tenancy.current(), name(alias)
    conditions = []
    if here.organisations is not None:
        mine = list(here.organisations)
        conditions.append(sql("{t}.organisation_ids = '{{}}' or {t}.organisation_ids && {mine}::uuid[]", t=row, mine=mine))
    if here.promoter is not None:
        conditions.append(sql("{t}.promoter_id = {promoter}", t=row, promoter=here.promoter))
    return every(conditions)


def _of_a_performance(alias: str) -> Sql:
    """Rows that follow their performance."""
    return sql(
        "exists (select from performances vp where vp.tenant_id = {venue} and vp.id = {t}.performance_id and {seen})",
        t=name(alias),
        seen=_owned("vp"),
    )


def _of_an_order(alias: str) -> Sql:
    """An order is seen when one of its lines is."""
    return sql(
        "exists (select from ticket_lines vl where vl.tenant_id = {venue} and vl.order_id = {t}.id and {seen})",
        t=name(alias),
        seen=_of_a_performance("vl"),
    )


# The one list. A table that is not on it is seen by everybody who may read its kind at all.
_RULES = {
    "performances": _owned,
    "prices": _of_a_performance,
    "ticket_lines": _of_a_performance,
    "orders": _of_an_order,
}


async def check(ids: Sequence[UUID], *, field: Sequence[str] = ("organisationIds",)) -> None:
    """Refuse ids that are not organisations of this venue, or that the caller does not belong to (O2)."""
    if not ids:
        return
    known = await tenancy.fetch(
        sql(
            "select id from organisations where tenant_id = {venue} and id = any({ids}::uuid[]) and archived_at is null",
            ids=list(ids),
        )
    )
    mine = tenancy.current().organisations
    allowed = {o.id for o in known if mine is None or o.id in mine}
    if missing := set(ids) - allowed:
        raise Refusal("UNKNOWN_REFERENCE", f"There is no organisation {min(map(str, missing))} you belong to.", field=field)
