"""Tokens of customers who are signed in to a venue's shop (Requirement AU4). A shop that knows its customers by a login of its
own asks for one with its secret key. A token reaches as far as that key; what is revoked is refused at the next request.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, credentials, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.people import hash_secret
from tenants.record import PlatformRecord
from tenants.settings import settings
from tenants.sql import Sql, sql

PREFIX = "fct_"
LONGEST = 86_400  # seconds that a shop may ask for


class CustomerToken(PlatformRecord):
    """Lets a customer in at one venue, within organisations (none: all of them). Of the secret only the SHA-256 is kept."""

    tenant_id = fields.UUIDField()
    customer_id = fields.UUIDField()
    key_id = fields.UUIDField(null=True)
    secret_hash = fields.BinaryField()
    organisation_ids = ArrayField("uuid", default=list)
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "customer_tokens"


async def create(
    customer_id: UUID | None, external_id: str | None, *, key: UUID | None, seconds: int | None = None
) -> tuple[str, datetime]:
    """A token for the customer of this id, external id or both, asked for with a secret key, and when it ends. Raises REQUIRED,
    INVALID_VALUE, NOT_FOUND."""
    if customer_id is None and external_id is None:
        raise Refusal("REQUIRED", "Name the customer by id or by external id.", field=["customerId"])
    if seconds is not None and not 1 <= seconds <= LONGEST:
        raise Refusal("INVALID_VALUE", f"A token is good for 1 to {LONGEST} seconds.", field=["expiresIn"])
    named = sql(
        "({id}::uuid is null or c.id = {id}) and ({external}::text is null or c.external_id = {external})",
        id=customer_id,
        external=external_id,
    )
    found = sql("select c.id from customers c where c.tenant_id = {venue} and {named}", named=named)
    if (customer := await tenancy.fetch_value(found)) is None:
        raise _no_such_customer("customerId" if customer_id else "externalId")
    life = timedelta(minutes=settings().customer_token_minutes) if seconds is None else timedelta(seconds=seconds)
    return await issue(customer, life, key=key)


async def issue(customer_id: UUID, life: timedelta, *, key: UUID | None = None) -> tuple[str, datetime]:
    """A token of a customer of the open scope's venue, and when it ends."""
    secret = PREFIX + secrets.token_urlsafe(32)
    ends = await tenancy.fetch_value(
        sql(
            """
            insert into customer_tokens (id, tenant_id, customer_id, key_id, secret_hash, organisation_ids, expires_at)
            values ({id}, {venue}, {customer}, {key}, {hash}, {reach}::uuid[], clock_timestamp() + {life}::interval)
            returning expires_at
            """,
            id=new_id(),
            customer=customer_id,
            key=key,
            hash=hash_secret(secret),
            reach=tenancy.current().reach or [],
            life=life,
        )
    )
    audit.changed("Customer", customer_id, None, {"signed_in_until": ends})
    return secret, ends


_HOLDER = sql(
    """
    select t.id, t.customer_id, t.organisation_ids, v.trusted_documents_only,
           coalesce(t.last_used_at < now() - interval '1 minute', true) as unnoted,
           v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
    from customer_tokens t join venues v on v.id = t.tenant_id
    left join keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
    where t.secret_hash = {hash} and t.revoked_at is null and k.revoked_at is null and t.expires_at > now()
      and coalesce(t.last_used_at, t.created_at) > now() - {idle}::interval
    """
)


async def holder(secret: str) -> Any:
    """The live token of this secret with its venue's columns, and `unnoted` (its use is to be noted), or None.
    Outside any scope: one round trip."""
    idle = timedelta(hours=settings().token_idle_hours)
    rows = await credentials.read(_HOLDER, hash=hash_secret(secret), idle=idle)
    return rows[0] if rows else None


_USE = sql(
    "update customer_tokens set last_used_at = now() where id = {id} and tenant_id = {at}"
    " and coalesce(last_used_at < now() - interval '1 minute', true)"
)


async def note_use(token_id: UUID, venue: UUID) -> None:
    """Remember that the token was used, at most once a minute. Outside any scope: one round trip."""
    await credentials.note_use(_USE, id=token_id, at=venue)


async def revoke(token_id: UUID) -> None:
    """End one token of the venue; the next request with it is refused, on every process."""
    await _revoke(sql("id = {id}", id=token_id))


async def revoke_all(customer_id: UUID) -> int:
    """End all tokens of a customer of the venue; answers how many there were. Raises NOT_FOUND."""
    known = sql("select c.id from customers c where c.tenant_id = {venue} and c.id = {id}", id=customer_id)
    if await tenancy.fetch_value(known) is None:
        raise _no_such_customer("customerId")
    return await _revoke(sql("customer_id = {customer} and expires_at > now()", customer=customer_id))


async def _revoke(which: Sql) -> int:
    done = await tenancy.execute(
        sql(
            "update customer_tokens set revoked_at = now() where tenant_id = {venue} and revoked_at is null and {which}",
            which=which,
        )
    )
    return int(done.split()[-1])


def _no_such_customer(field: str) -> Refusal:
    return Refusal("NOT_FOUND", "There is no such customer in this venue.", field=[field])
