"""Signing in: a try is counted, the password checked, a token issued. Whoever guesses is slowed down, whatever they guess at."""

import hashlib
import ipaddress
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from tortoise import fields

from tenants import audit, passwords, people, tenancy
from tenants.errors import Refusal, Throttled
from tenants.ids import new_id
from tenants.record import PlatformRecord
from tenants.sql import sql

WINDOW = timedelta(minutes=5)
MOST_TRIES, MOST_TRIES_OF_ALL = 10, 1000

T = TypeVar("T")


class SignInAttempt(PlatformRecord):
    """A try, under the hash of the account or the address it counts against."""

    bucket = fields.BinaryField()
    attempted_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "sign_in_attempts"


async def sign_in(start: Callable[[UUID, str], Awaitable[T]], email: str, password: str, address: str, client: str = "") -> T:
    """A new session, as `start` makes it: of tokens or of a cookie. Opens its own scopes: none is held during the hashing.

    Raises THROTTLED, WRONG_CREDENTIALS; an address nobody has is refused as a wrong password is, and takes as long.
    """
    async with tenancy.platform():
        person = await people.Person.filter(email_key=people.email_key(email), disabled_at=None).first()
        audit.by(person.id if person else None, person.name if person else "")
        counted = await count_try(email, address)
    stored = person.password_hash if person else None
    if not await passwords.matches(password, stored) or not person or not stored:
        raise Refusal("WRONG_CREDENTIALS", "The e-mail address and the password do not belong together.")
    newer = await passwords.refreshed(password, stored)
    async with tenancy.platform():
        if newer:
            await people.Person.filter(id=person.id).update(password_hash=newer)
        await take_back(counted)
        return await start(person.id, client)


async def count_try(email: str, address: str, kind: str = "", *, most: int = MOST_TRIES, venue: UUID | None = None) -> list[UUID]:
    """Note a try against the account and the address, and answer the notes' ids; each kind of try counts by itself, and at
    most `most` are for one account; an account of a venue's is that venue's alone. Inside a scope. Raises THROTTLED.

    A try that succeeds is taken back (take_back). Tries at one account wait for each other here, so that no burst slips through.
    """
    at = f" {venue}" if venue else ""
    account, origin, everybody = (
        _bucket(f"{kind}account{at}", people.email_key(email)),
        _bucket(f"{kind}address", network(address)),
        _bucket(f"{kind}all{at}", ""),
    )
    for bucket in sorted({account, origin}):
        await tenancy.execute(sql("select pg_advisory_xact_lock({number})", number=int.from_bytes(bucket[:8], signed=True)))
    for bucket, allowed in ((account, most), (origin, MOST_TRIES), (everybody, MOST_TRIES_OF_ALL)):
        if (seconds := await _seconds_to_wait(bucket, allowed)) is not None:
            audit.once(bucket, WINDOW)
            raise Throttled(f"Too many tries. Try again in {seconds} s.", retry_after=seconds)
    ids = [new_id(), new_id()]
    await tenancy.execute(
        sql(
            "insert into sign_in_attempts (id, bucket) values ({a}, {account}), ({b}, {origin}), ({c}, {everybody})",
            a=ids[0],
            b=ids[1],
            c=new_id(),
            account=account,
            origin=origin,
            everybody=everybody,
        )
    )
    return ids


async def take_back(counted: list[UUID]) -> None:
    """Forget a try that was a good one. Inside a scope."""
    await tenancy.execute(sql("delete from sign_in_attempts where id = any({ids}::uuid[])", ids=counted))


async def _seconds_to_wait(bucket: bytes, most: int) -> int | None:
    """None while there were fewer than `most` tries within the window."""
    seconds = await tenancy.fetch_value(
        sql(
            """
            select extract(epoch from attempted_at + {window}::interval - clock_timestamp())::float8 from sign_in_attempts
            where bucket = {bucket} and attempted_at > clock_timestamp() - {window}::interval
            order by attempted_at desc offset {most} limit 1
            """,
            bucket=bucket,
            window=WINDOW,
            most=most - 1,
        )
    )
    return None if seconds is None else max(1, math.ceil(seconds))


def _bucket(kind: str, of: str) -> bytes:
    return hashlib.sha256(f"{kind}:{of}".encode()).digest()


def network(address: str) -> str:
    """What one guesser commands: an IPv4 address, or the /64 an IPv6 address lies in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and (mapped := parsed.ipv4_mapped):
        return str(mapped)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
