"""Organisations inside a venue, and who sees which row of it (Requirement D54, O1, O2).

Staff of an organisation see the performances that belong to one of their organisations or to none, and of the sales only
those of such performances; of files, imports, jobs, support accesses and the audit log those that reach no further than they
do. Customers belong to the venue. A promoter sees the performances of the promoter it works for, the public those that are
announced, and of seasons, kinds, halls and tags those that these speak of; neither sees a customer.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise import fields

from tenants import tenancy
from tenants.errors import Refusal
from tenants.record import VenueRecord
from tenants.sight import RULES, among
from tenants.sight import within as within  # noqa: PLC0414  # for others to take from here
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
    """The condition under which the open scope's caller sees a row of `table`; true for tables that are not on the list."""
    here = tenancy.current()
    if here.organisations is None and here.promoter is None and not here.public:
        return sql("true")
    rule = RULES.get(table)
    return rule(here, name(alias)) if rule else sql("true")


def shared_with(alias: str) -> Sql:
    """The condition under which a row belongs to one of the open scope's organisations, or to the whole venue. For what works for
    a customer without being shown to them."""
    return every([among(tenancy.current(), name(alias))])


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
