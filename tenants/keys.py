"""Keys of programs: secret ones for partners, with scopes, and publishable ones for a venue's shop."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, credentials, organisations, tenancy
from tenants.errors import Refusal
from tenants.people import hash_secret
from tenants.permissions import KEY_SCOPES
from tenants.record import PlatformRecord
from tenants.sql import Sql, sql

KINDS = {
    "SECRET": "For a partner's server: may do what its scopes say. Keep it secret.",
    "PUBLISHABLE": "For the venue's shop: may stand in a web page, and sees what the shop shows to everybody.",
}
PREFIXES = {"SECRET": "fsk_", "PUBLISHABLE": "fpk_"}
_TOLD = ("name", "kind", "prefix", "scopes", "organisation_ids", "expires_at")  # to the audit log
LONGEST_NAME = 100
MOST_SHOWN = 500


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

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return "keys"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """The keys of the open scope's venue that fulfil `where`, a condition over `t`, and that the caller may give out."""
        return await tenancy.fetch(
            sql(
                "select t.* from keys t where t.tenant_id = {venue} and {mine} and {where} {tail}",
                mine=organisations.within(sql("t")),
                where=where,
                tail=tail or sql(""),
            ),
            cls,
        )


async def create_key(
    name: str,
    kind: Literal["SECRET", "PUBLISHABLE"],
    scopes: Sequence[str],
    *,
    organisation_ids: Sequence[UUID] = (),
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """A new key of the scope's venue and its secret text, which is never seen again. Raises REQUIRED, TOO_LONG,
    INVALID_VALUE, UNKNOWN_REFERENCE."""
    await _check(name, kind, scopes, organisation_ids, expires_at)
    prefix = PREFIXES[kind] + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = await Key.create(
        tenant_id=tenancy.venue_id(),
        name=name.strip(),
        kind=kind,
        prefix=prefix,
        secret_hash=hash_secret(secret),
        scopes=sorted(set(scopes)) if kind == "SECRET" else [],
        organisation_ids=list(organisation_ids),
        expires_at=expires_at,
    )
    audit.changed("Key", key.id, None, {c: getattr(key, c) for c in _TOLD})
    return key, secret


async def _check(
    name: str, kind: str, scopes: Sequence[str], organisation_ids: Sequence[UUID], expires_at: datetime | None
) -> None:
    if not name.strip():
        raise Refusal("REQUIRED", "Give the key a name, so that you know later whose it is.", field=["name"])
    if len(name) > LONGEST_NAME:
        raise Refusal("TOO_LONG", f"A key's name has at most {LONGEST_NAME} characters.", field=["name"])
    allowed = KEY_SCOPES if kind == "SECRET" else ["storefront:read"]
    if unknown := sorted(set(scopes) - set(allowed)):
        raise Refusal("INVALID_VALUE", f"`{unknown[0][:40]}` is not one of {', '.join(allowed)}.", field=["scopes"])
    if tenancy.current().organisations is not None and not organisation_ids:
        raise Refusal(
            "REQUIRED", "Name the key's organisations: you do not belong to the whole venue.", field=["organisationIds"]
        )
    await organisations.check(organisation_ids)
    if expires_at and expires_at.tzinfo is None:
        raise Refusal("INVALID_VALUE", "A time needs its offset, such as 2027-01-01T00:00:00Z.", field=["expiresAt"])
    if expires_at and not await tenancy.fetch_value(sql("select {at}::timestamptz > clock_timestamp()", at=expires_at)):
        raise Refusal("INVALID_VALUE", "A key must expire in the future.", field=["expiresAt"])


async def venue_keys(*, revoked: bool = False) -> list[Any]:
    """The venue's keys that the caller may give out, newest first; with the revoked ones on request."""
    newest = sql("order by t.created_at desc, t.id desc limit {most}", most=MOST_SHOWN)
    return await Key.rows(sql("true") if revoked else sql("t.revoked_at is null"), tail=newest)


async def revoke_key(key_id: UUID) -> Any:
    """End a key; the next request with it is refused, on every process. Raises NOT_FOUND. Twice is once."""
    row = await tenancy.fetch_one(
        sql(
            """
            update keys t set revoked_at = coalesce(t.revoked_at, now())
            where t.tenant_id = {venue} and t.id = {id} and {mine} returning t.*
            """,
            id=key_id,
            mine=organisations.within(sql("t")),
        ),
        Key,
    )
    if row is None:
        raise Refusal("NOT_FOUND", "There is no such key in this venue.", field=["id"])
    audit.changed("Key", row.id, {}, {"revoked_at": row.revoked_at})
    return row


async def holder(secret: str) -> Any:
    """The live key of this secret with its venue's columns, and `unnoted` (its use is to be noted), or None.
    Outside any scope: one round trip."""
    shown = sql("k.prefix = {prefix} and k.secret_hash = {hash}", prefix=secret[:12], hash=hash_secret(secret))
    rows = await credentials.read(_holder(shown))
    return rows[0] if rows else None


async def holder_of(key_id: UUID) -> Any:
    """The same of a key's id. Inside platform()."""
    return await tenancy.fetch_one(_holder(sql("k.id = {id}", id=key_id)))


def _holder(shown: Sql) -> Sql:
    return sql(
        """
        select k.id, k.name, k.kind, k.scopes, k.organisation_ids, v.trusted_documents_only,
               coalesce(k.last_used_at < now() - interval '1 minute', true) as unnoted,
               v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
        from keys k join venues v on v.id = k.tenant_id
        where {shown} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
        """,
        shown=shown,
    )


async def note_use(key_id: UUID, venue: UUID) -> None:
    """Remember that the key was used, at most once a minute. Inside platform()."""
    await tenancy.execute(
        sql(
            "update keys set last_used_at = now() where id = {id} and tenant_id = {at}"
            " and coalesce(last_used_at < now() - interval '1 minute', true)",
            id=key_id,
            at=venue,
        )
    )
