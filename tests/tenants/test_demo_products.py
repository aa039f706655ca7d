"""What the invented houses sell beside single tickets, and what was brought back to them."""

from tenants import tenancy
from tenants.demo.houses import HOUSES
from tenants.upserts import refunds
from tests.houses import NOW, TODAY, made_houses, rows  # noqa: F401  # the fixture `houses`


async def test_each_season_has_its_series_and_each_house_its_friends(houses):
    for house in HOUSES:
        offered = await rows(
            house,
            """
            select p.kind, p.name, p.status, p.choose, p.months, s.name as season, count(l.performance_id) as evenings,
              count(distinct v.season_id) as seasons, min(v.starts_at) as first
            from products p left join seasons s on s.tenant_id = {venue} and s.id = p.season_id
            left join product_performances l on l.tenant_id = {venue} and l.product_id = p.id
            left join performances v on v.tenant_id = {venue} and v.id = l.performance_id
            where p.tenant_id = {venue} group by p.id, p.kind, p.name, p.status, p.choose, p.months, s.name order by p.name
            """,
        )
        dear = await rows(
            house,
            """
            select p.id from products p join product_prices c on c.tenant_id = {venue} and c.product_id = p.id
            join product_performances l on l.tenant_id = {venue} and l.product_id = p.id
            join prices r on r.tenant_id = {venue} and r.performance_id = l.performance_id
              and r.ticket_type_id = c.ticket_type_id and r.price_level = c.price_level
            where p.tenant_id = {venue} and p.choose is null
            group by p.id, c.id, c.amount having c.amount not between 0.75 * sum(r.amount) and 0.85 * sum(r.amount)
            """,
        )
        circle, series = ([row for row in offered if row.kind == kind] for kind in ("MEMBERSHIP", "SUBSCRIPTION"))
        assert [(row.name, row.months, row.status, row.evenings) for row in circle] == [(house.friends.name, 12, "ON_SALE", 0)]
        assert {row.name.rsplit(" ", 1)[0] for row in series} == {each.name for each in house.series}
        assert all(row.name.endswith(row.season) and row.seasons == 1 for row in series)
        assert all(row.evenings >= (row.choose or 1) + 1 for row in series)
        assert {row.status for row in series if row.first < NOW} <= {"ON_SALE", "ENDED"}
        assert dear == []


async def test_regulars_have_them_and_come_again(houses):
    for house in HOUSES:
        false_sales = await rows(
            house,
            """
            select l.id from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
            join products p on p.tenant_id = {venue} and p.id = l.product_id
            left join customers c on c.tenant_id = {venue} and c.id = o.customer_id
            left join product_prices r on r.tenant_id = {venue} and r.product_id = p.id
              and r.ticket_type_id = l.ticket_type_id and r.price_level = l.price_level
            where l.tenant_id = {venue} and (o.ordered_at >= {now} or o.ordered_at not between p.sale_starts_at and p.sale_ends_at
              or c.id is null or c.created_at > o.ordered_at or r.amount is distinct from l.price
              or l.amount <> l.price * l.quantity)
            """,
            now=NOW,
        )
        (kept,) = await rows(
            house,
            """
            select count(*) filter (where subscribed_until >= {today}) * 1.0 / count(*) as subscribers,
              count(*) filter (where member_until >= {today}) * 1.0 / count(*) as members,
              count(*) filter (where subscription_count > 2) as faithful
            from customer_facts where tenant_id = {venue}
            """,
            today=TODAY,
        )
        assert false_sales == []
        assert 0.01 < kept.subscribers < 0.1
        assert 0.005 < kept.members < 0.06
        assert kept.faithful > 3


async def test_what_was_brought_back_is_booked_as_a_till_would(houses):
    asked = """
        select l.id, l.state, l.refund_of, l.settled, o.id as order_id, o.state as order_state, o.customer_id, l.quantity
        from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
        where l.tenant_id = {venue} and (l.quantity < 0 or exists (
          select from ticket_lines r where r.tenant_id = {venue} and r.refund_of = l.id)) order by l.id
    """
    for house in HOUSES:
        booked = await rows(house, asked)
        async with tenancy.scope(house.id):
            await refunds.settle([row.id for row in booked], ["performance_id"])

        returned = [row for row in booked if row.quantity < 0]
        assert [tuple(row) for row in await rows(house, asked)] == [tuple(row) for row in booked]
        assert (len(returned) > 20, {row.state for row in returned}) == (True, {"VALID", "REFUNDED"})
        assert all(row.settled == (row.state == "REFUNDED") for row in returned)
