"""Who buys at an invented house, and what was sold: by chance, but the same chance at every start."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.customers import search_key
from tenants.demo.houses import House
from tenants.demo.programme import FEE, LEVELS, Evening, price
from tenants.demo.rows import insert
from tenants.sql import sql

CHANNELS = {"ONLINE": 72, "BOX_OFFICE": 18, "PHONE": 6, "PARTNER": 4}  # in per cent, as are the states
LINE_STATES = {"VALID": 91, "COMPLIMENTARY": 3, "REFUNDED": 4, "CANCELLED": 1, "RESERVED": 1}
ADMITS_NOBODY = ("REFUNDED", "CANCELLED")
TO_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "é": "e"})

Row = tuple[Any, ...]


async def fill(house: House, evenings: list[Evening], today: date) -> None:
    """Write customers, and orders for the evenings that are or were on sale, into the house's open scope."""
    chance = Random(house.slug)  # noqa: S311  # an invented house, no secret
    customers = [_customer(house, chance, number, today) for number in range(1, house.customers + 1)]
    columns = "id postcode city country number first_name last_name email birth_date gender street language created_at"
    await insert("customers", [*columns.split(), "first_name_key", "last_name_key", "email_key"], customers)
    last = sql("insert into counters (tenant_id, name, value) values ({venue}, 'customers', {last})", last=house.customers)
    await tenancy.execute(last)
    orders, lines = _orders(house, chance, customers, evenings, today)
    columns = "id customer_id place_postcode place_city place_country channel currency ordered_at state created_at"
    await insert("orders", columns.split(), orders)
    columns = "id order_id performance_id ticket_type_id quantity price_level price amount fee vat state created_at"
    await insert("ticket_lines", columns.split(), lines)


def _customer(house: House, chance: Random, number: int, today: date) -> Row:
    gender = chance.choices(["WOMAN", "MAN", None], [56, 38, 6])[0]
    first = chance.choice({"WOMAN": house.women, "MAN": house.men, None: f"{house.women} {house.men}"}[gender].split())
    last = chance.choice(house.last_names.split())
    email = f"{first}.{last}.{number}@example.com".lower().translate(TO_ASCII) if chance.random() < 0.93 else None
    born = date(chance.randint(1938, 2008), chance.randint(1, 12), chance.randint(1, 28)) if chance.random() < 0.85 else None
    town = chance.choices(list(house.places), [3 * len(codes) for codes in house.places.values()])[0]
    street = f"{chance.choice(house.streets.split())} {chance.randint(1, 90)}"
    since = _midnight(today) - timedelta(days=chance.randint(300, 2500), minutes=chance.randint(0, 1439))
    return (
        *(house.row_id("customers", number), chance.choice(house.places[town]), town, house.country),
        *(number, first, last, email, born, gender, street, house.languages[0], since),
        *(search_key(first), search_key(last), search_key(email)),
    )


def _orders(
    house: House, chance: Random, customers: list[Row], evenings: list[Evening], today: date
) -> tuple[list[Row], list[Row]]:
    """Orders and their lines: no hall overflows, and nothing lies in the future."""
    orders: list[Row] = []
    lines: list[Row] = []
    sold: Counter[Evening] = Counter()
    now = _midnight(today)
    on_sale = [evening for evening in evenings if evening.sale_starts_at < now]
    while len(orders) < house.orders:
        evening = chance.choice(on_sale)
        at = min(now, evening.starts_at) - timedelta(days=chance.expovariate(1 / 14))
        tickets = _tickets(house, chance)
        if at < evening.sale_starts_at or sold[evening] + sum(tickets.values()) > evening.capacity:
            continue
        channel = _one_of(chance, CHANNELS)
        state = _one_of(chance, LINE_STATES)
        if state == "RESERVED" and evening.starts_at < now:
            state = "VALID"
        if state not in ADMITS_NOBODY:
            sold[evening] += sum(tickets.values())
        order = house.row_id("orders", len(orders))
        order_state = "CONFIRMED" if state in ("VALID", "COMPLIMENTARY") else state
        orders.append((order, *_buyer(chance, channel, customers), channel, house.currency, at, order_state, at))
        lines += [_line(house, evening, order, channel, state, *ticket, at) for ticket in tickets.items()]
    return orders, lines


def _buyer(chance: Random, channel: str, customers: list[Row]) -> Row:
    """Id, postcode, town and country. Few buy much and some nothing; who pays cash at the counter is often unknown."""
    if channel == "BOX_OFFICE" and chance.random() < 0.4:
        return (None, None, None, None)
    return customers[int(chance.expovariate(5 / len(customers))) % len(customers)][:4]


def _tickets(house: House, chance: Random) -> dict[tuple[str, str], int]:
    """How many of which ticket type and price level."""
    level = chance.choices(list(LEVELS), [60, 40])[0]
    full, *reduced = house.ticket_types
    first = full if chance.random() < 0.7 else chance.choice(reduced)
    tickets = {(first, level): chance.choices([1, 2, 3, 4], [25, 53, 8, 14])[0]}
    if chance.random() < 0.25:
        tickets[chance.choice(reduced), level] = chance.randint(1, 2)
    return tickets


def _line(
    house: House, evening: Evening, order: UUID, channel: str, state: str, which: tuple[str, str], quantity: int, at: datetime
) -> Row:
    kind, level = which
    each = 0 if state == "COMPLIMENTARY" else price(evening.show, house.ticket_types[kind] * LEVELS[level])
    amount = each * quantity
    fee = FEE * quantity if channel == "ONLINE" and each else 0
    vat = round(amount * evening.show.vat / (100 + evening.show.vat))
    ids = (house.row_id("ticket_lines", order, kind), order, evening.id, house.row_id("ticket_types", kind))
    return (*ids, quantity, level, each, amount, fee, vat, state, at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _one_of(chance: Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
