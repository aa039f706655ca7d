"""What somebody is called and how they are reached: changed by themselves, or by their home venue (Requirement PR3, D50)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenants import audit, organisations, resets, standards, tenancy
from tenants.errors import Refusal
from tenants.grants import checked_name
from tenants.people import LIVE, Person, email_key
from tenants.sql import sql


async def update_person(person_id: UUID, changes: Mapping[str, str]) -> Any:
    """Change the `email` or `name` of somebody whose home is the scope's venue. A new address ends what was mailed to the old
    one. Raises NOT_FOUND for whoever may not enter, NOT_HOME_VENUE, INVALID_VALUE, REQUIRED, TOO_LONG, NOT_UNIQUE."""
    person = await _at_home(person_id)
    name, address = checked_name(changes.get("name", person.name)), standards.email(changes.get("email", person.email), "email")
    taken = sql(
        "select exists (select from persons where email_key = {key} and id <> {id})", key=email_key(address), id=person_id
    )
    if await tenancy.fetch_value(taken):
        raise Refusal("NOT_UNIQUE", f"{address} has a login already.", field=["email"])
    if email_key(address) != person.email_key:
        await resets.forget(person_id)
    return await _save(person, name, address, person.language)


async def start_password_reset(person_id: UUID, address: str) -> Any:
    """Have a one-time token mailed to somebody whose home is the scope's venue, and answer them. Raises NOT_FOUND,
    NOT_HOME_VENUE, THROTTLED."""
    person = await _at_home(person_id)
    await resets.start(person_id, person.email, address)
    return person


async def update_me(person_id: UUID, changes: Mapping[str, str]) -> Any:
    """Change one's own `name` or `language`. Inside platform(). Raises REQUIRED, TOO_LONG, INVALID_VALUE."""
    me = await tenancy.fetch_one(sql("select p.* from persons p where p.id = {id} for update", id=person_id))
    language = standards.language(changes.get("language", me.language), "language")
    return await _save(me, checked_name(changes.get("name", me.name)), me.email, language)


async def _at_home(person_id: UUID) -> Any:
    person = await tenancy.fetch_one(
        sql(
            """
            select p.*, p.home_tenant_id is not distinct from t.tenant_id and not p.platform_admin as ours
            from persons p join grants t on t.person_id = p.id
            where p.id = {id} and t.tenant_id = {venue} and {live} and {mine} for update of p
            """,
            id=person_id,
            live=LIVE,
            mine=organisations.within(sql("t")),
        ),
        Person,
    )
    if person is None:
        raise Refusal("NOT_FOUND", "There is no such person in this venue.", field=["id"])
    if not person.ours:
        raise Refusal("NOT_HOME_VENUE", "Another venue looks after this person's account.", field=["id"])
    return person


async def _save(was: Any, name: str, email: str, language: str) -> Any:
    audit.changed("Person", was.id, was, {"name": name, "email": email, "language": language})
    return await tenancy.fetch_one(
        sql(
            """
            update persons set name = {name}, email = {email}, email_key = {key}, language = {language}, updated_at = now()
            where id = {id} returning *
            """,
            id=was.id,
            name=name,
            email=email,
            key=email_key(email),
            language=language,
        ),
        Person,
    )
