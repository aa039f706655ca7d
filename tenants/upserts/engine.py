"""Writes rows of a kind, set by set: do they agree, what do they refer to, what is known, then one statement per table.

A dry run goes the same way up to the writing and compares instead, so a plan says what applying would do.
"""

from collections.abc import Container, Sequence
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.ids import new_id
from tenants.organisations import Organisation, within
from tenants.sql import sql
from tenants.upserts import custom_values, facts, rights, tables, translations, versions
from tenants.upserts.kinds import MADE_BY_NAME
from tenants.upserts.rows import CREATED, REJECTED, UNCHANGED, UPDATED, Columns, House, Kind, Plan, Row, Seen, Stage
from tenants.values import Field, Problem, fields_of

_WRITTEN = frozenset({CREATED, UPDATED})


class SeenHere(dict[Any, Any]):
    """Seen, for the rows of one call."""

    def tell(self, key: tuple[Any, ...], told: tuple[Any, ...]) -> bool | None:
        """See Seen."""
        return self[key] == told if key in self else self.update({key: told})


async def upsert(
    kind: Kind,
    rows: Sequence[Row],
    house: House,
    *,
    create_missing: bool = False,
    dry: bool = False,
    all_or_nothing: bool = False,
    seen: Seen | None = None,
) -> None:
    """Write the rows; each row's `status` and `id` say what became of it, its `problems` why it was rejected.

    `create_missing` makes referred objects that do not exist, with their external id for a name. `dry` writes nothing.
    `all_or_nothing` writes nothing when any row has a problem. `seen` remembers rows of earlier batches of the same file.
    """
    if kind.write is not None:
        await kind.write(rows, dry=dry, seen=seen or SeenHere())
        return
    _agree(kind, rows, house, seen or SeenHere())
    for each in fields_of(kind.shape).values():
        if each.ref is not None:
            await _resolve(kind, each, rows, create_missing, dry)
    plans = [await _plan(stage, [row for row in rows if row.through > at], house) for at, stage in enumerate(kind.stages)]
    await versions.check(kind.stages[-1], plans[-1], rows, kind.own(house))
    await custom_values.check(kind.stages[0], plans[0], rows, kind.own(house))
    _reject(rows, everything=all_or_nothing)
    good = [row for row in rows if row.status != REJECTED]
    was = {} if dry else await facts.before(kind.stages, plans)
    for at, (stage, plan) in enumerate(zip(kind.stages, plans, strict=True)):
        await _write(stage, plan, [row for row in good if row.through > at], house, dry)
    if not dry:
        for name, (table, ours, theirs) in kind.links.items():
            await tables.link(table, ours, theirs, [(row.id, other) for row in good if row.id for other in row.ids.get(name, [])])
        await rights.settle([row.id for row in good if row.id and "benefit" in row.ids])
        await facts.settle(kind.stages[0], was, good, _WRITTEN)


def _agree(kind: Kind, rows: Sequence[Row], house: House, seen: Seen) -> None:
    """Rows of one object must say the same of it. (Links add up, so they may differ.)"""
    translated = "translations" in fields_of(kind.shape)
    for number, stage in enumerate(kind.stages):
        told = [name for name in stage.fields or fields_of(kind.shape) if name not in kind.links]
        told += house.own.get(stage.own or "", ())
        for row in rows:
            if row.problems or row.through <= number:
                continue
            key = stage.key_of(row.values)
            elsewhere = translations.said(row.values) if translated else ()
            agrees = seen.tell((number, *key), (*map(row.values.get, told), *elsewhere))
            if agrees is False:
                which = " / ".join(map(str, key))[:200]
                row.problems.append(Problem(told[0], "CONFLICTING_ROWS", f"An earlier row says something else of {which}."))
            row.repeats = agrees is True and stage is kind.stages[-1]


async def _resolve(kind: Kind, field: Field, rows: Sequence[Row], create: bool, dry: bool) -> None:
    """Turn the external ids of one field into ids, or into problems; make what is missing where that is asked for."""
    given = [(row, value) for row in rows if not row.problems and (value := row.values.get(field.name))]
    asked = {e: row for row, value in given for e in (value if field.many else (value,))}
    found = {k[0]: i for k, i in (await tables.known(field.ref, tables.BY_EXTERNAL_ID, [(e,) for e in asked])).items()}
    missing = [e for e in asked if e not in found]
    if missing and create and field.ref in MADE_BY_NAME:
        naming = next((f.name for f in fields_of(kind.shape).values() if f.name_of == field.name), None)
        names = {e: str((naming and asked[e].values.get(naming)) or e) for e in missing}
        found |= {e: new_id() for e in missing} if dry else await tables.make(field.ref, names)
    if field.ref is Organisation and (mine := tenancy.current().organisations) is not None:
        found = {e: i for e, i in found.items() if i in mine}  # staff may name their own only (Requirement O2)
    for row, value in given:
        try:
            row.ids[field.name] = [found[e] for e in value] if field.many else found[value]
        except KeyError as unknown:
            sentence = f"There is no {field.ref.__name__.lower()} with the external id {unknown.args[0][:80]!r}."
            row.problems.append(Problem(field.name, "UNKNOWN_REFERENCE", sentence))


async def _plan(stage: Stage, rows: Sequence[Row], house: House) -> Plan:
    plan, own = Plan(), house.own.get(stage.own or "", {})
    firsts: dict[tuple[Any, ...], int] = {}  # rows of one object agree, so what the first says is said for all
    for row in rows:
        if row.problems:
            continue
        first = firsts.setdefault(stage.key_of(row.values), row.number)
        if first in plan.columns:
            plan.columns[row.number], plan.keys[row.number] = plan.columns[first], plan.keys[first]
            plan.own[row.number] = plan.own[first]
            continue
        try:
            plan.columns[row.number] = columns = translations.together(stage.columns(row, house))
            columns.pop("version", None)
            plan.own[row.number] = {called: row.values[called] for called in own if called in row.values}
            for called in own:
                columns.pop(called, None)
        except Problem as problem:
            row.problems.append(problem)
            continue
        plan.keys[row.number] = tuple([columns[c] for c in stage.key])
    keys = list(set(plan.keys.values()))
    plan.known = await tables.known(stage.record, stage.key, keys, seen_only=False)
    limited = tenancy.current().organisations is not None
    mine = await tables.known(stage.record, stage.key, keys) if limited else plan.known
    others = await _others_too(stage, plan, mine) if limited else set()
    for row in rows:
        if row.problems:
            continue
        if limited:
            _keep_inside(stage, plan.columns[row.number], new=plan.keys[row.number] not in plan.known)
        new = plan.keys[row.number] not in plan.known
        if not new and plan.keys[row.number] not in mine:
            sentence = f"This {stage.record.__name__} belongs to an organisation that is not yours."
            row.problems.append(Problem(next(iter(stage.key)), "FORBIDDEN", sentence))
        elif not new and plan.keys[row.number] in others:
            sentence = "It belongs to others too: only who belongs to all of them can say whose it is."
            row.problems.append(Problem("organisations", "FORBIDDEN", sentence))
        else:
            row.problems += _lacking(stage, plan.columns[row.number], new=new)
    return plan


def _lacking(stage: Stage, columns: Columns, *, new: bool) -> list[Problem]:
    """What an object cannot be without: a new one has to bring it, one that is there cannot be rid of it."""
    sentence = f"A new {stage.record.__name__} needs this." if new else f"A {stage.record.__name__} cannot be without this."
    return [
        Problem(name, "REQUIRED", sentence)
        for either, name in stage.needed.items()
        if all(columns.get(c) is None for c in either.split(" or ")) and (new or any(c in columns for c in either.split(" or ")))
    ]


def _keep_inside(stage: Stage, columns: Columns, *, new: bool) -> None:
    """What staff of an organisation make belongs to it; they cannot give a row to the whole venue (Requirement O2)."""
    if "organisation_ids" in stage.record.columns() and not columns.get("organisation_ids"):
        columns.pop("organisation_ids", None)
        if new:
            columns["organisation_ids"] = tenancy.current().reach


async def _others_too(stage: Stage, plan: Plan, mine: Container[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The keys of rows that are to change hands, and that reach further than the caller does."""
    named = {plan.keys[n] for n, columns in plan.columns.items() if columns.get("organisation_ids") and plan.keys[n] in mine}
    return named - set(await tables.known(stage.record, stage.key, list(named), also=within(sql("t")))) if named else named


def _reject(rows: Sequence[Row], *, everything: bool) -> None:
    """Reject rows with problems, and those that stand or fall with them."""
    fallen = {row.group for row in rows if row.problems and row.group is not None}
    everything = everything and any(row.problems for row in rows)
    for row in rows:
        if row.problems or everything or row.group in fallen:
            row.status = REJECTED


async def _write(stage: Stage, plan: Plan, rows: Sequence[Row], house: House, dry: bool) -> None:
    """Insert what is new, update what is known; of rows with one key the first counts, the others repeat it."""
    firsts = {plan.keys[row.number]: row for row in reversed(rows)}
    ids = {key: plan.known.get(key) or new_id() for key in firsts}
    new: dict[UUID, Columns] = {}
    old: dict[UUID, Columns] = {}
    for key, row in firsts.items():
        columns = plan.columns[row.number]
        if stage.parent:
            columns[stage.parent] = row.stage_ids[0]
        if key in plan.known:
            old[ids[key]] = {c: v for c, v in columns.items() if c not in stage.key}
        else:
            new[ids[key]] = columns
    if dry:
        differ = await tables.differences(stage.record, old)
        changed = set(differ)
        for key, row in firsts.items():
            row.changes += differ.get(ids[key], [])
    else:
        elsewhere = await tables.insert(stage.record, stage.key, new)
        for row_id, columns in elsewhere.items():
            ids[tuple(columns[c] for c in stage.key)] = row_id
        changed = await tables.update(stage.record, {**old, **elsewhere})
    if stage.own:
        given = {ids[key]: plan.own[row.number] for key, row in firsts.items() if plan.own[row.number]}
        known = house.own.get(stage.own, {})
        differ = await custom_values.write(stage.record, stage.own, known, given, new, dry=dry)
        changed |= set(differ)
        for key, row in firsts.items():
            row.changes += differ.get(ids[key], [])
    for row in rows:
        key = plan.keys[row.number]
        row.id = ids[key]
        status = UNCHANGED
        if firsts[key] is row and not (dry and row.repeats):
            status = CREATED if row.id in new else UPDATED if row.id in changed else UNCHANGED
        row.stage_ids.append(row.id)
        row.stage_status.append(status)
        row.status = status
