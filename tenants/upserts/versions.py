"""Versions: whoever changes what they read before does not overwrite what somebody else has written since."""

from collections.abc import Mapping, Sequence

from tenants import tenancy
from tenants.sql import name, sql
from tenants.upserts import custom_values, tables
from tenants.upserts.custom import OwnField
from tenants.upserts.rows import Plan, Row, Stage
from tenants.values import Problem

CODE = "CHANGED_SINCE"


async def check(stage: Stage, plan: Plan, rows: Sequence[Row], own: Mapping[str, OwnField]) -> None:
    """Find fault with rows that name an older version than their object has and would change it; what they would change is told.

    A version is the `updated_at` that was read; some programs keep no more of it than milliseconds.
    """
    named = {plan.known[plan.keys[row.number]]: row for row in rows if row.values.get("version") and _is_known(plan, row)}
    if not named:
        return
    found = await tenancy.fetch(
        sql(
            "select t.id, t.updated_at from {table} t join unnest({ids}::uuid[], {versions}::timestamptz[]) as n (id, version) "
            "on n.id = t.id where t.tenant_id = {venue} and date_trunc('milliseconds', t.updated_at) > n.version "
            "order by t.id for no key update of t",
            table=name(stage.record.table()),
            ids=list(named),
            versions=[row.values["version"] for row in named.values()],
        )
    )
    wanted = {row.id: plan.columns[named[row.id].number] for row in found}
    differ = await tables.differences(
        stage.record, {i: {c: v for c, v in columns.items() if c not in stage.key} for i, columns in wanted.items()}
    )
    values = {i: plan.own[named[i].number] for i in wanted} if stage.own else {}
    differ_too = await custom_values.differences(stage.own or "", own, {i: given for i, given in values.items() if given})
    for row in found:
        if changes := [*differ.get(row.id, []), *differ_too.get(row.id, [])]:
            columns = ", ".join(change.column for change in changes if change.is_told)
            at = row.updated_at.isoformat()
            sentence = f"It was changed at {at}, after the version that was read; this would overwrite {columns}."
            named[row.id].problems.append(Problem("version", CODE, sentence))
            named[row.id].changes += changes


def _is_known(plan: Plan, row: Row) -> bool:
    return not row.problems and plan.keys.get(row.number) in plan.known
