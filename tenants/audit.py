"""The audit log: who did what to what, from where and with what outcome. Entries are only ever added; the database sees to it.

Every mutation leaves one by itself (resolvers/fields.py). What it tells beyond that is said where it is done, with changed() and
counted(), and is taken back with the savepoint. Never a secret, a password, or the text of a query.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.audit_drafts import Change, Standing, network
from tenants.audit_drafts import Entry as Entry  # noqa: PLC0414  # for others to take from here
from tenants.errors import Refusal
from tenants.ids import global_id, new_id
from tenants.permissions import Caller
from tenants.sql import Sql, join, sql

_entry: ContextVar[Entry | None] = ContextVar("entry", default=None)


@contextmanager
def recording(action: str, caller: Caller, trace: str, *, everywhere: bool = False) -> Iterator[Entry]:
    """While a mutation runs: its entry, which changed(), counted() and by() add to. It is for the venue that the request is
    about, or (`everywhere`) for all the venues of the caller."""
    venues = caller.memberships if everywhere else [caller.at] if caller.at else []
    kind = "KEY" if caller.kind == "STOREFRONT" else caller.kind
    entry = Entry(
        action,
        kind,
        global_id(kind.capitalize(), caller.id) if caller.id else None,
        caller.name,
        trace,
        network(caller.address),
        [Standing(m.venue, m.role, None if m.organisations is None else sorted(m.organisations), m.grant) for m in venues],
    )
    with _open(entry):
        yield entry


@contextmanager
def commanded(action: str) -> Iterator[Entry]:
    """While a command of `foyer` runs that changes something: its entry, for settle(). It is told to no venue but one that
    about() names."""
    entry = Entry(action, "PLATFORM", None, "the command line", secrets.token_hex(16), "", [])
    with _open(entry):
        yield entry


@contextmanager
def _open(entry: Entry) -> Iterator[None]:
    mine, told = _entry.set(entry), tenancy.told.set(entry.details)
    try:
        yield
    finally:
        tenancy.told.reset(told)
        _entry.reset(mine)


@contextmanager
def attempt(action: str, caller: Caller, trace: str, entries: list[Entry]) -> Iterator[None]:
    """While something runs that is no mutation: its entry, which joins `entries` however it ends."""
    with recording(action, caller, trace, everywhere=True) as entry, noting_failure(entry, entries):
        yield
        entries.append(entry)


@contextmanager
def noting_failure(entry: Entry, entries: list[Entry]) -> Iterator[None]:
    """What is refused or breaks inside leaves its entry; a throttled try only where it says once()."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code != "THROTTLED" or entry.once:
            entries.append(entry.ended("REFUSED", refusal.code))
        raise
    except Exception:
        entries.append(entry.ended("FAILED"))
        raise


def changed(kind: str, row_id: UUID, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Tell what a change was: the values of `after` that `before` (None: it is new) has not. Call it with columns chosen by
    name, never with whole rows."""
    if (entry := _entry.get()) is not None:
        old, which = before or {}, global_id(kind, row_id)
        entry.details += [
            Change(which, column, old.get(column), value) for column, value in after.items() if old.get(column) != value
        ]


def named(kind: str, row_id: UUID) -> None:
    """Tell what it was about, where no values are to be told."""
    if (entry := _entry.get()) is not None:
        entry.touched([global_id(kind, row_id)])


def once(bucket: bytes, window: timedelta) -> None:
    """Of all that is refused for the same cause, tell one in so long: else whoever is slowed down could fill the log."""
    if (entry := _entry.get()) is not None:
        entry.once = (bucket, window)


def counted(**rows: int) -> None:
    """Tell how many rows a bulk call wrote, by outcome; the rows themselves are not told."""
    if (entry := _entry.get()) is not None:
        entry.details.append(rows)


def actor() -> str | None:
    """The global id of who runs the mutation; None in a job."""
    return entry.actor if (entry := _entry.get()) is not None else None


def about(venue: UUID) -> None:
    """It is for this venue, though the actor has no role there."""
    if (entry := _entry.get()) is not None:
        entry.at = [Standing(venue)]


def by(person: UUID | None, its_name: str) -> None:
    """Who tries to sign in. It is told to all venues where the person has a role, whether it succeeds or not. For nobody we know
    (None) a made-up person is looked for, so that the answer takes as long."""
    if (entry := _entry.get()) is not None:
        entry.person = person or new_id()
        if person:
            entry.actor_kind, entry.actor, entry.actor_name = "PERSON", global_id("Person", person), its_name


_TO_A_VENUE = """
insert into audit_entries (tenant_id, organisation_ids, actor_role, support_reason,
  id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values {rows}"""
_OBJECTS = "insert into audit_objects (tenant_id, object, entry_id) values {rows}"
_TO_THE_PLATFORM = """
insert into platform_audit_entries (
  id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values {rows}"""


def write(entries: list[Entry]) -> None:
    """Add entries to the open scope's log, at its end."""
    here = tenancy.current().venue
    ids = [new_id() for _ in entries]
    rows = join(", ", [_row(id, entry, here) for id, entry in zip(ids, entries, strict=True)])
    tenancy.at_the_end(sql(_TO_THE_PLATFORM if here is None else _TO_A_VENUE, rows=rows))
    objects = [(id, each) for id, entry in zip(ids, entries, strict=True) for each in entry.about]
    if here and objects:
        rows = join(", ", [sql("({venue}, {object}, {entry})", object=each, entry=id) for id, each in objects])
        tenancy.at_the_end(sql(_OBJECTS, rows=rows))


def _row(id: UUID, entry: Entry, here: UUID | None) -> Sql:
    counts = {outcome: rows for d in entry.details if isinstance(d, dict) for outcome, rows in d.items()}
    where = _standing(next((each for each in entry.at if each.venue == here), None)) if here else sql("")
    return sql(
        "({where}{id}, {kind}, {actor}, {name}, {action}, {objects}::text[], {changes}::jsonb, {counts}::jsonb, {outcome},"
        " {code}, {trace}, {network})",
        where=where,
        id=id,
        kind=entry.actor_kind,
        actor=entry.actor,
        name=entry.actor_name,
        action=entry.action,
        objects=entry.about,
        changes=json.dumps(
            [{"object": c.object, "field": c.field, "before": c.before, "after": c.after} for c in entry.changes], default=str
        ),
        counts=json.dumps(counts),
        outcome=entry.outcome,
        code=entry.code,
        trace=entry.trace,
        network=entry.network,
    )


def _standing(its: Standing | None) -> Sql:
    reason = "select s.reason from support_accesses s where s.tenant_id = {venue} and s.id = {grant}"
    return sql(
        "{venue}, {reach}::uuid[], {role}, {reason}, ",
        reach=its and its.organisations,
        role=its and its.role,
        reason=sql(reason, grant=its.grant).wrapped() if its and its.role == "SUPPORT" else sql("null"),
    )


async def settle(entries: list[Entry]) -> None:
    """Write entries that must outlive what they tell of, each in the log of every venue it is for, else in the platform's.
    Opens its own scopes, after the one of the request has ended."""
    entries = [entry for entry in entries if entry.once is None or await _is_first(*entry.once)]
    for entry in entries:
        if entry.person:
            async with tenancy.platform(readonly=True):
                entry.at = await _venues_of(entry.person)
    for venue in dict.fromkeys(each.venue for entry in entries for each in entry.at):
        async with tenancy.scope(venue):
            write([entry for entry in entries if any(each.venue == venue for each in entry.at)])
    if nowhere := [entry for entry in entries if not entry.at]:
        async with tenancy.platform():
            write(nowhere)


async def _is_first(bucket: bytes, window: timedelta) -> bool:
    told = hashlib.sha256(b"told:" + bucket).digest()
    async with tenancy.platform():
        await tenancy.execute(sql("select pg_advisory_xact_lock({number})", number=int.from_bytes(told[:8], signed=True)))
        noted = await tenancy.execute(
            sql(
                """
                insert into sign_in_attempts (id, bucket) select {id}, {told} where not exists (
                  select from sign_in_attempts where bucket = {told} and attempted_at > clock_timestamp() - {window}::interval)
                """,
                id=new_id(),
                told=told,
                window=window,
            )
        )
    return noted == "INSERT 0 1"


async def _venues_of(person: UUID) -> list[Standing]:
    rows = await tenancy.fetch(
        sql(
            """
            select id, tenant_id, role, organisation_ids from grants
            where person_id = {person} and revoked_at is null and (ends_at is null or ends_at > now())
            """,
            person=person,
        )
    )
    return [Standing(row.tenant_id, row.role, sorted(row.organisation_ids) or None, row.id) for row in rows]
