"""Who may enter the invented houses: one person per role, and a key of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tenants import customer_tokens, keys, people, sessions, tenancy
from tenants.customers import Customer
from tenants.demo.houses import DE_VAART, FJORDTONER, KINO, LILLA_SCENEN, MUSIKK, STORHUSET, TEATER, House
from tenants.permissions import KEY_SCOPES
from tenants.settings import settings
from tenants.sql import sql

FRIENDS_FIRST = """
order by exists (
    select from assignments a where a.tenant_id = {venue} and a.customer_id = t.id and a.source = 'MEMBERSHIP') desc,
  t.number limit 1"""
PASSWORD = "velkommen-til-foyer"  # noqa: S105  # of invented people; `foyer demo` refuses to run in production


@dataclass(frozen=True)
class Guest:
    """A person and where they work."""

    role: str
    name: str
    email: str
    houses: tuple[House, ...]
    organisations: tuple[str, ...] = ()
    promoter: str | None = None


GUESTS = (
    Guest("PLATFORM_ADMIN", "Ragnhild Vik", "ragnhild@foyer.example", ()),
    Guest("VENUE_ADMIN", "Astrid Solheim", "astrid@storhuset.example", (STORHUSET,)),
    Guest("BOX_OFFICE", "Bjørn Lie", "bjorn@storhuset.example", (STORHUSET,), organisations=(MUSIKK,)),
    Guest("MARKETING", "Marte Aas", "marte@storhuset.example", (STORHUSET,)),
    Guest("PROMOTER", "Petter Fjord", "petter@fjordtoner.example", (STORHUSET, LILLA_SCENEN, DE_VAART), promoter=FJORDTONER),
    Guest("VENUE_ADMIN", "Lena Öberg", "lena@lilla-scenen.example", (LILLA_SCENEN,)),
    Guest("VENUE_ADMIN", "Marijke van der Meer", "marijke@de-vaart.example", (DE_VAART,)),
    Guest("BOX_OFFICE", "Hanne Moe", "hanne@storhuset.example", (STORHUSET,), organisations=(TEATER, KINO)),
)


async def invite() -> None:
    """Make the persons that are not there yet, and let them in."""
    async with tenancy.platform():
        for guest in GUESTS:
            if not await _person_id(guest):
                await _invite(guest)


async def _invite(guest: Guest) -> None:
    home = guest.houses[0].id if guest.houses else None
    admin = guest.role == "PLATFORM_ADMIN"
    person = await people.create_person(guest.email, guest.name, PASSWORD, home=home, platform_admin=admin)
    for house in guest.houses:
        await people.grant(
            person.id,
            house.id,
            guest.role,
            organisation_ids=[house.row_id("organisations", each) for each in guest.organisations],
            promoter_id=house.row_id("promoters", guest.promoter) if guest.promoter else None,
        )


async def sign_in() -> list[dict[str, str | None]]:
    """Everybody with a fresh token, once per venue they work at: role, venue, email, password, access_token."""
    logins: list[dict[str, str | None]] = []
    async with tenancy.platform():
        for guest in GUESTS:
            token = await sessions.issue_token(await _person_id(guest))
            venues: list[str | None] = [house.slug for house in guest.houses]
            logins += [
                {"role": guest.role, "venue": venue, "email": guest.email, "password": PASSWORD, "access_token": token}
                for venue in venues or [None]
            ]
    return logins


async def _person_id(guest: Guest) -> Any:
    key = people.email_key(guest.email)
    return await tenancy.fetch_value(sql("select id from persons where email_key = {key}", key=key))


async def hand_out_keys(house: House, known: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The house's partner and storefront keys: those `known` from an earlier start while they are good, else new ones."""
    held = [(key, await keys.holder(key["key"])) for key in known]
    if good := [key for key, holder in held if holder and holder.tenant_id == house.id]:
        return good
    async with tenancy.scope(house.id):
        _, partner = await keys.create_key("Demo partner", "SECRET", KEY_SCOPES)
        _, storefront = await keys.create_key("Demo shop", "PUBLISHABLE", ["storefront:read"])
    return [{"role": role, "venue": house.slug, "key": key} for role, key in (("PARTNER", partner), ("STOREFRONT", storefront))]


async def sign_customer_in(house: House) -> dict[str, str]:
    """A friend of the house who has bought something, with a fresh token: venue, name, token."""
    async with tenancy.scope(house.id):
        buyer = "exists (select from orders o where o.tenant_id = {venue} and o.customer_id = t.id) and t.last_name is not null"
        (customer,) = await Customer.rows(sql(buyer), tail=sql(FRIENDS_FIRST))
        token, _ = await customer_tokens.issue(customer.id, timedelta(days=settings().token_days))
    return {"venue": house.slug, "name": f"{customer.first_name} {customer.last_name}", "token": token}
