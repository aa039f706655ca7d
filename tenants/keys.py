"""Keys of programs: secret ones for partners, with scopes, and publishable ones for a venue's shop."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, credentials, key_secrets, organisations, tenancy
from tenants.errors import Refusal
from tenants.people import hash_secret
from tenants.permissions import KEY_SCOPES
from tenants.record import PlatformRecord
from tenants.sql import Sql, sql

KINDS = {
    "SECRET": "For a partner's server: may do what its scopes say. Keep it secret.",
    "PUBLISHABLE": "For the venue's shop: may stand in a web page, and sees what the shop shows to everybody.",
}
OVERLAP_HOURS, LONGEST_OVERLAP_HOURS = 24, 30 * 24
_TOLD = ("name", "kind", "prefix", "scopes", "organisation_ids", "expires_at")  # to the audit log
LONGEST_NAME = 100
MOST_SHOWN = 500


class Key(PlatformRecord):
    """A key of one venue; its secrets are tenants.key_secrets."""

    tenant_id = fields.UUIDField()
    name = fields.TextField()
    kind = fields.TextField()
    scopes = ArrayField("text", default=list)
    organisation_ids = ArrayField("uuid", default=list)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "keys"

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return "keys"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """The keys of the open scope's venue that fulfil `where`, a condition over `t`, and that the caller may give out; with
        the `prefix` of the newest secret, and when any was `last_used_at`."""
        return await tenancy.fetch(
            sql(
                """
                select t.*, s.prefix, (select max(u.last_used_at) from key_secrets u
                                       where u.tenant_id = t.tenant_id and u.key_id = t.id) as last_used_at
                from keys t join key_secrets s on s.tenant_id = t.tenant_id and s.key_id = t.id and s.ends_at is null
                where t.tenant_id = {venue} and {mine} and {where} {tail}
                """,
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
) -> tuple[Any, str]:
    """A new key of the scope's venue and its secret text, which is never seen again. Raises REQUIRED, TOO_LONG,
    INVALID_VALUE, UNKNOWN_REFERENCE."""
    await _check(name, kind, scopes, organisation_ids, expires_at)
    made = await Key.create(
        tenant_id=tenancy.venue_id(),
        name=name.strip(),
        kind=kind,
        scopes=sorted(set(scopes)) if kind == "SECRET" else [],
        organisation_ids=list(organisation_ids),
        expires_at=expires_at,
    )
    secret = await key_secrets.add(made.id, kind)
    key = await _one(made.id)
    audit.changed("Key", key.id, None, {c: key[c] for c in _TOLD})
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
    was = await _one(key_id, lock=True)
    ended = "update keys t set revoked_at = now() where t.tenant_id = {venue} and t.id = {id} and t.revoked_at is null"
    await tenancy.execute(sql(ended, id=key_id))
    return _told(was, await _one(key_id))


async def rotate_key(key_id: UUID, overlap_hours: int) -> tuple[Any, str]:
    """A new secret for a live key, never seen again. The one so far stays good for the overlap; one before that, left from an
    earlier rotation, ends now. Raises NOT_FOUND, WRONG_STATE, INVALID_VALUE."""
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        sentence = f"The old secret stays good for 0 to {LONGEST_OVERLAP_HOURS} hours."
        raise Refusal("INVALID_VALUE", sentence, field=["overlapHours"])
    was = await _one(key_id, lock=True)
    over = await tenancy.fetch_value(sql("select {ends}::timestamptz <= now()", ends=was.expires_at))
    if was.revoked_at or over:
        raise Refusal("WRONG_STATE", "This key has ended; create another.", field=["id"])
    await key_secrets.supersede(key_id, timedelta(hours=overlap_hours))
    secret = await key_secrets.add(key_id, was.kind)
    return _told(was, await _one(key_id)), secret


async def end_overlap(key_id: UUID) -> Any:
    """End the secret before the newest. Raises NOT_FOUND. Twice is once."""
    was = await _one(key_id, lock=True)
    await key_secrets.end_overlap(key_id)
    return was


async def _one(key_id: UUID, *, lock: bool = False) -> Any:
    if found := await Key.rows(sql("t.id = {id}", id=key_id), tail=sql("for update of t") if lock else None):
        return found[0]
    raise Refusal("NOT_FOUND", "There is no such key in this venue.", field=["id"])


def _told(was: Any, key: Any) -> Any:
    audit.changed("Key", key.id, was, {c: key[c] for c in (*_TOLD, "revoked_at")})
    return key


def _holder(shown: Sql) -> Sql:
    return sql(
        """
        select k.id, k.name, k.kind, k.scopes, k.organisation_ids, v.trusted_documents_only,
               s.id as secret_id, coalesce(s.last_used_at < now() - interval '1 minute', true) as unnoted,
               v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
        from key_secrets s join keys k on k.tenant_id = s.tenant_id and k.id = s.key_id join venues v on v.id = k.tenant_id
        where {shown} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
        """,
        shown=shown,
    )


_HOLDER = _holder(key_secrets.OF_HOLDER)


async def holder(secret: str) -> Any:
    """The live key of this secret with its venue's columns, the `secret_id`, and `unnoted` (its use is to be noted), or None.
    Outside any scope: one round trip."""
    prefix = secret[: key_secrets.LENGTH_OF_PREFIX]
    rows = await credentials.read(_HOLDER, prefix=prefix, hash=hash_secret(secret))
    return rows[0] if rows else None


async def holder_of(key_id: UUID) -> Any:
    """The same of a key's id. Inside platform()."""
    return await tenancy.fetch_one(_holder(sql("k.id = {id} and s.ends_at is null", id=key_id)))
