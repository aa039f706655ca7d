"""What one part of an answer waits for, others may wait for as well."""

from tenants import tenancy
from tests.asking import ask, gid, shopper_at
from tests.builders import make_performance, make_venue

ASKED_FOR_WRONGLY = """query ($id: ID!) {
  one: performance(id: $id) { id production { performances(first: 1, last: 1) { totalCount } nextPerformance { id } } }
  other: performance(id: $id) { production { nextPerformance { id } } } }"""


async def test_an_error_beside_it_takes_nothing_from_another_part_that_waits_for_the_same():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        its = gid(await make_performance(starts_at=None))

    for _ in "first", "again", "compiled":
        answer = await ask(shopper_at(venue), ASKED_FOR_WRONGLY, id=its)
        assert answer.data == {"one": None, "other": {"production": {"nextPerformance": None}}}
        assert answer.errors == [("BAD_USER_INPUT", "one.production.performances")]
