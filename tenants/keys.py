"""Keys of programs: secret ones for partners, with scopes, and publishable ones for a venue's shop."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.people import hash_secret
from tenants.record import PlatformRecord
from tenants.sql import sql

PREFIXES = {"SECRET": "fsk_", "PUBLISHABLE": "fpk_"}


class Key(PlatformRecord):
    """A key of one venue. `prefix` is shown so that staff can tell keys apart; of the secret only the SHA-256 is kept."""

    tenant_id = fields.UUIDField()
    name = fields.TextField()
    kind = fields.TextField()
    prefix = fields.TextField()
    secret_hash = fields.BinaryField()
    scopes = ArrayField("text", default=list)
    organisation_ids = ArrayField("uuid", default=list)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "keys"


async def create_key(
    name: str,
    kind: Literal["SECRET", "PUBLISHABLE"],
    scopes: Sequence[str],
    *,
    organisation_ids: Sequence[UUID] = (),
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """A new key of the scope's venue and its secret text, which is never seen again."""
    prefix = PREFIXES[kind] + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = await Key.create(
        tenant_id=tenancy.venue_id(),
        name=name,
        kind=kind,
        prefix=prefix,
        secret_hash=hash_secret(secret),
        scopes=list(scopes),
        organisation_ids=list(organisation_ids),
        expires_at=expires_at,
    )
    return key, secret


async def holder(secret: str) -> Any:
    """The live key of this secret with its venue's columns, or None. Inside platform()."""
    return await tenancy.fetch_one(
        sql(
            """
            select k.id, k.kind, k.scopes, k.organisation_ids, v.id as tenant_id, v.slug, v.name as venue_name, v.currency,
                   v.time_zone
            from keys k join venues v on v.id = k.tenant_id
            where k.prefix = {prefix} and k.secret_hash = {hash} and k.revoked_at is null
              and (k.expires_at is null or k.expires_at > now())
            """,
            prefix=secret[:12],
            hash=hash_secret(secret),
        )
    )
