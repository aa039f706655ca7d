"""Postcodes and where they lie: public data, the same for all venues. And how far from the venue a customer lives (D13)."""

from collections.abc import Callable, Iterable
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple
from uuid import UUID

from tenants import tenancy
from tenants.sql import sql

EARTH_KM = 6371.0088  # the mean radius


class Postcode(NamedTuple):
    """A place that a postcode stands for. `country` is ISO 3166-1 alpha-2; a postcode may have several places."""

    country: str
    postcode: str
    place: str
    latitude: float
    longitude: float


def postcode_key(country: str, postcode: str) -> str:
    """A postcode as it is compared: without blanks, hyphens and the country in front, and as its country's file has it."""
    key = "".join(c for c in postcode.upper() if c.isascii() and c.isalnum())
    for prefix in (country, _ON_CARS.get(country, country)):
        if key.startswith(prefix) and key[len(prefix) :].isdecimal():
            key = key[len(prefix) :]
    return _AS_FILED.get(country, str)(key) if key else key


async def keep(places: Iterable[Postcode]) -> tuple[int, int]:
    """Add or correct postcodes, each where its places lie on average; others stay. Inside platform(). Answers how many
    were given and how many of them are new or different."""
    staged = "country text, postcode text, place text, lat float8, lng float8"
    await tenancy.execute(sql(f"create temporary table staged_places ({staged}) on commit drop"))
    rows = ((p.country, postcode_key(p.country, p.postcode), p.place, p.latitude, p.longitude) for p in places)
    await tenancy.copy("staged_places", ["country", "postcode", "place", "lat", "lng"], rows)
    counted = await tenancy.fetch_one(
        sql(
            """
            with given as (
              select country, postcode, min(place collate "C") as place,
                     round(avg(lat)::numeric, 5)::float8 as latitude, round(avg(lng)::numeric, 5)::float8 as longitude
              from staged_places group by country, postcode),
            written as (
              insert into postcodes as p (country, postcode, place, latitude, longitude)
              select country, postcode, place, latitude, longitude from given
              on conflict (country, postcode) do update
                set (place, latitude, longitude) = row(excluded.place, excluded.latitude, excluded.longitude)
                where row(p.place, p.latitude, p.longitude)
                  is distinct from row(excluded.place, excluded.latitude, excluded.longitude)
              returning 1)
            select (select count(*) from given) as given, (select count(*) from written) as written
            """
        )
    )
    await tenancy.execute(sql("drop table staged_places"))
    return counted.given, counted.written


async def distances(customers: list[UUID]) -> dict[UUID, float]:
    """How many kilometres from the venue these customers live; without those of whom it is not known."""
    homes = await tenancy.fetch(
        sql(
            "select t.id, t.country, t.postcode, v.latitude, v.longitude from customers t join venues v on v.id = {venue} "
            "where t.tenant_id = {venue} and t.id = any({ids}::uuid[]) "
            "and t.country is not null and t.postcode is not null and v.latitude is not null",
            ids=customers,
        )
    )
    keys = {home.id: (home.country, postcode_key(home.country, home.postcode)) for home in homes}
    asked = sorted(set(keys.values()))
    places = await tenancy.fetch(
        sql(
            "select p.* from postcodes p join unnest({countries}::text[], {postcodes}::text[]) as a (country, postcode) "
            'on p.country = a.country collate "C" and p.postcode = a.postcode collate "C"',
            countries=[country for country, _ in asked],
            postcodes=[postcode for _, postcode in asked],
        )
    )
    lies = {(p.country, p.postcode): (p.latitude, p.longitude) for p in places}
    return {h.id: kilometres((h.latitude, h.longitude), lies[keys[h.id]]) for h in homes if keys[h.id] in lies}


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The great-circle distance between two places, each degrees north and east, to a tenth of a kilometre."""
    (north, east), (other_north, other_east) = ([radians(degrees) for degrees in place] for place in (here, there))
    half = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(min(half, 1.0))), 1)


# Letters that people put in front of a postcode, where they are not the country's code.
_ON_CARS = {"NO": "N", "SE": "S", "FI": "FIN", "DE": "D", "AT": "A", "FR": "F", "BE": "B", "IT": "I"}
# Spreadsheets take away zeros in front, and GeoNames leaves out the letters of Dutch postcodes.
_AS_FILED: dict[str, Callable[[str], str]] = {
    "NO": lambda key: key.zfill(4),
    "DK": lambda key: key.zfill(4),
    "FI": lambda key: key.zfill(5),
    "DE": lambda key: key.zfill(5),
    "NL": lambda key: key[:4],
}
