"""Passwords that are chosen anew: with a one-time token from a mail, or with the old one (Requirement D50).

Whether an address has a login is told to nobody but its mailbox: asking does the same work and answers the same either way.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import audit, passwords, people, sessions, sign_in, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.record import PlatformRecord
from tenants.settings import settings
from tenants.sql import sql

PREFIX = "fpr_"
LIFE = timedelta(minutes=30)
LIFE_OF_INVITATIONS = timedelta(days=7)
MOST_INVITATIONS = 5  # mails to one person within an hour; further grants go without
MOST_MAILS = 3  # to one address within sign_in.WINDOW


class PasswordReset(PlatformRecord):
    """A wish for a new password. `secret_hash` is null until the mail with the secret is written."""

    person_id = fields.UUIDField()
    secret_hash = fields.BinaryField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "password_resets"


async def request(email: str, address: str) -> None:
    """Have a one-time token mailed to whoever has this login. Raises THROTTLED."""
    async with tenancy.platform():
        await sign_in.count_try(email, address, "reset ", most=MOST_MAILS)
        reset = new_id()
        await tenancy.execute(
            sql(
                "insert into password_resets (id, person_id)"
                " select {id}, p.id from persons p where p.email_key = {key} and p.disabled_at is null",
                id=reset,
                key=people.email_key(email),
            )
        )
        tenancy.later("people.password_reset", reset)  # for an address that nobody has, too: it takes as long


async def start(person_id: UUID, email: str, address: str) -> None:
    """The same for somebody, by their home venue, in whose scope it runs. Raises THROTTLED."""
    await sign_in.count_try(email, address, "reset ", most=MOST_MAILS)
    reset = new_id()
    await tenancy.execute(sql("insert into password_resets (id, person_id) values ({id}, {person})", id=reset, person=person_id))
    tenancy.later("people.password_reset_by_house", reset)


async def invite(grant_id: UUID) -> tuple[Any, str | None] | None:
    """Whom a grant lets in (name, email, language, and the house with its languages), and for who has no password a secret to
    choose their first one with. None when the grant has ended, or they have had mails enough. Inside the venue's scope."""
    person = await tenancy.fetch_one(
        sql(
            """
            select p.id, p.name, p.email, p.language, p.password_hash is null as new, v.name as house, v.languages
            from grants t join persons p on p.id = t.person_id and p.disabled_at is null join venues v on v.id = t.tenant_id
            where t.tenant_id = {venue} and t.id = {id} and {live} and {most} >=
              (select count(*) from grants g where g.person_id = p.id and g.created_at > now() - interval '1 hour')
            """,
            id=grant_id,
            live=people.LIVE,
            most=MOST_INVITATIONS,
        )
    )
    if person is None or not person.new:
        return person and (person, None)
    secret = PREFIX + secrets.token_urlsafe(32)
    await tenancy.execute(
        sql(
            "insert into password_resets (id, person_id, secret_hash, expires_at)"
            " values ({id}, {person}, {hash}, now() + {life}::interval)",
            id=new_id(),
            person=person.id,
            hash=people.hash_secret(secret),
            life=LIFE_OF_INVITATIONS,
        )
    )
    return person, secret


async def forget(person_id: UUID) -> None:
    """The tokens that were mailed to somebody are worth nothing from now on."""
    await tenancy.execute(
        sql("update password_resets set used_at = now() where person_id = {id} and used_at is null", id=person_id)
    )


async def prepare(reset_id: UUID) -> tuple[Any, str] | None:
    """The person (name, email, language, and of their home venue the name and languages, or null) and a fresh secret for their
    mail, in place of an earlier one; None when nobody waits for it. Inside any scope."""
    secret = PREFIX + secrets.token_urlsafe(32)
    person = await tenancy.fetch_one(
        sql(
            """
            update password_resets r set secret_hash = {hash}, expires_at = now() + {life}::interval
            from persons p left join venues v on v.id = p.home_tenant_id
            where r.id = {id} and r.used_at is null and r.created_at > now() - {life}::interval
              and p.id = r.person_id and p.disabled_at is null
            returning p.name, p.email, p.language, v.name as house, v.languages
            """,
            id=reset_id,
            hash=people.hash_secret(secret),
            life=LIFE,
        )
    )
    return (person, secret) if person else None


def way_in(secret: str) -> dict[str, str]:
    """What a mail says of the secret: a `link` into the console where there is one, else the `token` itself. It stands behind
    `#`, which browsers send to nobody, so that no server's log holds it."""
    console = settings().console_url
    return {"link": f"{console.rstrip('/')}/password#{secret}"} if console else {"token": secret}


async def reset(secret: str, password: str) -> None:
    """Choose a password with the token of a mail, once, and end all of the person's sessions. Opens its own scopes: none is
    held while a password is hashed. Raises INVALID_TOKEN, INVALID_VALUE, TOO_LONG."""
    good = sql(
        "r.secret_hash = {hash} and r.used_at is null and r.expires_at > now()",
        hash=people.hash_secret(secret),
    )
    async with tenancy.platform(readonly=True):
        if not await tenancy.fetch_value(sql("select exists (select from password_resets r where {good})", good=good)):
            raise _invalid()
    stored = await passwords.hashed(password)
    async with tenancy.platform():
        used = sql("update password_resets r set used_at = now() where {good} returning r.person_id", good=good)
        if (person := await tenancy.fetch_value(used)) is None:
            raise _invalid()
        audit.by(person, await _set(person, stored))


async def change(person_id: UUID, email: str, old: str, new: str, *, session: UUID | None, address: str) -> None:
    """Choose a password with the old one, and end the person's other sessions. Wrong ones count as tries to sign in do.
    Raises THROTTLED, WRONG_CREDENTIALS, INVALID_VALUE, TOO_LONG."""
    async with tenancy.platform():
        counted = await sign_in.count_try(email, address)
        known = await tenancy.fetch_value(sql("select password_hash from persons where id = {id}", id=person_id))
    if not await passwords.matches(old, known):
        raise Refusal("WRONG_CREDENTIALS", "This is not your password.", field=["oldPassword"])
    try:
        stored = await passwords.hashed(new)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=["newPassword"]) from None
    async with tenancy.platform():
        await sign_in.take_back(counted)
        await _set(person_id, stored, but_for=session)


async def _set(person_id: UUID, stored: str, *, but_for: UUID | None = None) -> str:
    """Store a password, and end every session and every token of a mail that came before it. Answers the person's name."""
    change = sql("update persons set password_hash = {stored}, updated_at = now() where id = {id}", stored=stored, id=person_id)
    audit.named("Person", person_id)
    its_name: str = await tenancy.fetch_value(sql("{change} returning name", change=change))
    await sessions.revoke_all(person_id, but_for=but_for)
    await forget(person_id)
    return its_name


def _invalid() -> Refusal:
    return Refusal("INVALID_TOKEN", "This token is unknown, used or too old; ask for another.", field=["token"])
