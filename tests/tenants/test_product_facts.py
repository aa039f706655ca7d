"""Until when customers hold a subscription or membership, whatever it is that changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.builders import make_venue
from tests.tenants.test_facts import expected, kept
from tests.tenants.test_upserts import write


async def test_who_subscribes_until_when_follows_the_season_and_the_product():
    venue = await make_venue()
    await write(venue, "seasons", {"external_id": "s26", "name": "2026/27", "ends_on": date(2027, 6, 30)})
    await write(venue, "customers", {"external_id": "anna"}, {"external_id": "berit"})
    series = {"external_id": "a", "name": "Series A", "kind": "SUBSCRIPTION", "season": "s26"}
    await write(venue, "products", series, {"external_id": "f", "name": "Friend", "kind": "MEMBERSHIP", "months": 1})
    late = datetime(2026, 1, 30, 23, 30, tzinfo=UTC)  # the 31st at the venue
    head = {"order": "o1", "customer": "anna", "channel": "ONLINE", "ordered_at": late, "price": Decimal(1800)}
    await write(
        venue,
        "sales",
        {**head, "external_id": "l1", "product": "a", "quantity": 2},
        {**head, "external_id": "l2", "product": "f"},
    )

    def held_by(found):
        ((_, f),) = found.items()
        return f["subscription_count"], f["subscribed_until"], f["membership_count"], f["member_until"], f["ticket_count"]

    assert held_by(await kept(venue)) == (2, date(2027, 6, 30), 1, date(2026, 2, 28), 0)
    assert [(f["spent"], f["order_count"]) for f in (await kept(venue)).values()] == [(540_000, 1)]
    await write(venue, "seasons", {"external_id": "s26", "ends_on": date(2027, 7, 31)})
    assert held_by(await kept(venue))[1] == date(2027, 7, 31)
    await write(venue, "products", {"external_id": "a", "season": None}, {"external_id": "f", "ends_on": date(2026, 2, 1)})
    assert held_by(await kept(venue)) == (2, date.max, 1, date(2026, 2, 1), 0)
    refund = {**head, "order": "o2", "ordered_at": late + timedelta(days=9), "external_id": "l3", "product": "a", "quantity": -2}
    await write(venue, "sales", refund)
    assert held_by(await kept(venue)) == (0, None, 1, date(2026, 2, 1), 0)
    assert await kept(venue) == await expected(venue)
