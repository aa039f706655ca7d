"""The invented houses, held to what somebody from a theatre would look at first."""

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tenants import demo, facts, postcodes, sessions, sign_in, tenancy
from tenants.demo.houses import DE_VAART, HOUSES, KINO, LILLA_SCENEN, STORHUSET, TEATER
from tenants.demo.sales import Sales
from tenants.demo.seasons import extent, plan
from tenants.sql import sql
from tests.houses import CUSTOMERS, NOW, TODAY, made_houses, rows  # noqa: F401  # the fixture `houses`

VAT = "select sum(vat) * 1.0 / sum(amount) as part from ticket_lines where tenant_id = {venue} and fee > 0"
HOLD = "l.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')"


def sales_of(house, customers, today=TODAY):
    asked = extent(house, customers, today)
    evenings = [e for season in range(asked.first, asked.last + 1) for e in plan(house, season, asked.density, today)]
    return evenings, Sales(house, evenings, today, customers)


async def test_they_are_made_once_and_a_second_start_finds_them(houses):
    again = await demo.fill(TODAY, CUSTOMERS)

    assert [(f.house.slug, f.customers) for f in houses] == [("storhuset", 5_000), ("lilla-scenen", 1_400), ("de-vaart", 3_600)]
    assert [f.made for f in again] == [False, False, False]
    assert [astuple_of(f) for f in again] == [astuple_of(f) for f in houses]
    for house in HOUSES:
        numbers = await rows(house, "select min(number), max(number), count(*) from customers where tenant_id = {venue}")
        last = await rows(house, "select value from counters where tenant_id = {venue} and name = 'customers'")
        assert tuple(numbers[0]) == (1, last[0].value, last[0].value)


def astuple_of(filled):
    return filled.house.slug, filled.performances, filled.customers, filled.orders


def test_they_are_the_same_everywhere():
    def sold():
        _, sales = sales_of(LILLA_SCENEN, 1_400)
        return [(list(sales.buyers.fresh), orders, lines) for orders, lines in sales.batches()]

    first = sold()

    assert first == sold()
    number_one = dict(zip(demo.sales.COLUMNS, first[0][0][0], strict=True))
    assert (number_one["number"], number_one["country"], number_one["created_at"] < NOW) == (1, "SE", True)


async def test_no_hall_overflows_some_are_sold_out_and_some_are_weak(houses):
    for house in HOUSES:
        fullness = await rows(
            house,
            """
            select p.capacity, coalesce(sum(l.quantity), 0) as sold from performances p
            left join ticket_lines l on l.tenant_id = {venue} and l.performance_id = p.id and """ + HOLD + """
            where p.tenant_id = {venue} and p.starts_at < {now} and p.status = 'ON_SALE' group by p.id, p.capacity
            """,
            now=NOW,
        )  # fmt: skip
        parts = [row.sold / row.capacity for row in fullness]
        assert max(parts) <= 1
        assert sum(part > 0.97 for part in parts) >= 3
        assert sum(part < 0.6 for part in parts) >= 3
        assert 0.6 < sum(row.sold for row in fullness) / sum(row.capacity for row in fullness) < 0.92


async def test_nothing_lies_in_the_future_or_before_the_sale(houses):
    for house in HOUSES:
        late = await rows(
            house,
            """
            select o.id from orders o
            join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
            join performances p on p.tenant_id = {venue} and p.id = l.performance_id
            left join customers c on c.tenant_id = {venue} and c.id = o.customer_id
            where o.tenant_id = {venue} and (o.ordered_at >= least(p.starts_at, {now}) or o.ordered_at < p.sale_starts_at
              or c.created_at > o.ordered_at or o.updated_at > {now})
            """,
            now=NOW,
        )
        assert late == []
        assert await rows(house, "select id from customers where tenant_id = {venue} and created_at > {now}", now=NOW) == []


async def test_two_shows_never_share_a_hall_and_those_played_are_on_days_people_go_out(houses):
    for house in HOUSES:
        clashes = await rows(
            house,
            "select hall_id, starts_at from performances where tenant_id = {venue} group by 1, 2 having count(*) > 1",
        )
        starts = await rows(house, "select starts_at from performances where tenant_id = {venue}")
        local = [row.starts_at.astimezone(ZoneInfo(house.time_zone)) for row in starts]
        assert clashes == []
        assert {at.hour for at in local} <= {10, 12, 13, 14, 19, 20, 21}
        assert all(at.weekday() != 0 for at in local)


async def test_sales_rise_at_the_start_lie_low_and_rise_towards_the_performance(houses):
    for house in (STORHUSET, DE_VAART):
        sold = await rows(
            house,
            """
            select p.starts_at::date - o.ordered_at::date as before, o.ordered_at::date - p.sale_starts_at::date as after,
              sum(l.quantity) as tickets
            from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
            join performances p on p.tenant_id = {venue} and p.id = l.performance_id
            where l.tenant_id = {venue} and p.starts_at < {now} and p.starts_at - p.sale_starts_at > interval '8 weeks'
            group by 1, 2
            """,
            now=NOW,
        )
        weeks, opening = defaultdict(int), sum(row.tickets for row in sold if row.after < 7)
        for row in sold:
            weeks[row.before // 7] += row.tickets
        assert weeks[0] > 1.3 * weeks[1] > 1.3 * weeks[2] > 1.3 * weeks[4]
        assert opening > 1.5 * weeks[6]


async def test_a_tenth_buys_about_half_and_most_came_once_or_never(houses):
    for house in HOUSES:
        kept = await rows(house, "select ticket_count, order_count from customer_facts where tenant_id = {venue}")
        tickets = sorted((row.ticket_count for row in kept), reverse=True)
        assert 0.4 <= sum(tickets[: len(tickets) // 10]) / sum(tickets) <= 0.6
        assert 0.3 <= sum(row.order_count == 1 for row in kept) / len(kept) <= 0.6
        assert sum(row.order_count == 0 for row in kept) / len(kept) < 0.3


async def test_families_share_a_name_and_an_address_and_bring_children(houses):
    for house in HOUSES:
        homes = await rows(
            house,
            """
            select count(*) as people, count(distinct first_name) as names, max(birth_date) - min(birth_date) as apart
            from customers where tenant_id = {venue} and company is null group by last_name, street, postcode having count(*) > 1
            """,
        )
        together = await rows(
            house,
            """
            select count(*) as orders from (
              select l.order_id from ticket_lines l join ticket_types t on t.tenant_id = {venue} and t.id = l.ticket_type_id
              where l.tenant_id = {venue} group by l.order_id
              having bool_or(t.name = {child}) and bool_or(t.name = {adult})) each
            """,
            child=house.ticket_types["child"][0],
            adult=house.ticket_types["adult"][0],
        )
        assert len(homes) > 40
        assert sum(home.people == home.names for home in homes) > 0.95 * len(homes)
        assert together[0].orders > 20


async def test_tastes_have_ages_and_ages_have_channels(houses):
    asked = """
        select c.name as category, avg(extract(year from age({now}, b.birth_date)))::float as years
        from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
        join customers b on b.tenant_id = {venue} and b.id = o.customer_id
        join performances p on p.tenant_id = {venue} and p.id = l.performance_id
        join categories c on c.tenant_id = {venue} and c.id = p.category_id
        where l.tenant_id = {venue} group by 1
    """
    ages = {row.category: row.years for row in await rows(STORHUSET, asked, now=NOW)}
    channels = await rows(
        STORHUSET,
        """
        select c.birth_date < '1960-01-01' as old, avg((o.channel = 'ONLINE')::int)::float as online
        from orders o join customers c on c.tenant_id = {venue} and c.id = o.customer_id
        where o.tenant_id = {venue} and c.birth_date is not null group by 1
        """,
    )
    online = {row.old: row.online for row in channels}
    assert max(ages["Rock"], ages["Humor"], ages["Familie"]) < ages["Teater"] < ages["Klassisk"]
    assert online[True] < online[False] - 0.05


async def test_customers_live_near_their_house_and_a_few_far_away(houses):
    for house in HOUSES:
        async with tenancy.scope(house.id):
            everybody = await facts.customers_after(None)
            homes = await postcodes.distances(everybody)
        away = sorted(homes.values())
        assert len(away) == len(everybody)
        assert (away[len(away) // 2] < 8, 10 < away[-1] < 310) == (True, True)


async def test_the_money_adds_up(houses):
    for house in HOUSES:
        false_sums = await rows(
            house,
            """
            select l.id from ticket_lines l join performances p on p.tenant_id = {venue} and p.id = l.performance_id
            left join prices r on r.tenant_id = {venue} and r.performance_id = l.performance_id
              and r.ticket_type_id = l.ticket_type_id and r.price_level = l.price_level
            where l.tenant_id = {venue} and (l.amount <> l.price * l.quantity or abs(l.vat) > abs(l.amount)
              or l.fee % l.quantity <> 0 or l.price <> case when l.amount = 0 then 0 else r.amount end or r.id is null)
            """,
        )
        assert false_sums == []
    vat = await rows(DE_VAART, VAT)
    assert float(vat[0].part) == pytest.approx(9 / 109, abs=0.0005)


async def test_a_cancelled_performance_is_paid_back(houses):
    for house in HOUSES:
        kept = await rows(
            house,
            """
            select l.state, o.state as order_state, count(*) as lines from performances p
            join ticket_lines l on l.tenant_id = {venue} and l.performance_id = p.id
            join orders o on o.tenant_id = {venue} and o.id = l.order_id
            where p.tenant_id = {venue} and p.status = 'CANCELLED' group by 1, 2
            """,
        )
        assert {(row.state, row.order_state) for row in kept} - {("CANCELLED", "CANCELLED")} == {("REFUNDED", "REFUNDED")}
        assert sum(row.lines for row in kept) > 10


async def test_facts_are_what_they_would_be_summed_up_anew(houses):
    for house in HOUSES:
        async with tenancy.scope(house.id):
            everybody = await facts.customers_after(None)
            kept = await tenancy.fetch_value(sql("select count(*) from customer_facts where tenant_id = {venue}"))
            assert (await facts.refresh(everybody), kept) == (0, len(everybody))


async def test_an_end_before_the_facts_is_made_good(houses):
    async with tenancy.scope(LILLA_SCENEN.id):
        await tenancy.execute(sql("delete from customer_facts where tenant_id = {venue}"))

    await demo.fill(TODAY, CUSTOMERS)

    async with tenancy.scope(LILLA_SCENEN.id):
        assert await facts.refresh(await facts.customers_after(None)) == 0


def test_nobody_plays_on_holidays_and_schools_come_while_they_are_open():
    days = [
        evening.starts_at.astimezone(ZoneInfo(house.time_zone))
        for house in HOUSES
        for season in range(2020, 2040)
        for evening in plan(house, season, 2.6, TODAY)
    ]

    closed = {date(2026, 4, 3), date(2027, 3, 26), date(2028, 4, 16), date(2025, 12, 24), date(2030, 5, 17)}
    assert closed.isdisjoint(day.date() for day in days)
    assert not [day for day in days if day.hour == 10 and (day.month, day.day) > (12, 19)]


def test_more_customers_make_more_performances_and_seasons_not_bigger_halls():
    small, large = (extent(DE_VAART, customers, TODAY) for customers in (4_000, 400_000))
    busiest = plan(DE_VAART, 2026, large.density, TODAY)

    assert (small.first, small.density < 0.5) == (2025, True)
    assert (large.first < 2020, large.density > 2) == (True, True)
    assert len({(evening.show.hall, evening.starts_at) for evening in busiest}) == len(busiest) < 2 * 300


async def test_everybody_may_enter_where_they_work(houses):
    logins = await demo.people.sign_in()

    promoter = next(login for login in logins if login["role"] == "PROMOTER")
    works_at = await sessions.holder(promoter["access_token"])
    pair = await sign_in.sign_in(sessions.start, promoter["email"], promoter["password"], "demo")
    everywhere = ["de-vaart", "lilla-scenen", "storhuset"]
    assert [(w.slug, w.role) for w in works_at] == [(slug, "PROMOTER") for slug in everywhere]
    assert [w.slug for w in await sessions.holder(pair.access)] == everywhere
    hanne = next(login for login in logins if login["email"] == "hanne@storhuset.example")
    grants = await sessions.holder(hanne["access_token"])
    assert [set(w.organisation_ids) for w in grants] == [{STORHUSET.row_id("organisations", each) for each in (TEATER, KINO)}]


async def test_keys_of_an_earlier_start_stay_good(houses):
    made = await demo.people.hand_out_keys(LILLA_SCENEN, [])
    others = await demo.people.hand_out_keys(STORHUSET, made)

    assert await demo.people.hand_out_keys(LILLA_SCENEN, made + others) == made
    assert [key["role"] for key in made] == ["PARTNER", "STOREFRONT"]
    assert {key["key"] for key in made}.isdisjoint(key["key"] for key in others)
