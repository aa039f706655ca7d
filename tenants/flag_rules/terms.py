"""What a rule asks for, as somebody fills it in, and writing it (Requirements L1, L2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from tenants import forms, tenancy
from tenants.errors import Refusal
from tenants.flag_rules.records import MEASURE, FlagRule
from tenants.flags import Flag
from tenants.organisations import visible
from tenants.record import not_found
from tenants.shape import MISSING, Doc, Of, Range
from tenants.sql import name, sql
from tenants.upserts.rows import house

MOST_CHOSEN = 500
_CHOSEN = {"performance_ids": "performances", "production_ids": "productions", "product_ids": "products"}
_NEW: dict[str, Any] = {
    "performance_ids": [], "production_ids": [], "product_ids": [], "measure": "TICKETS", "minimum": 1,
    "from_on": None, "until_on": None, "last_days": None, "revoke_on_refund": None,
}  # fmt: skip


@dataclass(frozen=True)
class FlagRuleInput:
    """A rule of a flag; what is left out of a change stays as it is. Customers get the flag who bought at least `minimum` of what
    is chosen; where nothing is chosen, of anything."""

    performance_ids: Annotated[list[UUID], Of("Performance"), Doc("Tickets to these performances count.")] = MISSING
    production_ids: Annotated[list[UUID], Of("Production"), Doc("Tickets to any performance of these productions count.")] = (
        MISSING
    )
    product_ids: Annotated[
        list[UUID],
        Of("Product"),
        Doc("These subscriptions and memberships count. Where nothing else is chosen, the flag ends with the last of them."),
    ] = MISSING
    measure: Annotated[str, MEASURE, Doc("What is counted; TICKETS when new and not given.")] = MISSING
    minimum: Annotated[
        Decimal, Doc("How many at least, or, for AMOUNT, how much in the venue's currency; 1 when new and not given.")
    ] = MISSING
    from_on: Annotated[
        date | None, Doc("The first day that counts, in the venue's time zone; refunds count on the day of what they take back.")
    ] = MISSING
    until_on: Annotated[date | None, Doc("The last day that counts.")] = MISSING
    last_days: Annotated[
        int | None, Doc("Today and so many days before it count, in place of a fixed first and last day."), Range(1, 36_500)
    ] = MISSING
    revoke_on_refund: Annotated[
        bool | None,
        Doc(
            "Whether the flag goes when the rule is not fulfilled any more, be it by a refund or because a period has moved on. "
            "When null, or new and not given: yes, but no with a period, unless subscriptions and memberships alone are chosen."
        ),
    ] = MISSING


async def create(flag_id: UUID, wanted: FlagRuleInput) -> tuple[Any, UUID]:
    """A new rule of a flag, and the job that gives the flag to everybody who fulfils it. Raises NOT_FOUND, FORBIDDEN,
    WRONG_STATE, REQUIRED, INVALID_VALUE, UNKNOWN_REFERENCE."""
    flag = await forms.held(Flag, flag_id)
    if flag.archived_at:
        raise Refusal("WRONG_STATE", "The flag was archived: it is given to nobody any more.")
    made = await forms.create(FlagRule, {"flag_id": flag_id, **await planned(wanted)})
    return made, tenancy.later("flags.evaluate_rule", made.id)


async def update(rule_id: UUID, wanted: FlagRuleInput) -> tuple[Any, UUID | None]:
    """Change a rule, and the job that looks at everybody anew; None when nothing differs. Raises what create() does."""
    was = await _held(rule_id)
    if was.archived_at:
        raise Refusal("WRONG_STATE", "The rule was archived: make a new one.", field=["id"])
    changes = {column: value for column, value in (await planned(wanted, was)).items() if value != was[column]}
    now = await forms.update(FlagRule, rule_id, changes)
    return now, tenancy.later("flags.evaluate_rule", rule_id) if changes else None


async def archive(rule_id: UUID) -> tuple[Any, UUID]:
    """End a rule, and the job that takes the flag from those who have it for nothing else. Raises NOT_FOUND, FORBIDDEN."""
    await _held(rule_id)
    return await forms.archive(FlagRule, rule_id), tenancy.later("flags.evaluate_rule", rule_id)


async def planned(wanted: FlagRuleInput, was: Any = None) -> dict[str, Any]:
    """All columns of a rule as the input makes it of what it was. Raises REQUIRED, INVALID_VALUE, UNKNOWN_REFERENCE."""
    given = await forms.columns_of(wanted)
    columns = {column: was[column] if was else value for column, value in _NEW.items()}
    if given.get("last_days"):
        columns |= {"from_on": None, "until_on": None}
    elif given.get("from_on") or given.get("until_on"):
        columns["last_days"] = None
    columns |= {column: value or [] if column in _CHOSEN else value for column, value in given.items()}
    for column in _CHOSEN.keys() & given.keys():
        await _check(column, columns[column])
    if "minimum" in given:
        columns["minimum"] = await _least(columns["measure"], given["minimum"])
    elif "AMOUNT" in {columns["measure"], before := was.measure if was else "TICKETS"} and columns["measure"] != before:
        raise Refusal("REQUIRED", "Say how much it takes: an amount is counted in another way.", field=["minimum"])
    if columns["last_days"] and (columns["from_on"] or columns["until_on"]):
        raise Refusal("INVALID_VALUE", "A period is from a day to a day, or so many days: not both.", field=["lastDays"])
    if columns["from_on"] and columns["until_on"] and columns["until_on"] < columns["from_on"]:
        raise Refusal("INVALID_VALUE", "The last day lies before the first.", field=["untilOn"])
    if columns["revoke_on_refund"] is None:
        columns["revoke_on_refund"] = _of_products(columns) or not any(columns[c] for c in ("from_on", "until_on", "last_days"))
    return columns


def _of_products(columns: dict[str, Any]) -> bool:
    return bool(columns["product_ids"]) and not columns["performance_ids"] and not columns["production_ids"]


async def _least(measure: str, given: Decimal | None) -> int:
    if given is None:
        raise Refusal("REQUIRED", "This may not be empty.", field=["minimum"])
    least = (await house()).money(given) if measure == "AMOUNT" else int(given)
    if not 1 <= least < 2**62 or (measure != "AMOUNT" and least != given):
        raise Refusal("INVALID_VALUE", "It takes at least one, or, for an AMOUNT, more than nothing.", field=["minimum"])
    return least


async def _check(column: str, ids: list[UUID]) -> None:
    """Refuse ids of what the caller does not see."""
    field = [forms.camel(column)]
    if len(ids) > MOST_CHOSEN:
        raise Refusal("INVALID_VALUE", f"Choose at most {MOST_CHOSEN}, or none: then everything counts.", field=field)
    known = await tenancy.fetch(
        sql(
            "select id from {table} t where t.tenant_id = {venue} and t.id = any({ids}::uuid[]) and {seen}",
            table=name(_CHOSEN[column]),
            ids=ids,
            seen=visible(_CHOSEN[column], "t").wrapped(),
        )
    )
    if missing := set(ids) - {row.id for row in known}:
        raise Refusal("UNKNOWN_REFERENCE", f"There is none with the id {min(map(str, missing))}.", field=field)


async def _held(rule_id: UUID) -> Any:
    """The rule of a flag that the caller may change, both locked."""
    found = await FlagRule.rows(sql("t.id = {id} and {seen}", id=rule_id, seen=visible("flag_rules", "t").wrapped()))
    if not found:
        raise not_found(FlagRule)
    await forms.held(Flag, found[0].flag_id)
    return await forms.held(FlagRule, rule_id)
