"""Persons, and their grants at venues. One login per e-mail address across all houses (Requirement AU1, AU2)."""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, organisations, passwords, standards, tenancy
from tenants.errors import Refusal
from tenants.record import PlatformRecord
from tenants.sql import Sql, sql

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
        caller does, without those of tenants.support; with the person's `name`, `email`, and whether this is their home venue
        (`at_home`)."""
        return await tenancy.fetch(
            sql(
                """
                select t.*, p.name, p.email, p.home_tenant_id is not distinct from t.tenant_id as at_home
                from grants t join persons p on p.id = t.person_id
                where t.tenant_id = {venue} and t.role <> 'SUPPORT' and {live} and {mine} and {where} {tail}
                """,
                live=LIVE,
                mine=organisations.within(sql("t")),
                where=where,
                tail=tail or sql(""),
            ),
            cls,
        )


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
    made = await Person.create(
        email=address,
        email_key=email_key(address),
        name=name,
        language=language,
        password_hash=await passwords.hashed(password) if password is not None else None,
        home_tenant_id=home,
        platform_admin=platform_admin,
    )
    audit.changed("Person", made.id, None, {"email": address, "name": name, "platform_admin": platform_admin})
    return made


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
    made = await Grant.create(
        tenant_id=venue_id,
        person_id=person_id,
        role=role,
        organisation_ids=list(organisation_ids),
        promoter_id=promoter_id,
        ends_at=ends_at,
    )
    audit.changed("Grant", made.id, None, {"person": person_id, "role": role, "ends_at": ends_at})
    return made
