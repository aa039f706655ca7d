"""Bulk upserts as one call: up to a thousand rows of one kind, a result for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from tenants.errors import Refusal
from tenants.orders import Order
from tenants.shape import MISSING
from tenants.upserts import custom, shapes
from tenants.upserts.engine import upsert
from tenants.upserts.kinds import KINDS
from tenants.upserts.rows import CREATED, REJECTED, UNCHANGED, UPDATED, House, Kind, Row, house
from tenants.upserts.translations import spread
from tenants.values import Problem, fields_of

MOST_ROWS = 1_000
LINE_FIELDS = fields_of(shapes.TicketLineRow)
Policy = Literal["REJECT_EVERYTHING", "REJECT_FAILED_ROWS"]


@dataclass
class Result:
    """What became of one row, in the order given. A problem's path leads from the row to the value; warnings are about a row that
    was written."""

    status: str
    record: Any
    id: UUID | None
    problems: list[tuple[list[str], Problem]] = field(default_factory=list)
    warnings: list[tuple[list[str], Problem]] = field(default_factory=list)


async def upsert_rows(kind: str, given: Sequence[Any], policy: Policy) -> list[Result]:
    """Write rows of a kind, given as its shape. Raises TOO_MANY_ROWS."""
    if len(given) > MOST_ROWS:
        raise Refusal("TOO_MANY_ROWS", f"A call takes at most {MOST_ROWS} rows; this one has {len(given)}.", field=["rows"])
    here, chosen = await house(), KINDS[kind]
    rows = [_row(number, vars(one), chosen, here) for number, one in enumerate(given)]
    await upsert(chosen, rows, here, all_or_nothing=policy == "REJECT_EVERYTHING")
    return [Result(r.status, chosen.record, _kept(r), [(_way(p), p) for p in r.problems]) for r in rows]


async def upsert_orders(given: Sequence[shapes.OrderRow], policy: Policy) -> list[Result]:
    """Write orders with their lines; an order stands or falls whole. Raises TOO_MANY_ROWS (lines count as rows)."""
    if (many := sum(max(len(o.lines or ()), 1) for o in given)) > MOST_ROWS:
        raise Refusal("TOO_MANY_ROWS", f"A call takes at most {MOST_ROWS} lines; this one has {many}.", field=["rows"])
    here, sales = await house(), KINDS["sales"]
    rows: list[Row] = []
    places: list[list[str]] = []
    for group, order in enumerate(given):
        head = {**vars(order), "order": order.external_id}
        for at, line in enumerate(order.lines or ()):
            rows.append(_row(len(rows), {**head, **vars(line)}, sales, here, group=group))
            places.append(["lines", str(at)])
        if not order.lines:
            rows.append(_row(len(rows), head, sales, here, group=group, through=1))
            places.append([])
    await upsert(sales, rows, here, all_or_nothing=policy == "REJECT_EVERYTHING")
    return [_together([(r, places[r.number]) for r in rows if r.group == group]) for group in range(len(given))]


def _together(parts: list[tuple[Row, list[str]]]) -> Result:
    """What became of an order: changed when a line was."""
    problems = [([*(place if p.field in LINE_FIELDS else []), *_way(p)], p) for row, place in parts for p in row.problems]
    first = parts[0][0]
    if first.status == REJECTED:
        return Result(REJECTED, Order, None, problems)
    told = {status for row, _ in parts for status in row.stage_status}
    status = CREATED if first.stage_status[0] == CREATED else UPDATED if told != {UNCHANGED} else UNCHANGED
    warnings = [([*place, *_way(p)], p) for row, place in parts for p in row.warnings]
    return Result(status, Order, first.stage_ids[0], warnings=warnings)


def _row(number: int, values: dict[str, Any], kind: Kind, here: House, **how: int) -> Row:
    """A row of typed values, checked; what was left out stays out."""
    row = Row(number, {}, **how)  # type: ignore[arg-type]  # group and through, both numbers
    for name, field_ in fields_of(kind.shape).items():
        value = values.get(name, MISSING)
        if value is MISSING:
            continue
        try:
            if name == "translations":
                row.values |= spread(value or (), here)
                continue
            if name == "custom_fields":
                own, problems = custom.spread(value or (), kind.own(here))
                row.values |= own
                row.problems += problems
                continue
            row.values[name] = field_.check(value, here.zone)
        except Problem as problem:
            row.problems.append(problem)
            continue
        if field_.always and value in ("", None):
            row.problems.append(Problem(name, "REQUIRED", "Every row needs this."))
    return row


def _way(problem: Problem) -> list[str]:
    """The steps to a value within its row: the venue's own fields stand in a list."""
    return ["custom_fields"] if problem.field.startswith(custom.PREFIX) else problem.field.split(".")


def _kept(row: Row) -> UUID | None:
    return None if row.status == REJECTED else row.id
