"""What the invented houses give some of their customers: a friend and a stranger ask for the same evening."""

import pytest

from tenants import tenancy
from tenants.demo.houses import HOUSES
from tenants.eligibility.answers import ask, shown
from tenants.sql import sql
from tests.houses import made_houses, rows  # noqa: F401  # the fixture `houses`

COMING = """
select p.id, p.sale_starts_at from performances p join couplings c on c.tenant_id = {venue} and c.performance_id = p.id
where p.tenant_id = {venue} order by (p.sale_starts_at > now()) desc, p.starts_at limit 1"""
IN_GROUP = "select customer_id from assignments where tenant_id = {venue} and %s order by 1"
POOL = "pool_id = (select pool_id from syncs where tenant_id = {venue})"


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.slug)
async def test_a_friend_and_a_stranger_get_different_answers_for_the_same_evening(houses, house):
    (evening,) = await rows(house, COMING)
    friends = {r.customer_id for r in await rows(house, IN_GROUP % "source = 'MEMBERSHIP'")}
    groups = {r.customer_id for r in await rows(house, IN_GROUP % "true")}
    async with tenancy.scope(house.id, readonly=True):
        stranger = await tenancy.fetch_value(
            sql("select id from customers where tenant_id = {venue} and id <> all({g}::uuid[]) limit 1", g=list(groups))
        )
        mine = await ask("PERFORMANCE", evening.id, min(friends))
        theirs = await ask("PERFORMANCE", evening.id, stranger)
    assert mine and theirs and len(friends) > 10
    more = {o.ticket_type for o in shown(mine)} - {o.ticket_type for o in shown(theirs)}
    (offer,) = [o for o in mine.offers if o.ticket_type in more]
    assert mine.types[offer.ticket_type].name in ("Venn", "Vän", "Vriend")
    adult = next(o for o in theirs.offers if o.routes)
    assert offer.starts_at is not None and adult.starts_at is not None and offer.starts_at < adult.starts_at


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.slug)
async def test_subscribers_are_in_the_pool_and_have_the_attribute(houses, house):
    pool = await rows(house, IN_GROUP % POOL)
    attribute = await rows(house, IN_GROUP % "attribute_id is not null")
    assert [r.customer_id for r in pool] == [r.customer_id for r in attribute] != []
