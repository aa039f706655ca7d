"""What an invented house sells beside single tickets: a membership of its circle of friends, and each season's series."""

import json
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from tenants.demo.houses import House
from tenants.demo.programme import performance_id, season_name
from tenants.demo.rows import Row, insert
from tenants.demo.seasons import Evening
from tenants.demo.series import Subscription, editions

WHOM = ("adult", "senior", "student")
MONTHS = 12  # of a membership
TOLD = timedelta(days=30)  # before it is sold
COLUMNS = "id kind name description texts season_id organisation_ids choose months status sale_starts_at sale_ends_at".split()


def membership_id(house: House) -> UUID:
    """Of the circle of friends: the same in every installation."""
    return house.row_id("products", house.friends.name)


async def fill(house: House, evenings: list[Evening], today: date) -> list[Subscription]:
    """Write the membership and the series that are told by today into the house's open scope; answers the series."""
    now = datetime.combine(today, time(), UTC)
    told = [each for each in editions(house, evenings) if each.opens < now + TOLD]
    await insert("products", COLUMNS, [_membership(house), *(_product(each, now) for each in told)])
    pairs = [(each.id, performance_id(house, evening)) for each in told for evening in each.evenings]
    await insert("product_performances", ["product_id", "performance_id"], pairs)
    prices = [(membership_id(house), whom, "", house.price(house.friends, house.ticket_types[whom][1]), 0) for whom in WHOM]
    for each in told:
        levels = house.halls[each.series.hall].levels
        prices += [(each.id, whom, level, each.price(whom, level), house.fee) for whom in WHOM for level in levels]
    rows = [
        (house.row_id("product_prices", product, whom, level), product, house.type_id(whom), level, amount, fee)
        for product, whom, level, amount, fee in prices
    ]
    await insert("product_prices", ["id", "product_id", "ticket_type_id", "price_level", "amount", "fee"], rows)
    return told


def _membership(house: House) -> Row:
    friends = house.friends
    texts = {"name:en": house.english[friends.name], "description:en": house.english[friends.text]}
    named = friends.name, friends.text, json.dumps(texts)
    return membership_id(house), "MEMBERSHIP", *named, None, [], None, MONTHS, "ON_SALE", None, None


def _product(each: Subscription, now: datetime) -> Row:
    series, house, years = each.series, each.house, season_name(each.season)
    texts = {"name:en": f"{house.english[series.name]} {years}", "description:en": house.english[series.text]}
    named = f"{series.name} {years}", series.text, json.dumps(texts)
    owners = dict.fromkeys(house.row_id("organisations", house.tastes[taste][1]) for taste in series.tastes)
    belongs = house.row_id("seasons", each.season), list(owners)
    status = "ANNOUNCED" if now < each.opens else "ON_SALE" if now < each.closes else "ENDED"
    return each.id, "SUBSCRIPTION", *named, *belongs, series.choose, None, status, each.opens, each.closes
