"""One-time codes by mail: how customers sign in to a shop that has no login of its own (Requirement AU4).

Whose an address is only its mailbox learns: asking writes the same row for every address, and who has it is looked up later, by
the job that mails the code. The newest code of an address is the only one that is good.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import customer_tokens, passwords, sign_in, standards, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.people import email_key
from tenants.permissions import Membership
from tenants.record import VenueRecord
from tenants.settings import settings
from tenants.sql import sql

DIGITS = 8
LIFE = timedelta(minutes=10)
MOST_TRIES = 5  # at one code
MOST_MAILS = 3  # to one address within sign_in.WINDOW
MOST_SHARING = 20  # customers of one address that are shown to choose from


class CustomerCode(VenueRecord):
    """A wish to sign in. `code_hash` is null until the mail is written, and stays so for an address that nobody has."""

    email_key = fields.TextField()
    code_hash = fields.TextField(null=True)
    tries = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "customer_codes"


@dataclass(frozen=True)
class Redeemed:
    """What a right code opens: a token and when it ends, or (several customers share the address) whom to choose from."""

    token: str | None = None
    expires_at: datetime | None = None
    choices: tuple[Any, ...] = ()


async def send(at: Membership, email: str, address: str) -> None:
    """Have a code mailed to the customers of this address, if there are any. Opens its own scope. Raises INVALID_VALUE for what
    is no address, THROTTLED."""
    key = email_key(standards.email(email, "email"))
    async with tenancy.scope(at.venue):
        await sign_in.count_try(key, address, "code ", most=MOST_MAILS, venue=at.venue)
        wish = new_id()
        made = "insert into customer_codes (tenant_id, id, email_key) values ({venue}, {id}, {key})"
        await tenancy.execute(sql(made, id=wish, key=key))
        tenancy.later("customers.code", wish)


async def prepare(venue: UUID, wish: UUID) -> tuple[Any, str] | None:
    """Whom to write to (email, language) and a fresh code for their mail, in place of an earlier one; None when nobody waits for
    it. Opens its own scopes: none is held while the code is hashed."""
    waiting = sql(
        "w.tenant_id = {venue} and w.id = {id} and w.used_at is null and w.created_at > now() - {life}::interval",
        id=wish,
        life=LIFE,
    )
    async with tenancy.scope(venue, readonly=True):
        key = await tenancy.fetch_value(sql("select w.email_key from customer_codes w where {waiting}", waiting=waiting))
        customers = await _customers_of(key) if key else []
    if not customers:
        return None
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    stored = await passwords.hashed(_salted(wish, code))
    async with tenancy.scope(venue):
        change = "update customer_codes w set code_hash = {stored}, expires_at = now() + {life}::interval where {waiting}"
        await tenancy.execute(sql(change, stored=stored, life=LIFE, waiting=waiting))
    return next((c for c in customers if c.language), customers[0]), code


async def redeem(at: Membership, email: str, code: str, customer_id: UUID | None, address: str) -> Redeemed:
    """Sign a customer in with the code of a mail, once. Opens its own scopes: none is held while the code is checked, and a wrong
    try counts whatever becomes of the request. Raises INVALID_TOKEN, THROTTLED, NOT_FOUND for a choice that is none."""
    key = email_key(email)
    async with tenancy.scope(at.venue):
        counted = await sign_in.count_try(key, address, "code try ", venue=at.venue)
        wish = await _try(key)
    right = await passwords.matches(_salted(wish and wish.id, re.sub(r"[\s-]", "", code)), wish and wish.code_hash)
    async with tenancy.scope(at.venue, organisations=at.organisations):
        customers = await _customers_of(key) if right else []
        if not customers:
            raise _invalid()
        await sign_in.take_back(counted)
        chosen = [c for c in customers if customer_id in (None, c.id)]
        if not chosen:
            raise Refusal("NOT_FOUND", "This is none of the customers who have the address.", field=["customerId"])
        if len(chosen) > 1:
            await tenancy.execute(
                sql("update customer_codes set tries = tries - 1 where tenant_id = {venue} and id = {id}", id=wish.id)
            )
            return Redeemed(choices=tuple(chosen))
        used = "update customer_codes set used_at = now() where tenant_id = {venue} and id = {id} and used_at is null"
        if await tenancy.execute(sql(used, id=wish.id)) == "UPDATE 0":
            raise _invalid()
        return Redeemed(*await customer_tokens.issue(chosen[0].id, timedelta(days=settings().token_days)))


async def _try(key: str) -> Any:
    """Count a try at the newest code of an address, and answer it; None when it is dead. Tries at the same moment come one by
    one: the account's lock is held."""
    return await tenancy.fetch_one(
        sql(
            """
            update customer_codes w set tries = w.tries + 1
            where w.tenant_id = {venue} and w.tries < {most} and w.used_at is null and w.expires_at > now() and w.id =
              (select n.id from customer_codes n where n.tenant_id = {venue} and n.email_key = {key}
               order by n.created_at desc, n.id desc limit 1)
            returning w.id, w.code_hash
            """,
            key=key,
            most=MOST_TRIES,
        )
    )


async def _customers_of(key: str) -> list[Any]:
    """The customers whose mailbox this is, by number. An address that merely compares as the same (ſ and s) is another one."""
    rows = await tenancy.fetch(
        sql(
            "select c.* from customers c where c.tenant_id = {venue} and c.email_key = {key} order by c.number limit {most}",
            key=key,
            most=MOST_SHARING,
        )
    )
    return [row for row in rows if row.email.strip().lower() == key]


async def forget_old() -> int:
    """Delete wishes of the scope's venue that are older than an hour; answers how many."""
    old = "delete from customer_codes where tenant_id = {venue} and created_at < now() - interval '1 hour'"
    return int((await tenancy.execute(sql(old))).split()[-1])


def _salted(wish: UUID | None, code: str) -> str:
    """A code is good for one wish only, and no hash of a code is known from another."""
    return f"{wish} {code}"


def _invalid() -> Refusal:
    return Refusal("INVALID_TOKEN", "This code is wrong, used, older than ten minutes or was tried too often.", field=["code"])
