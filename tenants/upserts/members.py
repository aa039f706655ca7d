"""Rows that put customers in a flag, a pool or an attribute, or take them out again (Requirements A4, PO7, Y3, Y6)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tenants import assignments, facts, tenancy
from tenants.assignments import TODAY, Assignment, Cause, Kind, standing
from tenants.organisations import visible
from tenants.people import email_key
from tenants.sql import every, join, sql
from tenants.upserts.rows import CREATED, REJECTED, UNCHANGED, UPDATED, Row, Seen
from tenants.values import Problem

WAYS = {"customer": "external_id", "number": "number::text", "email": "email_key"}  # to name a customer: the first that is given


async def write(kind: Kind, record: Any, rows: Sequence[Row], *, dry: bool, seen: Seen) -> None:
    """Give or take what the rows say; each one's `status` tells whether that was a change, its `problems` why it was rejected."""
    await _name_customers(rows)
    await _name_groups(kind, record, rows)
    _agree(kind, rows, seen)
    for row in rows:
        row.status = REJECTED if row.problems else UNCHANGED
    told = {(row.ids[kind], row.ids["customer"]): row for row in rows if not row.problems and not row.repeats}
    if not dry:
        await facts.one_at_a_time(sorted({customer for _, customer in told}))  # in one order, whatever the groups
    for group in sorted({group for group, _ in told}):
        gives = {c: row for (g, c), row in told.items() if g == group and not row.values.get("remove")}
        takes = {c: row for (g, c), row in told.items() if g == group and row.values.get("remove")}
        if dry:
            there = await _standing(group, [*gives, *takes])
            fresh, gone = set(gives) - there, set(takes) & there
        else:
            fresh = await assignments.give(kind, group, gives, Cause("IMPORT"))
            gone = await assignments.take(kind, group, takes, "REMOVED")
        for customer in fresh:
            gives[customer].status = CREATED
        for customer in gone:
            takes[customer].status = UPDATED


async def _name_customers(rows: Sequence[Row]) -> None:
    """Find each row's customer by what it gives."""
    named = {row.number: (way, row.values[way]) for row in rows if (way := next(filter(row.values.get, WAYS), None))}
    found = await _customers({(way, _key(way, value)) for way, value in named.values()})
    for row in rows:
        if row.problems:
            continue
        if row.number not in named:
            row.problems.append(Problem("customer", "REQUIRED", "Name the customer by external id, number or e-mail address."))
            continue
        way, value = named[row.number]
        ids = found[way, _key(way, value)]
        if len(ids) == 1:
            row.ids["customer"] = ids[0]
        else:
            why = "Several customers have" if ids else "No customer has"
            row.problems.append(Problem(way, "UNKNOWN_REFERENCE", f"{why} the {_WORDS[way]} {str(value)[:80]!r}."))


_WORDS = {"customer": "external id", "number": "number", "email": "e-mail address"}


def _key(way: str, value: Any) -> str:
    return email_key(value) if way == "email" else str(value)


async def _customers(named: set[tuple[str, str]]) -> dict[tuple[str, str], list[UUID]]:
    asked = [
        sql(
            "select {way} as way, {column} as key, id from customers where tenant_id = {venue} and {indexed}",
            way=way,
            column=sql(column),
            indexed=sql(f"{column.removesuffix('::text')} = any({{keys}})", keys=_typed(way, keys)),
        )
        for way, column in WAYS.items()
        if (keys := [key for its, key in named if its == way])
    ]
    found: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for row in await tenancy.fetch(join(" union all ", asked)) if asked else ():
        found[row.way, row.key].append(row.id)
    return found


def _typed(way: str, keys: list[str]) -> list[Any]:
    return [int(key) for key in keys] if way == "number" else keys


async def _name_groups(kind: Kind, record: Any, rows: Sequence[Row]) -> None:
    """Find the flag, pool or attribute of each row: by its external id, a pool's number, or a name that no other one has."""
    good = [row for row in rows if not row.problems]
    called = {str(row.values[kind]) for row in good}
    found = {text: await _group(kind, record, text) for text in sorted(called)}
    for row in good:
        group = found[str(row.values[kind])]
        if isinstance(group, Problem):
            row.problems.append(group)
        else:
            row.ids[kind] = group


async def _group(kind: Kind, record: Any, text: str) -> UUID | Problem:
    ways = ["t.external_id = {text}", "t.name = {text} and t.archived_at is null"]
    if kind == "pool" and text.isascii() and text.isdecimal() and len(text) <= 18:
        ways.insert(1, "t.number = {text}::text::bigint")
    for way in ways:
        groups = await record.rows(every([sql(way, text=text), visible(record.table(), "t")]))
        if len(groups) > 1:
            return Problem(kind, "UNKNOWN_REFERENCE", f"Several are called {text[:80]!r}: name it by its external id.")
        if groups:
            return await _open(kind, groups[0])
    return Problem(kind, "UNKNOWN_REFERENCE", f"There is no {kind} {text[:80]!r} in this venue.")


async def _open(kind: Kind, group: Any) -> UUID | Problem:
    if not (await assignments.terms_of(kind, group.id)).open:
        return Problem(kind, "WRONG_STATE", f"The {kind} {group.name!r} is out of use.")
    if kind == "pool" and group.kind == "EVENT":
        return Problem(kind, "WRONG_STATE", f"The pool {group.name!r} holds whoever has a ticket: nobody is put in it by a file.")
    return group.id  # type: ignore[no-any-return]


def _agree(kind: Kind, rows: Sequence[Row], seen: Seen) -> None:
    """Two rows of one file must not both give and take."""
    for row in rows:
        if row.problems:
            continue
        said = seen.tell((kind, str(row.ids[kind]), str(row.ids["customer"])), (bool(row.values.get("remove")),))
        if said is False:
            row.problems.append(Problem("remove", "CONFLICTING_ROWS", "An earlier row says the opposite of this customer."))
        row.repeats = said is True


async def _standing(group: UUID, customers: list[UUID]) -> set[UUID]:
    which = sql(
        "t.group_id = {group} and t.customer_id = any({ids}::uuid[]) and {standing}",
        group=group,
        ids=customers,
        standing=standing("t", TODAY),
    )
    return {row.customer_id for row in await Assignment.rows(which)}
