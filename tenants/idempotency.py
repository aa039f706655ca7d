"""Idempotency keys: a caller's key and what was answered under it, kept in the transaction of the effect itself.

The row is taken before anything is done and held until the commit: a second request with the key waits here for the first.
"""

from typing import Any
from uuid import UUID

import asyncpg
import orjson

from tenants import tenancy
from tenants.errors import Refusal
from tenants.sql import sql

LONGEST_WAIT = 5  # seconds; whoever waits holds a connection
AT_ONCE = 5000


async def take(principal: UUID, key: str, fingerprint: bytes) -> dict[str, Any]:
    """Hold the key until the end of the scope, and answer what is kept under it: nothing for a new one.

    Raises IDEMPOTENCY_KEY_REUSED for a key of another request, IDEMPOTENCY_KEY_IN_FLIGHT when the first takes too long.
    """
    tenancy.ahead(f"set local lock_timeout = '{LONGEST_WAIT}s'")
    try:
        # The update changes nothing; it makes the row be waited for, locked and answered, whoever put it there.
        row = await tenancy.fetch_one(
            sql(
                """
                insert into idempotency_keys as k (tenant_id, principal_id, key, fingerprint)
                values ({venue}, {principal}, {key}, {fingerprint})
                on conflict (tenant_id, principal_id, key) do update set created_at = k.created_at where k.tenant_id = {venue}
                returning k.fingerprint, k.answers
                """,
                principal=principal,
                key=key,
                fingerprint=fingerprint,
            )
        )
    except asyncpg.LockNotAvailableError:
        raise Refusal(
            "IDEMPOTENCY_KEY_IN_FLIGHT", "A request with this idempotency key is still being done; send it again.", retry_after=1
        ) from None
    tenancy.ahead("set local lock_timeout to default")
    if row["fingerprint"] != fingerprint:
        raise Refusal(
            "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for a request that says something else; take a new one."
        )
    kept: dict[str, Any] = orjson.loads(row["answers"])
    return kept


def keep(principal: UUID, key: str, answers: dict[str, Any]) -> None:
    """Keep what was answered under a key that is held. Nothing to keep frees the key for any request."""
    mine = sql("tenant_id = {venue} and principal_id = {principal} and key = {key}", principal=principal, key=key)
    if answers:
        told = orjson.dumps(answers).decode()
        tenancy.at_the_end(sql("update idempotency_keys set answers = {told} where {mine}", told=told, mine=mine))
    else:
        tenancy.at_the_end(sql("delete from idempotency_keys where {mine}", mine=mine))


async def forget_old() -> int:
    """Delete keys of the scope's venue that are older than 24 hours, at most AT_ONCE; answers how many."""
    tag = await tenancy.execute(
        sql(
            """
            delete from idempotency_keys where tenant_id = {venue} and (principal_id, key) in
              (select principal_id, key from idempotency_keys
               where tenant_id = {venue} and created_at < now() - interval '24 hours' limit {most})
            """,
            most=AT_ONCE,
        )
    )
    return int(tag.split()[-1])
