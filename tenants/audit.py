"""The audit log: who did what to what, from where and with what outcome. Entries are only ever added; the database sees to it.

Every mutation leaves one by itself (resolvers/fields.py). What it tells beyond that is said where it is done, with changed() and
counted(), and is taken back with the savepoint. Never a secret, a password, or the text of a query.
"""

import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.errors import Refusal
from tenants.ids import global_id, new_id
from tenants.permissions import Caller
from tenants.sql import Sql, join, sql


@dataclass
class Entry:
    """An entry in the making. `at` are the venues it is for, each with the organisations that the actor is limited to there."""

    action: str
    actor_kind: str
    actor: str | None
    actor_name: str
    trace: str
    network: str
    at: list[tuple[UUID, list[UUID] | None]]
    person: UUID | None = None
    outcome: str = "DONE"
    code: str | None = None
    objects: list[str] = field(default_factory=list)
    details: list[Any] = field(default_factory=list)

    def touched(self, objects: Iterable[str]) -> None:
        """Name objects it was about."""
        self.objects = list(dict.fromkeys([*self.objects, *objects]))

    def ended(self, outcome: str, code: str | None = None) -> "Entry":
        """The same, as it did not go well: what was told of changes is not true any more."""
        self.outcome, self.code = outcome, code
        self.details.clear()
        return self


@dataclass(frozen=True, slots=True)
class _Change:
    object: str
    field: str
    before: Any
    after: Any


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
        [(m.venue, None if m.organisations is None else sorted(m.organisations)) for m in venues],
    )
    mine, told = _entry.set(entry), tenancy.told.set(entry.details)
    try:
        yield entry
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
    """What is refused or breaks inside leaves its entry; a throttled try none, or who is slowed down could fill the log."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code != "THROTTLED":
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
            _Change(which, column, old.get(column), value) for column, value in after.items() if old.get(column) != value
        ]


def counted(**rows: int) -> None:
    """Tell how many rows a bulk call wrote, by outcome; the rows themselves are not told."""
    if (entry := _entry.get()) is not None:
        entry.details.append(rows)


def by(person: UUID | None, its_name: str) -> None:
    """Who tries to sign in. It is told to all venues where the person has a role, whether it succeeds or not. For nobody we know
    (None) a made-up person is looked for, so that the answer takes as long."""
    if (entry := _entry.get()) is not None:
        entry.person = person or new_id()
        if person:
            entry.actor_kind, entry.actor, entry.actor_name = "PERSON", global_id("Person", person), its_name


_TO_A_VENUE = """
insert into audit_entries (tenant_id, organisation_ids,
  id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values {rows}"""
_TO_THE_PLATFORM = """
insert into platform_audit_entries (
  id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values {rows}"""


async def write(entries: list[Entry]) -> None:
    """Add entries to the open scope's log, in one statement."""
    here = tenancy.current().venue
    rows = join(", ", [_row(entry, here) for entry in entries])
    await tenancy.execute(sql(_TO_THE_PLATFORM if here is None else _TO_A_VENUE, rows=rows))


def _row(entry: Entry, here: UUID | None) -> Sql:
    changes = [d for d in entry.details if isinstance(d, _Change)]
    counts = {outcome: rows for d in entry.details if isinstance(d, dict) for outcome, rows in d.items()}
    touched = list(dict.fromkeys([*entry.objects, *(c.object for c in changes)]))
    reach = next((organisations for venue, organisations in entry.at if venue == here), None)
    where = sql("{venue}, {reach}::uuid[], ", reach=reach) if here else sql("")
    return sql(
        "({where}{id}, {kind}, {actor}, {name}, {action}, {objects}::text[], {changes}::jsonb, {counts}::jsonb, {outcome},"
        " {code}, {trace}, {network})",
        where=where,
        id=new_id(),
        kind=entry.actor_kind,
        actor=entry.actor,
        name=entry.actor_name,
        action=entry.action,
        objects=touched,
        changes=json.dumps(
            [{"object": c.object, "field": c.field, "before": c.before, "after": c.after} for c in changes], default=str
        ),
        counts=json.dumps(counts),
        outcome=entry.outcome,
        code=entry.code,
        trace=entry.trace,
        network=entry.network,
    )


async def settle(entries: list[Entry]) -> None:
    """Write entries that must outlive what they tell of, each in the log of every venue it is for, else in the platform's.
    Opens its own scopes, after the one of the request has ended."""
    for entry in entries:
        if entry.person:
            async with tenancy.platform(readonly=True):
                entry.at = await _venues_of(entry.person)
    for venue in dict.fromkeys(venue for entry in entries for venue, _ in entry.at):
        async with tenancy.scope(venue):
            await write([entry for entry in entries if venue in dict(entry.at)])
    if nowhere := [entry for entry in entries if not entry.at]:
        async with tenancy.platform():
            await write(nowhere)


async def _venues_of(person: UUID) -> list[tuple[UUID, list[UUID] | None]]:
    rows = await tenancy.fetch(
        sql(
            """
            select tenant_id, organisation_ids from grants
            where person_id = {person} and revoked_at is null and (ends_at is null or ends_at > now())
            """,
            person=person,
        )
    )
    return [(row.tenant_id, sorted(row.organisation_ids) or None) for row in rows]


def network(address: str) -> str:
    """Where a request came from, as far as is needed to tell attackers apart and no further: the /24 or the /48 of an address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
