"""Three invented houses to look around in: the same ones everywhere, playing around the day they were made. Each feature fills
them from a file of its own name, called from _fill, or from _complete when it needs the facts."""

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tenants import facts, migrate, postcodes, tenancy
from tenants.demo import people, pictures, products, programme, rights, sales
from tenants.demo.houses import HOUSES, House
from tenants.settings import settings
from tenants.sql import name, sql
from tenants.venues import Venue

CUSTOMERS = 10_000


@dataclass(frozen=True)
class Filled:
    """What a house holds. `made` is false when it was there already."""

    house: House
    made: bool
    performances: int
    customers: int
    orders: int


async def fill(today: date, customers: int = CUSTOMERS) -> list[Filled]:
    """Make the houses and the people that are not there yet, for so many customers of all houses together. What a house holds
    is made whole or not at all, and summed up in transactions of its own: an end in between is made good at the next start."""
    made = await asyncio.gather(*(_fill(house, today, round(customers * house.part)) for house in HOUSES))
    owner_url = settings().database_owner_url if any(made) else None
    if owner_url:
        await migrate.analyze(owner_url)
    await asyncio.gather(*(_complete(house, today) for house in HOUSES))
    if owner_url:
        await migrate.analyze(owner_url, "customer_facts")
    await people.invite()
    return [await _counted(house, new) for house, new in zip(HOUSES, made, strict=True)]


async def _fill(house: House, today: date, customers: int) -> bool:
    async with tenancy.platform():
        if not await Venue.filter(id=house.id).exists():
            await _open(house)
    async with tenancy.scope(house.id, seconds=300):
        if await tenancy.fetch_value(sql("select exists (select from customers where tenant_id = {venue})")):
            return False
        evenings = await programme.fill(house, today, customers)
        await sales.fill(house, evenings, await products.fill(house, evenings, today), today, customers)
        return True


async def _complete(house: House, today: date) -> None:
    await _sum_up(house)
    await rights.fill(house, today)
    await pictures.fill(house, today)


async def _sum_up(house: House) -> None:
    """Facts of those who have none, which an earlier end may have left out."""
    last: UUID | None = None
    without = sql(
        "select exists (select from customers c where c.tenant_id = {venue} and not exists "
        "(select from customer_facts f where f.tenant_id = {venue} and f.customer_id = c.id))"
    )
    async with tenancy.scope(house.id, readonly=True, seconds=300):
        if not await tenancy.fetch_value(without):
            return
    while True:
        async with tenancy.scope(house.id, seconds=300):
            part = await facts.customers_after(last)
            await facts.refresh(part)
        if len(part) < facts.AT_ONCE:
            return
        last = part[-1]


async def _counted(house: House, made: bool) -> Filled:
    async with tenancy.scope(house.id, readonly=True, seconds=300):
        counted = [await _count(table) for table in ("performances", "customers", "orders")]
    return Filled(house, made, *counted)


async def _count(table: str) -> int:
    return int(await tenancy.fetch_value(sql("select count(*) from {table} where tenant_id = {venue}", table=name(table))))


async def _open(house: House) -> None:
    await postcodes.keep(house.places)
    await Venue.create(
        id=house.id,
        slug=house.slug,
        name=house.name,
        time_zone=house.time_zone,
        currency=house.currency,
        languages=list(house.languages),
        latitude=house.place[0],
        longitude=house.place[1],
        contact_name=house.name,
        contact_email=f"post@{house.slug}.example",
        shop_url=f"https://{house.slug}.example/",
    )
