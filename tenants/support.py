"""Support access: a venue lets a platform admin in, for a reason and for a while (Requirement D51). What opens the door is a
grant of the role SUPPORT with the same id, read as every grant is: without a live one a platform admin enters no venue.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, grants, organisations, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.people import LIVE, email_key
from tenants.record import VenueRecord
from tenants.shape import Choice
from tenants.sql import Sql, sql

LONGEST = timedelta(days=7)
LONGEST_REASON = 500
MOST_SHOWN = 500
STATE = Choice(
    "SupportAccessState",
    {
        "REQUESTED": "Asked for by the platform admin; it opens nothing.",
        "DECLINED": "Asked for, and declined.",
        "LIVE": "The platform admin may enter until the end.",
        "OVER": "Its time is over, or it was ended.",
    },
    "Where a support access stands.",
)


class SupportAccess(VenueRecord):
    """That a platform admin may, might or could enter. `organisation_ids` is what it reaches (None: the whole venue),
    `settled_at` when a venue admin said yes or no."""

    person_id = fields.UUIDField()
    organisation_ids = ArrayField("uuid", null=True)
    reason = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "support_accesses"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """Those that fulfil `where`, a condition over `t` (grant: `g`), and reach no further than the caller; with the person's
        `name` and `email`, the grant's `granted_at`, `ends_at` and `revoked_at`, and the `state`."""
        return await tenancy.fetch(
            sql(
                """
                select t.*, p.name, p.email, g.created_at as granted_at, g.ends_at, g.revoked_at,
                  case when t.settled_at is null then 'REQUESTED' when g.id is null then 'DECLINED'
                       when g.revoked_at is null and g.ends_at > now() then 'LIVE' else 'OVER' end as state
                from support_accesses t join persons p on p.id = t.person_id
                left join grants g on g.tenant_id = t.tenant_id and g.id = t.id
                where t.tenant_id = {venue} and {mine} and {where} {tail}
                """,
                mine=organisations.visible("support_accesses", "t"),
                where=where,
                tail=tail or sql(""),
            ),
            cls,
        )


async def here(*, past: bool = False) -> list[Any]:
    """The venue's support accesses, newest first: those asked for and those that are live, with the past ones on request."""
    open_ones = sql("t.settled_at is null or (g.revoked_at is null and g.ends_at > now())")
    newest = sql("order by t.created_at desc, t.id desc limit {most}", most=MOST_SHOWN)
    return await SupportAccess.rows(sql("true") if past else open_ones.wrapped(), tail=newest)


async def grant(email: str, reason: str, ends_at: datetime) -> Any:
    """Let a platform admin in. Raises INVALID_VALUE, REQUIRED, TOO_LONG, NOT_UNIQUE."""
    known = "select id from persons where email_key = {key} and platform_admin and disabled_at is null"
    person = await tenancy.fetch_value(sql(known, key=email_key(email)))
    if person is None:
        sentence = "No platform admin has this address. Whoever is none is let in with grantCreate."
        raise Refusal("INVALID_VALUE", sentence, field=["email"])
    access = await _note(person, _checked(reason))
    return await _let_in(await _one(access), ends_at)


async def accept(access_id: UUID, ends_at: datetime) -> Any:
    """Say yes to a request. Raises NOT_FOUND, WRONG_STATE, INVALID_VALUE, NOT_UNIQUE."""
    asked = await _one(access_id)
    if asked.state != "REQUESTED":
        raise Refusal("WRONG_STATE", "This has been answered already.", field=["id"])
    return await _let_in(asked, ends_at)


async def end(access_id: UUID) -> Any:
    """End one now, or say no to a request: the next request is refused, on every process. Raises NOT_FOUND, WRONG_STATE."""
    was = await _one(access_id)
    if was.state not in ("REQUESTED", "LIVE"):
        raise Refusal("WRONG_STATE", "This is over already.", field=["id"])
    if was.state == "LIVE":
        await tenancy.execute(
            sql("update grants t set revoked_at = now() where t.tenant_id = {venue} and t.id = {id}", id=was.id)
        )
    else:
        await _settle(was.id)
    now = await _one(access_id)
    _tell(was, now)
    return now


async def request(person_id: UUID, slug: str, reason: str) -> Any:
    """A platform admin asks a venue to be let in; each of its admins gets a mail. Opens its own scopes. Raises NOT_FOUND,
    REQUIRED, TOO_LONG, NOT_UNIQUE."""
    wanted = _checked(reason)
    async with tenancy.platform(readonly=True):
        venue = await tenancy.fetch_value(sql("select id from venues where slug = {slug}", slug=slug))
    if venue is None:
        raise Refusal("NOT_FOUND", "There is no such venue.", field=["slug"])
    async with tenancy.scope(venue):
        audit.about(venue)
        access = await _note(person_id, wanted, waits=True)
        for admin in await _admins():
            tenancy.later("support.requested", access, admin.person_id)
        asked = await _one(access)
        _tell(None, asked)
        return asked


async def request_for(access_id: UUID, admin: UUID) -> Any:
    """What the mail to an admin is made of: the `access`, the admin's `name`, `email`, `language`, and the `house` with its
    `languages`; None when the request was answered or the admin is none any more."""
    asked = [a for a in await SupportAccess.rows(sql("t.id = {id}", id=access_id)) if a.state == "REQUESTED"]
    told = [a for a in await _admins() if a.person_id == admin]
    return (asked[0], told[0]) if asked and told else None


async def _admins() -> list[Any]:
    """The admins of the whole venue, who answer requests."""
    return await tenancy.fetch(
        sql(
            """
            select t.person_id, p.name, p.email, p.language, v.name as house, v.languages
            from grants t join persons p on p.id = t.person_id and p.disabled_at is null join venues v on v.id = t.tenant_id
            where t.tenant_id = {venue} and t.role = 'VENUE_ADMIN' and t.organisation_ids = '{{}}' and {live} order by t.id
            """,
            live=LIVE,
        )
    )


async def _let_in(access: Any, ends_at: datetime) -> Any:
    """As far as the admin who says yes reaches."""
    terms = grants.Terms("SUPPORT", tuple(tenancy.current().reach or ()), ends_at=ends_at)
    await grants.check(terms, frozenset({"ends_at"}))
    if not await tenancy.fetch_value(sql("select {ends}::timestamptz - now() <= {most}", ends=ends_at, most=LONGEST)):
        raise Refusal("INVALID_VALUE", f"Support access lasts {LONGEST.days} days at most.", field=["endsAt"])
    if await grants.let_in(access.person_id, terms, id=access.id) is None:
        raise Refusal("NOT_UNIQUE", f"{access.email} may enter already; end that first.")
    await _settle(access.id)
    now = await _one(access.id)
    _tell(access if access.settled_at is None else None, now)
    return now


async def _note(person: UUID, reason: str, *, waits: bool = False) -> UUID:
    access: UUID | None = await tenancy.fetch_value(
        sql(
            """
            insert into support_accesses (tenant_id, id, person_id, organisation_ids, reason, settled_at)
            values ({venue}, {id}, {person}, {reach}::uuid[], {reason}, case when {waits} then null else now() end)
            on conflict (tenant_id, person_id) where settled_at is null do nothing returning id
            """,
            id=new_id(),
            person=person,
            reach=tenancy.current().reach,
            reason=reason,
            waits=waits,
        )
    )
    if access is None:
        raise Refusal("NOT_UNIQUE", "You have asked this venue already, and it has not answered yet.", field=["slug"])
    return access


async def _settle(access: UUID) -> None:
    settled = "update support_accesses set settled_at = now() where tenant_id = {venue} and id = {id} and settled_at is null"
    await tenancy.execute(sql(settled, id=access))


async def _one(access_id: UUID) -> Any:
    if found := await SupportAccess.rows(sql("t.id = {id}", id=access_id)):
        return found[0]
    raise Refusal("NOT_FOUND", "There is no such support access in this venue.", field=["id"])


def _tell(before: Any, after: Any) -> None:
    """To the audit log."""
    told = ("email", "reason", "state", "ends_at")
    audit.changed("SupportAccess", after.id, before and {c: before[c] for c in told}, {c: after[c] for c in told})


def _checked(reason: str) -> str:
    if not reason.strip():
        raise Refusal("REQUIRED", "Say why.", field=["reason"])
    if len(reason) > LONGEST_REASON:
        raise Refusal("TOO_LONG", f"A reason has at most {LONGEST_REASON} characters.", field=["reason"])
    return reason.strip()
