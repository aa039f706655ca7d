"""Who is in a group of customers: one engine for flags, pools and attributes (Requirement D21). An assignment is a row with who,
when, why and until when; it ends, and is never deleted. What is synchronised is kept alike in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, facts, syncs, tenancy
from tenants.ids import new_id
from tenants.pages import Listing, Sort, Through
from tenants.record import VenueRecord
from tenants.shape import Choice
from tenants.sql import Sql, name, sql

SOURCES = {
    "MANUAL": "Given by hand, or by a partner's program.",
    "RULE": "By a rule of the flag, for what was bought.",
    "SEGMENT": "To everybody in a segment.",
    "IMPORT": "By a file.",
    "SYNC": "Because the pool or attribute it is kept alike with has the customer.",
    "MEMBERSHIP": "With a membership, and as long as it holds.",
    "EVENT": "Because the customer holds a ticket to the pool's performance.",
}
END_REASONS = {
    "REMOVED": "Taken by hand.",
    "EXPIRED": "Its last day is over.",
    "REFUNDED": "What it was given for was paid back or deleted, or lies too far back for the rule that gave it.",
    "RULE": "Its rule was ended, or asks for something else now.",
    "SYNC": "Because it went from the pool or attribute it is kept alike with.",
    "ARCHIVED": "The flag, pool or attribute was taken out of use.",
}
SOURCE = Choice("AssignmentSource", SOURCES, "Why a customer is in a group.")
END_REASON = Choice("AssignmentEndReason", END_REASONS, "How an assignment ended.")
AT_ONCE = 1000

Kind = Literal["flag", "pool", "attribute"]


class Assignment(VenueRecord):
    """That a customer was in a flag, pool or attribute for a while; it stands while it has not ended nor expired. `assigned_by`
    and `ended_by` are global ids of persons or keys, `expires_on` the last day in the venue's time zone."""

    customer_id = fields.UUIDField()
    flag_id = fields.UUIDField(null=True)
    pool_id = fields.UUIDField(null=True)
    attribute_id = fields.UUIDField(null=True)
    source = fields.TextField()
    assigned_at = fields.DatetimeField(auto_now_add=True)
    assigned_by = fields.TextField(null=True)
    expires_on = fields.DateField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.TextField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "assignments"


class AssignmentCause(VenueRecord):
    """One cause of an assignment; `line_ids` are the ticket lines of a rule's, `expires_on` its last day by this cause alone."""

    assignment_id = fields.UUIDField()
    source = fields.TextField()
    rule_id = fields.UUIDField(null=True)
    line_ids = ArrayField("uuid", default=list)
    caused_at = fields.DatetimeField(auto_now_add=True)
    caused_by = fields.TextField(null=True)
    expires_on = fields.DateField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "assignment_causes"


@dataclass(frozen=True)
class Cause:
    """Why customers are put in a group: for all of them, and per customer the lines of a rule and the last day."""

    source: str
    rule: UUID | None = None
    lines: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    until: Mapping[UUID, date] = field(default_factory=dict)


def standing(alias: str, day: Sql) -> Sql:
    """The condition under which an assignment stands on a day of the venue's."""
    a = name(alias)
    return sql("{a}.ended_at is null and ({a}.expires_on is null or {a}.expires_on >= {day})", a=a, day=day)


TODAY = sql("(select (now() at time zone v.time_zone)::date from venues v where v.id = {venue})")


@dataclass(frozen=True)
class AssignmentFilter:
    """Nothing to choose by: assignments are read of a group or of a customer."""


ASSIGNMENTS = Listing(Assignment, {"GIVEN": Sort("In the order they were given.", {})}, AssignmentFilter)
MEMBERS = Through(lambda: sql("t.group_id = parent.id and {standing}", standing=standing("t", TODAY)))


def day_of(at: Sql) -> Sql:
    """The venue's day at a moment."""
    return sql("(select ({at} at time zone v.time_zone)::date from venues v where v.id = {venue})", at=at)


async def give(kind: Kind, group: UUID, customers: Iterable[UUID], cause: Cause) -> set[UUID]:
    """Put customers in a group; answers those who were not in it. Who is keeps the assignment, with the later last day (D27) and
    one cause more. Ids of nobody are passed over, and a group that is out of use gets nobody."""
    fresh: set[UUID] = set()
    for some in _lots(sorted(set(customers))):
        known = await _lock(some)
        given = await _give(kind, group, known, cause)
        fresh |= given
        if given and (other := await _kept_alike(kind, group)):
            await _give(*other, sorted(given), Cause("SYNC"))
    return fresh


async def take(kind: Kind, group: UUID, customers: Iterable[UUID], reason: str) -> set[UUID]:
    """Take customers out of a group, for a reason of END_REASONS; answers those who were in it. Who has an attribute because it
    follows an event pool keeps it."""
    gone: set[UUID] = set()
    for some in _lots(sorted(set(customers))):
        known = set(await _lock(some))
        if kind == "attribute":
            known -= await syncs.following(group, known)
        taken = await _take(kind, group, known, reason)
        gone |= taken
        if taken and (other := await _kept_alike(kind, group)):
            await _take(*other, taken, "SYNC")
    return gone


async def close(kind: Kind, group: UUID) -> int:
    """End all that stands of a group that was taken out of use; answers how many. Call it behind facts.alone()."""
    return await _ended(sql("a.{column} = {group}", column=name(f"{kind}_id"), group=group), "ARCHIVED")


async def expire() -> int:
    """End what has expired, so that it stands nowhere as if it did not; answers how many. (Only flags expire, and nothing is
    kept alike with them.)"""
    return await _ended(sql("a.expires_on < {today}", today=TODAY), "EXPIRED")


async def _lock(customers: Sequence[UUID]) -> list[UUID]:
    """Those of them that there are. Everything about a customer's groups waits for this lock, and takes it in one order; whoever
    switches a synchronisation on or off has all others wait (tenants/syncs.py)."""
    await facts.one_at_a_time(customers)
    known = await tenancy.fetch(
        sql("select id from customers where tenant_id = {venue} and id = any({ids}::uuid[]) order by id", ids=list(customers))
    )
    return [row.id for row in known]


async def _give(kind: Kind, group: UUID, customers: Sequence[UUID], cause: Cause) -> set[UUID]:
    if not customers or not (terms := await terms_of(kind, group)).open:
        return set()
    column, by = name(f"{kind}_id"), audit.actor()
    expired = "a.{column} = {group} and a.customer_id = any({ids}::uuid[]) and a.expires_on < {today}"
    await _ended(sql(expired, column=column, group=group, ids=list(customers), today=TODAY), "EXPIRED")
    rows = await tenancy.fetch(
        sql(
            """
            insert into assignments as a (tenant_id, id, customer_id, {column}, source, assigned_by, expires_on)
            select {venue}, n.id, n.customer, {group}, {source}, {by}, least({last}::date, n.until)
            from unnest({ids}::uuid[], {customers}::uuid[], {until}::date[]) as n (id, customer, until)
            on conflict (tenant_id, customer_id, group_id) where ended_at is null do update set expires_on =
              case when a.expires_on is null or excluded.expires_on is null then null
                   else greatest(a.expires_on, excluded.expires_on) end
            returning id, customer_id, xmax = 0 as fresh
            """,
            column=column,
            group=group,
            source=cause.source,
            by=by,
            last=terms.last,
            ids=[new_id() for _ in customers],
            customers=list(customers),
            until=[cause.until.get(customer) for customer in customers],
        )
    )
    told = [row for row in rows if row.fresh or cause.source != "SYNC"]
    await tenancy.execute(
        sql(
            """
            insert into assignment_causes as c (tenant_id, id, assignment_id, source, rule_id, line_ids, caused_by, expires_on)
            select {venue}, n.id, n.assignment, {source}, {rule}, string_to_array(n.lines, ',')::uuid[], {by},
              least({last}::date, n.until)
            from unnest({ids}::uuid[], {assignments}::uuid[], {lines}::text[], {until}::date[])
              as n (id, assignment, lines, until)
            on conflict (tenant_id, assignment_id, rule_id) where rule_id is not null and ended_at is null
            do update set line_ids = excluded.line_ids where c.line_ids <> excluded.line_ids
            """,
            ids=[new_id() for _ in told],
            assignments=[row.id for row in told],
            lines=[",".join(map(str, cause.lines.get(row.customer_id, ()))) for row in told],
            until=[cause.until.get(row.customer_id) for row in told],
            last=terms.last,
            source=cause.source,
            rule=cause.rule,
            by=by,
        )
    )
    return {row.customer_id for row in rows if row.fresh}


async def terms_of(kind: Kind, group: UUID) -> Any:
    """Whether a group takes anybody now (`open`), and until when an assignment given now holds (`last`, F7)."""
    its_end = sql("f.expires_on is null or f.expires_on >= {today}", today=TODAY)
    its_last = sql("coalesce(f.expires_on, {today} + f.expires_after_days)", today=TODAY)
    return await tenancy.fetch_one(
        sql(
            "select f.archived_at is null and ({end}) as open, {last} as last from {table} f "
            "where f.tenant_id = {venue} and f.id = {group}",
            end=its_end if kind == "flag" else sql("true"),
            last=its_last if kind == "flag" else sql("null::date"),
            table=name(f"{kind}s"),
            group=group,
        )
    )


async def _take(kind: Kind, group: UUID, customers: Iterable[UUID], reason: str) -> set[UUID]:
    rows = await tenancy.fetch(
        sql(
            """
            update assignments a set ended_at = clock_timestamp(), ended_by = {by}, end_reason = {reason}
            where a.tenant_id = {venue} and a.{column} = {group} and a.customer_id = any({ids}::uuid[]) and a.ended_at is null
            returning a.customer_id
            """,
            by=audit.actor(),
            reason=reason,
            column=name(f"{kind}_id"),
            group=group,
            ids=list(customers),
        )
    )
    return {row.customer_id for row in rows}


async def _ended(which: Sql, reason: str) -> int:
    done = await tenancy.execute(
        sql(
            "update assignments a set ended_at = clock_timestamp(), ended_by = {by}, end_reason = {reason} "
            "where a.tenant_id = {venue} and a.ended_at is null and {which}",
            by=audit.actor() if reason == "ARCHIVED" else None,
            reason=reason,
            which=which,
        )
    )
    return int(done.rpartition(" ")[2])


async def _kept_alike(kind: Kind, group: UUID) -> tuple[Kind, UUID] | None:
    """The other side of a synchronisation."""
    if kind == "flag":
        return None
    mine, other = ("pool_id", "attribute_id") if kind == "pool" else ("attribute_id", "pool_id")
    row = await tenancy.fetch_one(
        sql(
            """
            select s.{other} as id, s.two_way from syncs s
            where s.tenant_id = {venue} and s.{mine} = {group} and s.ended_at is null
            """,
            mine=name(mine),
            other=name(other),
            group=group,
        )
    )
    if row is None or (kind == "attribute" and not row.two_way):
        return None
    return ("attribute" if kind == "pool" else "pool"), row.id


def _lots(customers: Sequence[UUID]) -> Iterable[list[UUID]]:
    coming = iter(customers)
    while some := list(islice(coming, AT_ONCE)):
        yield some
