"""What an invented house gives some of its customers: its friends' benefit and presale, a note about its best ones, pools of
subscribers and employees with terms of their own, and a campaign link."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.assignments import Cause, give
from tenants.attributes import Attribute
from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.catalogue import TicketType
from tenants.counters import count
from tenants.demo.houses import House
from tenants.demo.rows import insert
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.sql import Sql, sql
from tenants.syncs import Sync

PRESALE = timedelta(days=7)  # before everybody else
MOST_COUPLED = 60  # evenings
OF_ADULTS = 0.75  # what friends pay
BEST, EMPLOYEES = 25, 14


@dataclass(frozen=True)
class Words:
    """What a house calls these things."""

    friend: str
    best: str
    note: str
    subscribers: str
    employees: str
    week: str


WORDS = {
    "storhuset": Words("Venn", "VIP", "Hils ved navn; plass i losjen når det går an.", "Abonnenter", "Ansatte", "Novembertilbud"),
    "lilla-scenen": Words(
        "Vän", "VIP", "Hälsa vid namn; bjud på kaffe i pausen.", "Abonnenter", "Anställda", "Novembererbjudande"
    ),
    "de-vaart": Words(
        "Vriend", "VIP", "Bij naam begroeten; een plaats vooraan als het kan.", "Abonnees", "Medewerkers", "Novemberactie"
    ),
}
ENGLISH = {"Venn": "Friend", "Vän": "Friend", "Vriend": "Friend"}


async def fill(house: House, today: date) -> None:
    """Write them into the house, unless they are there."""
    words, now = WORDS[house.slug], datetime.combine(today, time(12), UTC)
    async with tenancy.scope(house.id, seconds=300):
        if await Flag.exists():
            return
        evenings = await _evenings(now)
        friend = await TicketType.create(
            id=house.row_id("ticket_types", words.friend), name=words.friend, texts={"name:en": ENGLISH[words.friend]},
            restricted=True, position=len(house.ticket_types) + 1,
        )  # fmt: skip
        await _price(house, friend, [row.id for row in evenings])
        await _friends(house, friend, evenings, today)
        best = await Flag.create(
            name=words.best, abbreviation="VIP", icon="★", colour="#b8860b", display="POP_UP", note=words.note
        )
        await give("flag", best.id, await _ids(sql("spent > 0"), f"spent desc limit {BEST}"), Cause("MANUAL"))
        await _subscribers(house, words, evenings, now)
        await _employees(house, words)
        await _campaign(house, words, evenings, now)


async def _evenings(now: datetime) -> list[Any]:
    """The next ones of the house's own."""
    return await tenancy.fetch(
        sql(
            "select id, production_id, sale_starts_at from performances where tenant_id = {venue} and starts_at > {now} "
            "and promoter_id is null and status = 'ON_SALE' order by starts_at, id limit {most}",
            now=now,
            most=MOST_COUPLED,
        )
    )


async def _price(house: House, friend: Any, evenings: list[UUID]) -> None:
    """Three quarters of what adults pay, on every level."""
    adults = await tenancy.fetch(
        sql(
            "select performance_id, price_level, amount, fee from prices where tenant_id = {venue} and ticket_type_id = {adult} "
            "and performance_id = any({evenings}::uuid[])",
            adult=house.type_id("adult"),
            evenings=evenings,
        )
    )
    rows = [
        (
            house.row_id("prices", row.performance_id, friend.name, row.price_level),
            row.performance_id,
            friend.id,
            row.price_level,
            round(row.amount * OF_ADULTS / house.step) * house.step,
            row.fee,
        )
        for row in adults
    ]
    await insert("prices", ["id", "performance_id", "ticket_type_id", "price_level", "amount", "fee"], rows)


async def _friends(house: House, friend: Any, evenings: list[Any], today: date) -> None:
    """Who is a member has the flag as long: two tickets to each of six performances, a week before everybody else."""
    flag = await Flag.create(name=house.friends.name, abbreviation=house.friends.name[:1], icon="♥", colour="#c0392b")
    benefit = await Benefit.create(
        flag_id=flag.id, ticket_type_id=friend.id, most_performances=6, most_tickets=2, tickets_per="PERFORMANCE"
    )
    couplings = [(house.row_id("couplings", row.id), flag.id, row.id) for row in evenings]
    await insert("couplings", ["id", "flag_id", "performance_id"], couplings)
    starts = [
        (coupling, benefit.id, row.sale_starts_at - PRESALE) for (coupling, *_), row in zip(couplings, evenings, strict=True)
    ]
    await insert("coupling_starts", ["coupling_id", "benefit_id", "sale_starts_at"], starts)
    rows = await _facts(sql("member_until >= {today}", today=today), "customer_id")
    until = {row.customer_id: row.member_until for row in rows}
    await give("flag", flag.id, until, Cause("MEMBERSHIP", until=until))


async def _subscribers(house: House, words: Words, evenings: list[Any], now: datetime) -> None:
    """A tenth less and up to eight tickets for whoever subscribes, with an attribute that is kept alike; two weeks before
    everybody else for the production whose sale is to start next."""
    pool = await Pool.create(name=words.subscribers, number=await count("pools"))
    attribute = await Attribute.create(name=words.subscribers, colour="#2c6fbb")
    await Sync.create(pool_id=pool.id, attribute_id=attribute.id, two_way=True, reconcile="UNION")
    always = await PoolTerms.create(pool_id=pool.id, most=8)
    await Discount.create(pool_terms_id=always.id, ticket_type_id=house.type_id("adult"), basis_points=1_000)
    if coming := [row for row in evenings if row.sale_starts_at > now]:
        soonest = min(coming, key=lambda row: (row.sale_starts_at, row.id))
        await PoolTerms.create(
            pool_id=pool.id, production_id=soonest.production_id, sale_starts_at=soonest.sale_starts_at - 2 * PRESALE
        )
    await give("pool", pool.id, await _ids(sql("subscribed_until >= {today}", today=now.date()), "customer_id"), Cause("MANUAL"))


async def _employees(house: House, words: Words) -> None:
    """A fixed price, and two tickets each time."""
    others = sql("order_count > 0 and member_until is null and subscribed_until is null")
    pool = await Pool.create(name=words.employees, number=await count("pools"), kind="COMPANY")
    terms = await PoolTerms.create(pool_id=pool.id, most=2)
    await Discount.create(pool_terms_id=terms.id, price=house.step * 20)
    await give("pool", pool.id, await _ids(others, f"customer_id limit {EMPLOYEES}"), Cause("MANUAL"))


async def _campaign(house: House, words: Words, evenings: list[Any], now: datetime) -> None:
    """A quarter off this week, for some evenings that are near."""
    near = [row.id for row in evenings if row.sale_starts_at < now][:8]
    link = await CampaignLink.create(
        name=words.week, performance_ids=near, starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=6), most=200,
        most_per_customer=4,
    )  # fmt: skip
    await Discount.create(campaign_link_id=link.id, ticket_type_id=house.type_id("adult"), basis_points=2_500)


async def _ids(which: Sql, tail: str) -> list[UUID]:
    return [row.customer_id for row in await _facts(which, tail)]


async def _facts(which: Sql, tail: str) -> list[Any]:
    """Of the customers whose facts say so, in this order."""
    every = "select customer_id, member_until from customer_facts where tenant_id = {venue} and {which} order by {tail}"
    return await tenancy.fetch(sql(every, which=which, tail=sql(tail)))
