"""Builders with readable defaults. Each test makes its own venues, so tests never meet."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from tenants import customer_codes, customer_tokens, keys, people, sessions, support, tenancy
from tenants.catalogue import Production, Promoter, TicketType
from tenants.customers import Customer
from tenants.orders import Order, TicketLine
from tenants.people import email_key
from tenants.performances import Performance, Price
from tenants.search import search_key
from tenants.venues import Venue


async def make_venue(**given: Any) -> Venue:
    """A new venue, in Oslo unless said otherwise."""
    slug = given.pop("slug", f"house-{uuid4().hex[:12]}")
    values = {"name": "Storhuset", "time_zone": "Europe/Oslo", "currency": "NOK", "languages": ["no", "en"], **given}
    async with tenancy.platform():
        return await Venue.create(slug=slug, **values)


async def make_job(venue: UUID, name: str = "some.job", *arguments: UUID) -> UUID:
    """A job that waits for a worker; nobody knows how to do `some.job`."""
    async with tenancy.scope(venue):
        return tenancy.later(name, *arguments)


# What follows is made inside the open scope of a venue.

_numbers = count(500_001)  # a venue itself counts from 1


async def make_performance(**given: Any) -> Performance:
    """A performance on sale, of a production of its own unless one is given."""
    if "production_id" not in given:
        given["production_id"] = (await Production.create(name="Hedda Gabler")).id
    return await Performance.create(**{"starts_at": datetime(2026, 11, 21, 18, 30, tzinfo=UTC), **given})


async def make_price(performance: Any, ticket_type: Any = None, **given: Any) -> Price:
    """What an adult pays, 450.00 in most currencies."""
    ticket_type = ticket_type or await TicketType.create(name="Adult")
    return await Price.create(performance_id=performance.id, ticket_type_id=ticket_type.id, **{"amount": 45_000, **given})


async def make_customer(first_name: str | None = "Kari", last_name: str | None = "Nordmann", **given: Any) -> Customer:
    """A customer, found by a search as an imported one is."""
    names = {"first_name": first_name, "last_name": last_name, "company": given.get("company")}
    keys: dict[str, Any] = {f"{name}_key": search_key(text) for name, text in names.items()}
    keys["email_key"] = email_key(given["email"]) if given.get("email") else None
    return await Customer.create(**{"number": next(_numbers), **names, **keys, **given})


async def make_order(customer: Any = None, *performances: Any, **given: Any) -> Order:
    """An order with one valid ticket at 450.00 for each performance."""
    values = {"channel": "ONLINE", "currency": "NOK", "ordered_at": datetime(2026, 10, 1, 12, tzinfo=UTC), **given}
    order = await Order.create(customer_id=customer and customer.id, **values)
    for performance in performances:
        await make_line(order, performance)
    return order


async def make_line(order: Any, performance: Any, **given: Any) -> TicketLine:
    """One valid ticket at 450.00."""
    values = {"quantity": 1, "price": 45_000, "amount": 45_000, **given}
    return await TicketLine.create(order_id=order.id, performance_id=performance.id, **values)


# What follows opens a scope of its own.


async def make_token(venue: Any = None, role: str = "VENUE_ADMIN", *, password: str | None = None, **given: Any) -> str:
    """The token of a new person, with a role at a venue if one is given (SUPPORT: for a day); with `in_browser` a cookie's.
    `email` and what people.grant() takes may be given."""
    email = given.pop("email", f"{uuid4().hex}@example.org")
    admin, in_browser = given.pop("platform_admin", False), given.pop("in_browser", False)
    if role == "PROMOTER" and "promoter_id" not in given:
        async with tenancy.scope(venue.id):
            given["promoter_id"] = (await Promoter.create(name="Nordlys Scenekunst")).id
    async with tenancy.platform():
        person = await people.create_person(email, "Kari Nordmann", password, platform_admin=admin or role == "SUPPORT")
        if venue and role != "SUPPORT":
            await people.grant(person.id, venue.id, role, **given)
        token = (await sessions.start_in_browser(person.id))[0] if in_browser else await sessions.issue_token(person.id)
    if role == "SUPPORT":
        within = frozenset(given.get("organisation_ids", ())) or None
        async with tenancy.scope(venue.id, organisations=within):
            await support.grant(email, "Prices look wrong", datetime.now(UTC) + timedelta(days=1))
    return token


async def make_key(venue: Any, *scopes: str, kind: Any = "SECRET", **given: Any) -> str:
    """The secret of a new key."""
    async with tenancy.scope(venue.id):
        return (await keys.create_key("A partner", kind, scopes, **given))[1]


async def make_customer_token(venue: Any, customer: UUID | None = None, *, organisation_ids: Any = None) -> str:
    """The token of a customer, a new one unless the id of one is given, perhaps within organisations."""
    async with tenancy.scope(venue.id, organisations=frozenset(organisation_ids) if organisation_ids else None):
        customer = customer or (await make_customer()).id
        return (await customer_tokens.issue(customer, timedelta(hours=1)))[0]


async def make_code(venue: Any, email: str) -> str:
    """The code that a new customer with this address is mailed."""
    async with tenancy.scope(venue.id):
        await make_customer(email=email)
        wish = (await customer_codes.CustomerCode.create(email_key=email_key(email))).id
    prepared = await customer_codes.prepare(venue.id, wish)
    assert prepared
    return prepared[1]
