"""Persons, their grants at venues and their tokens. One login per e-mail address across all houses (Requirement AU1, AU2)."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import organisations, passwords, standards, tenancy
from tenants.errors import Refusal
from tenants.record import PlatformRecord
from tenants.settings import settings
from tenants.sql import Sql, sql

PREFIX = "fst_"
LIVE = sql("t.revoked_at is null and (t.ends_at is null or t.ends_at > now())")  # of a grant `t`


class Person(PlatformRecord):
    """Somebody who can sign in. `email_key` is the address as it is compared; a platform admin runs the installation."""

    email = fields.TextField()
    email_key = fields.TextField()
    name = fields.TextField()
    language = fields.TextField(default="en")
    password_hash = fields.TextField(null=True)
    home_tenant_id = fields.UUIDField(null=True)
    platform_admin = fields.BooleanField(default=False)
    disabled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "persons"


class Grant(PlatformRecord):
    """A person's role at a venue, within organisations (none: all of them), until it ends or is revoked."""

    tenant_id = fields.UUIDField()
    person_id = fields.UUIDField()
    role = fields.TextField()
    organisation_ids = ArrayField("uuid", default=list)
    promoter_id = fields.UUIDField(null=True)
    ends_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "grants"

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return "grants"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """The live grants of the open scope's venue that fulfil `where`, a condition over `t`, and reach no further than the
        caller does; with the person's `name`, `email`, and whether this is their home venue (`at_home`)."""
        return await tenancy.fetch(
            sql(
                """
                select t.*, p.name, p.email, p.home_tenant_id is not distinct from t.tenant_id as at_home
                from grants t join persons p on p.id = t.person_id
                where t.tenant_id = {venue} and {live} and {mine} and {where} {tail}
                """,
                live=LIVE,
                mine=organisations.within(sql("t")),
                where=where,
                tail=tail or sql(""),
            ),
            cls,
        )


class Token(PlatformRecord):
    """A signed-in session. Only the SHA-256 of the secret is kept: it is 256 random bits, so no slow hash is needed."""

    person_id = fields.UUIDField()
    secret_hash = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tokens"


def email_key(address: str) -> str:
    """The form in which addresses are compared: trimmed, one case, one way of writing accents."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def hash_secret(secret: str) -> bytes:
    """What is stored of a token or key."""
    return hashlib.sha256(secret.encode()).digest()


async def create_person(
    email: str, name: str, password: str | None, *, home: UUID | None = None, language: str = "en", platform_admin: bool = False
) -> Person:
    """A new login; without a password nobody signs in to it. Inside platform(). Raises INVALID_VALUE, TOO_LONG, NOT_UNIQUE."""
    address = standards.email(email, "email")
    if await Person.filter(email_key=email_key(address)).exists():
        raise Refusal("NOT_UNIQUE", f"{address} has a login already.", field=["email"])
    return await Person.create(
        email=address,
        email_key=email_key(address),
        name=name,
        language=language,
        password_hash=await passwords.hashed(password) if password is not None else None,
        home_tenant_id=home,
        platform_admin=platform_admin,
    )


async def grant(
    person_id: UUID,
    venue_id: UUID,
    role: str,
    *,
    organisation_ids: Sequence[UUID] = (),
    promoter_id: UUID | None = None,
    ends_at: datetime | None = None,
) -> Grant:
    """Let a person in at a venue, in place of what they were there before. Inside platform()."""
    await tenancy.execute(sql("select from persons where id = {person} for no key update", person=person_id))  # one at a time
    await tenancy.execute(
        sql(
            "update grants set revoked_at = now() where person_id = {person} and tenant_id = {at} and revoked_at is null",
            person=person_id,
            at=venue_id,
        )
    )
    return await Grant.create(
        tenant_id=venue_id,
        person_id=person_id,
        role=role,
        organisation_ids=list(organisation_ids),
        promoter_id=promoter_id,
        ends_at=ends_at,
    )


async def issue_token(person_id: UUID) -> str:
    """A new session's secret; this is the only time it is seen. Inside platform()."""
    secret = PREFIX + secrets.token_urlsafe(32)
    ends = await tenancy.fetch_value(sql("select clock_timestamp() + {days}", days=timedelta(days=settings().token_days)))
    await Token.create(person_id=person_id, secret_hash=hash_secret(secret), expires_at=ends)
    return secret


async def revoke_token(secret: str) -> None:
    """End a session; the next request with it is refused, on every process. Inside platform()."""
    await tenancy.execute(
        sql("update tokens set revoked_at = now() where secret_hash = {hash} and revoked_at is null", hash=hash_secret(secret))
    )


async def session(secret: str) -> list[Any]:
    """Who holds the token: one row per live grant (or one with `tenant_id` null), none when the token is not live.

    Columns: id, name, email, language, platform_admin, expires_at, unnoted (its use is to be noted), role,
    organisation_ids, promoter_id, and the venue's. Inside platform(). No cache: what is revoked is refused at the next request.
    """
    return await tenancy.fetch(
        sql(
            """
            select p.id, p.name, p.email, p.language, p.platform_admin, t.expires_at,
                   coalesce(t.last_used_at < now() - interval '1 minute', true) as unnoted,
                   g.role, g.organisation_ids, g.promoter_id, v.id as tenant_id, v.slug, v.name as venue_name, v.currency,
                   v.time_zone, v.allowed_origins
            from tokens t
            join persons p on p.id = t.person_id and p.disabled_at is null
            left join grants g on g.person_id = p.id and g.revoked_at is null and (g.ends_at is null or g.ends_at > now())
            left join venues v on v.id = g.tenant_id
            where t.secret_hash = {hash} and t.revoked_at is null and t.expires_at > now()
              and coalesce(t.last_used_at, t.created_at) > now() - {idle}::interval
            order by v.slug
            """,
            hash=hash_secret(secret),
            idle=timedelta(hours=settings().token_idle_hours),
        )
    )


async def note_use(secret: str) -> None:
    """Remember that the token was used, at most once a minute. Inside platform()."""
    await tenancy.execute(
        sql(
            "update tokens set last_used_at = now() where secret_hash = {hash}"
            " and coalesce(last_used_at < now() - interval '1 minute', true)",
            hash=hash_secret(secret),
        )
    )
