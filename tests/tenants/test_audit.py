"""The audit log is only ever added to, and what its entries tell is taken back with what was undone."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tenants import audit, tenancy
from tenants.audit_drafts import network
from tenants.audit_entries import AuditEntry
from tenants.errors import Refusal
from tenants.permissions import Caller
from tenants.settings import settings
from tenants.sql import sql
from tests.asking import caller_at
from tests.builders import make_venue

LOGS = ["audit_entries", "platform_audit_entries"]
ATTACKS = [
    "update {log} set actor_name = 'somebody else'",
    "delete from {log}",
    "truncate {log}",
    "alter table {log} disable trigger append_only",
    "drop table {log}",
    "insert into {log} select * from {log} on conflict (tenant_id, id) do update set actor_name = 'somebody else'",
    "merge into {log} a using {log} b on a.tenant_id = b.tenant_id and a.id = b.id when matched then delete",
]


async def logged() -> list[Any]:
    """The entries of the open scope's venue, in order."""
    return await AuditEntry.rows(sql("true"), tail=sql("order by t.created_at, t.id"))


async def an_entry_at(venue: Any) -> None:
    async with tenancy.scope(venue.id):
        with audit.recording("keyCreate", caller_at(venue), "trace") as entry:
            audit.write([entry])


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("attack", ATTACKS)
async def test_the_application_cannot_change_what_was_logged(attack: str, log: str):
    venue = await make_venue()
    await an_entry_at(venue)
    async with tenancy.scope(venue.id):
        before = await logged()

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with tenancy.scope(venue.id):
            await tenancy.execute(sql("/* attack */ " + attack.replace("{log}", log).replace("(tenant_id, id)", key_of(log))))

    assert isinstance(refused.value, asyncpg.InsufficientPrivilegeError) or log == "platform_audit_entries"
    async with tenancy.scope(venue.id):
        assert await logged() == before and len(before) == 1


def key_of(log: str) -> str:
    return "(tenant_id, id)" if log == "audit_entries" else "(id)"


@pytest.mark.parametrize("log", LOGS)
async def test_nor_when_somebody_grants_it_too_much(log: str):
    """The trigger stands by itself."""
    venue = await make_venue()
    await an_entry_at(venue)
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute(f"grant update, delete on {log} to foyer_app")
    try:
        for attack in (f"update {log} set actor_name = 'x'", f"delete from {log}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="is append-only"):
                async with tenancy.scope(venue.id):
                    await tenancy.execute(sql("/* attack */ " + attack))
        assert await owner.execute(f"delete from {log} where created_at < now() - interval '1 year'") == "DELETE 0"
    finally:
        await owner.execute(f"revoke update, delete on {log} from foyer_app")
        await owner.close()


async def test_what_is_told_is_taken_back_with_its_savepoint():
    venue, row = await make_venue(), uuid4()
    async with tenancy.scope(venue.id):
        with audit.recording("venueUpdate", caller_at(venue), "trace") as entry:
            audit.changed("Venue", row, {"name": "A", "currency": "NOK"}, {"name": "B", "currency": "NOK"})
            with pytest.raises(Refusal):
                async with tenancy.savepoint():
                    audit.changed("Venue", row, {"name": "B"}, {"name": "C"})
                    audit.counted(created=5)
                    raise Refusal("IN_USE", "No.")
            audit.counted(updated=2)
            audit.write([entry])
    async with tenancy.scope(venue.id):
        (kept,) = await logged()

    assert [kept.changes, kept.counts, kept.objects] == [
        f'[{{"after": "B", "field": "name", "before": "A", "object": "Venue_{row.hex}"}}]',
        '{"updated": 2}',
        [f"Venue_{row.hex}"],
    ]


async def test_nothing_is_told_where_nobody_listens():
    audit.changed("Venue", uuid4(), None, {"name": "B"})
    audit.counted(created=1)
    audit.by(uuid4(), "Kari Nordmann")
    with audit.recording("signIn", Caller(), "trace") as entry:
        pass
    assert (entry.details, entry.actor, entry.at) == ([], None, [])


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", ""),
        ("a socket", ""),
    ],
)
def test_an_address_is_kept_without_its_last_part(address: str, kept: str):
    assert network(address) == kept
