"""Sessions: what a sign-in opens. An access token is good for a while, a refresh token for one exchange into a new pair; whoever
brings one that was exchanged before has stolen it, or was stolen from, so the whole session ends. Nothing is cached: what is
revoked is refused at the next request, on every process.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import audit, credentials, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.people import hash_secret
from tenants.record import PlatformRecord
from tenants.settings import settings
from tenants.sql import Sql, sql

ACCESS, REFRESH, COOKIE = "fst_", "frt_", "fct_"
LONGEST_CLIENT = 200


class Session(PlatformRecord):
    """A sign-in. `client` is what the program said of itself."""

    person_id = fields.UUIDField()
    client = fields.TextField(default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sessions"


class Token(PlatformRecord):
    """An access token. Only the SHA-256 of a secret is kept: it is 256 random bits, so no slow hash is needed."""

    session_id = fields.UUIDField()
    secret_hash = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "tokens"


class RefreshToken(PlatformRecord):
    """A token that is exchanged once; the used ones are kept to know them again."""

    session_id = fields.UUIDField()
    secret_hash = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_tokens"


# Of a session `s` that is neither ended nor expired nor idle for too long.
_LIVE = "s.revoked_at is null and s.expires_at > now() and coalesce(s.last_used_at, s.created_at) > now() - {idle}::interval"


@dataclass(frozen=True)
class Pair:
    """Two secrets, seen only now, and until when they are good."""

    access: str
    expires_at: datetime
    refresh: str
    refresh_expires_at: datetime


async def start(person_id: UUID, client: str = "") -> Pair:
    """A new session. Inside platform()."""
    return await _pair(await _session(person_id, client))


async def issue_token(person_id: UUID) -> str:
    """An access token that is good for as long as a session of its own, for programs that do not refresh. Inside platform()."""
    return (await _access(await _session(person_id, ""), timedelta(days=settings().token_days)))[0]


async def start_in_browser(person_id: UUID, client: str = "", *, earlier: str | None = None) -> tuple[str, int]:
    """A new session for a cookie, in place of the one whose secret the browser had: its secret, and the seconds it lasts at most.
    The cookie needs no refreshing; it ends with its session, thus also when nobody uses it for hours. Inside platform()."""
    await _revoke(sql("s.id = (select t.session_id from tokens t where t.secret_hash = {hash})", hash=hash_secret(earlier or "")))
    life = timedelta(days=settings().token_days)
    secret, _ = await _access(await _session(person_id, client), life, COOKIE)
    return secret, int(life.total_seconds())


async def refresh(secret: str) -> Pair:
    """A new pair for a refresh token; one that was used before ends its session. Opens its own scope. Raises INVALID_TOKEN."""
    async with tenancy.platform():
        held = await tenancy.fetch_one(
            sql(
                """
                update refresh_tokens r set used_at = now() from sessions s join persons p on p.id = s.person_id
                where r.secret_hash = {hash} and r.used_at is null and s.id = r.session_id and p.disabled_at is null and {live}
                returning s.id, p.id as person_id, p.name
                """,
                hash=hash_secret(secret),
                live=_live(),
            )
        )
        if held:
            audit.by(held.person_id, held.name)
            await tenancy.execute(sql("update sessions set last_used_at = now() where id = {id}", id=held.id))
            return await _pair(held.id)
        again = "select r.session_id from refresh_tokens r where r.secret_hash = {hash} and r.used_at is not null"
        await _revoke(sql(f"s.id in ({again})", hash=hash_secret(secret)))
    raise Refusal("INVALID_TOKEN", "This token is unknown, used or expired; sign in again.", field=["refreshToken"])


def _holder(proof: Sql, shown: Sql, live: Sql) -> Sql:
    return sql(
        """
        select p.id, p.name, p.email, p.language, p.platform_admin, t.session_id, t.expires_at,
               coalesce(s.last_used_at < now() - interval '1 minute', true) as unnoted,
               g.id as grant_id, g.role, g.organisation_ids, g.promoter_id, g.ends_at as grant_ends_at,
               v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
        from {proof} t
        join sessions s on s.id = t.session_id
        join persons p on p.id = s.person_id and p.disabled_at is null
        left join grants g on g.person_id = p.id and g.revoked_at is null and (g.ends_at is null or g.ends_at > now())
          and (g.role <> 'SUPPORT' or p.platform_admin)
        left join venues v on v.id = g.tenant_id
        where {shown} and t.expires_at > now() and {live}
        order by v.slug
        """,
        proof=proof,
        shown=shown,
        live=live,
    )


_HOLDER = _holder(sql("tokens"), sql("t.secret_hash = {hash}"), sql(_LIVE))


async def holder(secret: str) -> list[Any]:
    """Who holds the access token: one row per live grant (or one with `tenant_id` null), none when it is not live.

    Columns: id, name, email, language, platform_admin, session_id, expires_at, unnoted (its use is to be noted), of the
    grant grant_id, role, organisation_ids, promoter_id, grant_ends_at, and the venue's. Outside any scope: one round trip.
    """
    return await credentials.read(_HOLDER, hash=hash_secret(secret), idle=_idle())


async def holder_of(session_id: UUID) -> list[Any]:
    """The same of a session's id. Inside platform()."""
    session = sql("(select id as session_id, expires_at from sessions)")
    return await tenancy.fetch(_holder(session, sql("t.session_id = {id}", id=session_id), _live()))


_USE = sql(
    "update sessions set last_used_at = now() where id = {id} and coalesce(last_used_at < now() - interval '1 minute', true)"
)


async def note_use(session_id: UUID) -> None:
    """Remember that the session was used, at most once a minute. Outside any scope: one round trip."""
    await credentials.note_use(_USE, id=session_id)


async def of(person_id: UUID) -> list[Any]:
    """A person's live sessions, newest first. Inside platform()."""
    live = sql("select s.* from sessions s where s.person_id = {id} and {live} order by s.created_at desc, s.id desc limit 500",
               id=person_id, live=_live())  # fmt: skip
    return await tenancy.fetch(live, Session)


async def revoke(session_id: UUID, person_id: UUID) -> None:
    """End a live session of this person. Inside platform(). Raises NOT_FOUND."""
    audit.named("Session", session_id)
    mine = sql("s.id = {id} and s.person_id = {person}", id=session_id, person=person_id)
    if not await _revoke(mine):
        raise Refusal("NOT_FOUND", "You have no such session.", field=["id"])


async def revoke_all(person_id: UUID, *, but_for: UUID | None = None) -> None:
    """End all of a person's sessions, perhaps but for one. Inside platform()."""
    await _revoke(sql("s.person_id = {person} and s.id is distinct from {kept}::uuid", person=person_id, kept=but_for))


async def _revoke(which: Sql) -> bool:
    done = await tenancy.execute(
        sql("update sessions s set revoked_at = now() where {which} and s.revoked_at is null", which=which)
    )
    return done != "UPDATE 0"


def _live() -> Sql:
    return sql(_LIVE, idle=_idle())


def _idle() -> timedelta:
    return timedelta(hours=settings().token_idle_hours)


async def _session(person_id: UUID, client: str) -> UUID:
    return await tenancy.fetch_value(  # type: ignore[no-any-return]
        sql(
            """
            insert into sessions (id, person_id, client, expires_at)
            values ({id}, {person}, {client}, clock_timestamp() + {days}::interval) returning id
            """,
            id=new_id(),
            person=person_id,
            client=client[:LONGEST_CLIENT],
            days=timedelta(days=settings().token_days),
        )
    )


async def _pair(session_id: UUID) -> Pair:
    access, ends = await _access(session_id, timedelta(minutes=settings().token_minutes))
    secret = REFRESH + secrets.token_urlsafe(32)
    last = await tenancy.fetch_value(
        sql(
            """
            with made as (insert into refresh_tokens (id, session_id, secret_hash) values ({id}, {session}, {hash}))
            select expires_at from sessions where id = {session}
            """,
            id=new_id(),
            session=session_id,
            hash=hash_secret(secret),
        )
    )
    return Pair(access, ends, secret, last)


async def _access(session_id: UUID, life: timedelta, prefix: str = ACCESS) -> tuple[str, datetime]:
    secret = prefix + secrets.token_urlsafe(32)
    ends = await tenancy.fetch_value(
        sql(
            """
            insert into tokens (id, session_id, secret_hash, expires_at)
            select {id}, s.id, {hash}, least(s.expires_at, clock_timestamp() + {life}::interval)
            from sessions s where s.id = {session}
            returning expires_at
            """,
            id=new_id(),
            session=session_id,
            hash=hash_secret(secret),
            life=life,
        )
    )
    return secret, ends
