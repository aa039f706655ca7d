"""Two invented houses to look around in: the same ones everywhere, playing around the day they were made."""

from dataclasses import dataclass
from datetime import date

from tenants import tenancy
from tenants.demo import people, pictures, programme, sales
from tenants.demo.houses import HOUSES, House
from tenants.sql import name, sql
from tenants.venues import Venue


@dataclass(frozen=True)
class Filled:
    """What a house holds. `made` is false when it was there already."""

    house: House
    made: bool
    performances: int
    customers: int
    orders: int


async def fill(today: date) -> list[Filled]:
    """Make the houses and the people that are not there yet. What a house holds is made whole or not at all."""
    filled = [await _fill(house, today) for house in HOUSES]
    await people.invite()
    return filled


async def _fill(house: House, today: date) -> Filled:
    async with tenancy.platform():
        if not await Venue.filter(id=house.id).exists():
            await _open(house)
    async with tenancy.scope(house.id, seconds=60):
        made = not await tenancy.fetch_value(sql("select exists (select from customers where tenant_id = {venue})"))
        if made:
            await sales.fill(house, await programme.fill(house, today), today)
        counted = [await _count(table) for table in ("performances", "customers", "orders")]
    await pictures.fill(house)
    return Filled(house, made, *counted)


async def _count(table: str) -> int:
    return int(await tenancy.fetch_value(sql("select count(*) from {table} where tenant_id = {venue}", table=name(table))))


async def _open(house: House) -> None:
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
