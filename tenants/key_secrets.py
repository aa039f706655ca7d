"""The secrets of keys: one that stays and, for a while after a key was rotated, the one before, so that a partner changes over
without a break. Of each only the SHA-256 is kept: it is 256 random bits, so no slow hash is needed.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import credentials, tenancy
from tenants.people import hash_secret
from tenants.record import PlatformRecord
from tenants.sql import Sql, sql

PREFIXES = {"SECRET": "fsk_", "PUBLISHABLE": "fpk_"}
LENGTH_OF_PREFIX = 12


class KeySecret(PlatformRecord):
    """A secret of a key. `prefix` is shown so that staff can tell them apart; `ends_at` is null for the one that stays."""

    tenant_id = fields.UUIDField()
    key_id = fields.UUIDField()
    prefix = fields.TextField()
    secret_hash = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "key_secrets"


async def add(key_id: UUID, kind: str) -> str:
    """A new secret that stays, as text that is never seen again; supersede() the old one first."""
    prefix = PREFIXES[kind] + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    await KeySecret.create(tenant_id=tenancy.venue_id(), key_id=key_id, prefix=prefix, secret_hash=hash_secret(secret))
    return secret


async def supersede(key_id: UUID, overlap: timedelta) -> None:
    """The secret that stays ends after the overlap, one before it ends now: at most two are good at a time."""
    ends = sql("case when s.ends_at is null then now() + {overlap}::interval else now() end", overlap=overlap)
    await _end(key_id, sql("true"), ends)


async def end_overlap(key_id: UUID) -> None:
    """What is not the newest ends now."""
    await _end(key_id, sql("s.ends_at is not null"), sql("now()"))


async def of(keys: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """The secrets of keys of the scope's venue, the newest first."""
    rows = await tenancy.fetch(
        sql(
            """
            select s.key_id, s.prefix, s.created_at, s.last_used_at, s.ends_at from key_secrets s
            where s.tenant_id = {venue} and s.key_id = any({keys}::uuid[]) order by s.ends_at desc nulls first, s.id
            """,
            keys=list(keys),
        )
    )
    found = defaultdict(list)
    for row in rows:
        found[row.key_id].append(row)
    return found


# Under which a secret `s` is the one of this prefix and hash, and good.
OF_HOLDER = sql("s.prefix = {prefix} and s.secret_hash = {hash} and (s.ends_at is null or s.ends_at > now())")
_USE = sql(
    "update key_secrets set last_used_at = now() where id = {id} and tenant_id = {at}"
    " and coalesce(last_used_at < now() - interval '1 minute', true)"
)


async def note_use(secret_id: UUID, venue: UUID) -> None:
    """Remember that it was used, at most once a minute. Outside any scope: one round trip."""
    await credentials.note_use(_USE, id=secret_id, at=venue)


async def _end(key_id: UUID, which: Sql, ends: Sql) -> None:
    still = sql("(s.ends_at is null or s.ends_at > now()) and {which}", which=which)
    await tenancy.execute(
        sql(
            "update key_secrets s set ends_at = {ends} where s.tenant_id = {venue} and s.key_id = {key} and {still}",
            ends=ends,
            key=key_id,
            still=still,
        )
    )
