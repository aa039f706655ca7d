"""Who may enter a venue, as its admins arrange it (Requirement AU2, PR3, PR4, D50). A venue adds and ends access to itself; the
account belongs to the home venue, which is the one that first let the person in. All of this runs in the venue's scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tenants import audit, organisations, standards, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.people import LIVE, Grant, email_key
from tenants.sql import sql

LONGEST_NAME = 200


@dataclass(frozen=True)
class Terms:
    """What a grant says: as what, within which organisations (none: all), for which promoter, until when."""

    role: str
    organisation_ids: tuple[UUID, ...] = ()
    promoter_id: UUID | None = None
    ends_at: datetime | None = None


async def here() -> list[Any]:
    """The live grants of the venue that reach no further than the caller does, by the person's name; see Grant.rows()."""
    return await Grant.rows(sql("true"), tail=sql("order by p.name, t.id"))


async def create(email: str, name: str, terms: Terms) -> Any:
    """Let somebody in and have them told by mail; with an address that nobody has, a person is made whose home is this venue, and
    else nothing about the person changes. Raises INVALID_VALUE, REQUIRED, TOO_LONG, UNKNOWN_REFERENCE, NOT_UNIQUE."""
    address, called = standards.email(email, "email"), checked_name(name)
    await check(terms, frozenset(Terms.__dataclass_fields__))
    made = await let_in(await _person(address, called), terms)
    if made is None:
        raise Refusal("NOT_UNIQUE", f"{address} may enter already; change that instead.", field=["email"])
    tenancy.later("people.invitation", made)
    return _told(None, await _one(made))


async def let_in(person: UUID, terms: Terms, *, id: UUID | None = None) -> UUID | None:
    """A new grant on checked terms: its id, or None when the person has a live one here."""
    await _one_at_a_time()
    ended = "update grants t set revoked_at = t.ends_at where t.tenant_id = {venue} and t.person_id = {person}"
    await tenancy.execute(sql(ended + " and t.revoked_at is null and t.ends_at <= now()", person=person))
    return await tenancy.fetch_value(  # type: ignore[no-any-return]
        sql(
            """
            insert into grants (id, tenant_id, person_id, role, organisation_ids, promoter_id, ends_at)
            values ({id}, {venue}, {person}, {role}, {organisations}, {promoter}, {ends})
            on conflict (tenant_id, person_id) where revoked_at is null do nothing returning id
            """,
            id=id or new_id(),
            person=person,
            **_columns(terms),
        )
    )


async def update(grant_id: UUID, changes: Mapping[str, Any]) -> Any:
    """Change a live grant's terms; what is left out stays, and another role forgets the promoter. Raises NOT_FOUND, LAST_ADMIN
    and what create() raises."""
    await _one_at_a_time()
    was = await _one(grant_id)
    old = Terms(was.role, tuple(was.organisation_ids), was.promoter_id, was.ends_at)
    terms = replace(old, **changes)
    if terms.role != "PROMOTER" and "promoter_id" not in changes:
        terms = replace(terms, promoter_id=None)
    await check(terms, frozenset(changes))
    await tenancy.execute(
        sql(
            """
            update grants t set role = {role}, organisation_ids = {organisations}, promoter_id = {promoter}, ends_at = {ends}
            where t.tenant_id = {venue} and t.id = {id}
            """,
            id=grant_id,
            **_columns(terms),
        )
    )
    await _still_run(old)
    return _told(was, await _one(grant_id))


async def end(grant_id: UUID) -> Any:
    """End a live grant now: the person's next request here is refused, on every process. Raises NOT_FOUND, LAST_ADMIN."""
    await _one_at_a_time()
    was = await _one(grant_id)
    ended = "update grants t set revoked_at = now() where t.tenant_id = {venue} and t.id = {id} returning revoked_at"
    audit.changed("Grant", grant_id, {}, {"revoked_at": await tenancy.fetch_value(sql(ended, id=grant_id))})
    await _still_run(Terms(was.role, tuple(was.organisation_ids), was.promoter_id, was.ends_at))
    return was


def _told(was: Any, grant: Any) -> Any:
    """To the audit log."""
    columns = ("email", "role", "organisation_ids", "promoter_id", "ends_at")
    audit.changed("Grant", grant.id, was, {column: grant[column] for column in columns})
    return grant


def checked_name(name: str) -> str:
    """A person's name as it is stored. Raises REQUIRED, TOO_LONG."""
    if not name.strip():
        raise Refusal("REQUIRED", "Say what they are called.", field=["name"])
    if len(name) > LONGEST_NAME:
        raise Refusal("TOO_LONG", f"A name has at most {LONGEST_NAME} characters.", field=["name"])
    return name.strip()


async def _one_at_a_time() -> None:
    """Else two admins could lower each other at the same moment."""
    await tenancy.execute(sql("select from venues where id = {venue} for no key update"))


async def _person(address: str, name: str) -> UUID:
    """The person of this address, made when there is none; two venues may ask at the same moment."""
    await tenancy.execute(
        sql(
            """
            insert into persons (id, email, email_key, name, language, home_tenant_id)
            select {id}, {email}, {key}, {name}, v.languages[1], v.id from venues v where v.id = {venue}
            on conflict (email_key) do nothing
            """,
            id=new_id(),
            email=address,
            key=email_key(address),
            name=name,
        )
    )
    found = await tenancy.fetch_value(sql("select id from persons where email_key = {key}", key=email_key(address)))
    return found  # type: ignore[no-any-return]


def _columns(terms: Terms) -> dict[str, Any]:
    return {
        "role": terms.role,
        "organisations": sorted(set(terms.organisation_ids)),
        "promoter": terms.promoter_id,
        "ends": terms.ends_at,
    }


async def _one(grant_id: UUID) -> Any:
    if found := await Grant.rows(sql("t.id = {id}", id=grant_id)):
        return found[0]
    raise Refusal("NOT_FOUND", "There is no such grant in this venue.", field=["id"])


async def check(terms: Terms, given: frozenset[str]) -> None:
    """Refuse terms that do not fit together, and what the caller does not have; of what is not `given` it is known to exist."""
    if terms.role == "PROMOTER" and terms.promoter_id is None:
        raise Refusal("REQUIRED", "Say which promoter they work for.", field=["promoterId"])
    if terms.role != "PROMOTER" and terms.promoter_id is not None:
        raise Refusal("INVALID_VALUE", "Only somebody of the role PROMOTER works for one.", field=["promoterId"])
    known = sql("select exists (select from promoters where tenant_id = {venue} and id = {id})", id=terms.promoter_id)
    if "promoter_id" in given and terms.promoter_id and not await tenancy.fetch_value(known):
        raise Refusal("UNKNOWN_REFERENCE", "There is no such promoter in this venue.", field=["promoterId"])
    if tenancy.current().organisations is not None and not terms.organisation_ids:
        raise Refusal("REQUIRED", "Name organisations: you do not belong to the whole venue.", field=["organisationIds"])
    if "organisation_ids" in given:
        await organisations.check(terms.organisation_ids)
    if "ends_at" in given and terms.ends_at:
        if terms.ends_at.tzinfo is None:
            raise Refusal("INVALID_VALUE", "A time needs its offset, such as 2027-01-01T00:00:00Z.", field=["endsAt"])
        if not await tenancy.fetch_value(sql("select {at}::timestamptz > clock_timestamp()", at=terms.ends_at)):
            raise Refusal("INVALID_VALUE", "The end lies in the past; end the grant instead.", field=["endsAt"])


async def _still_run(old: Terms) -> None:
    """Raise LAST_ADMIN unless a venue admin is left who may do as much as these terms did, for as long."""
    if old.role != "VENUE_ADMIN":
        return
    somebody = sql(
        """
        select exists (
          select from grants t join persons p on p.id = t.person_id and p.disabled_at is null
          where t.tenant_id = {venue} and t.role = 'VENUE_ADMIN' and {live} and (t.ends_at is null or t.ends_at >= {ends})
            and (t.organisation_ids = '{{}}' or ({theirs}::uuid[] <> '{{}}' and t.organisation_ids @> {theirs}::uuid[])))
        """,
        live=LIVE,
        ends=old.ends_at,
        theirs=list(old.organisation_ids),
    )
    if not await tenancy.fetch_value(somebody):
        raise Refusal("LAST_ADMIN", "Let another venue admin in first: nobody would be left to run this.")
