from datetime import UTC, date, datetime

from tenants import demo, migrate, sessions, sign_in, tenancy
from tenants.demo.houses import LILLA_SCENEN, STORHUSET
from tenants.settings import settings
from tenants.sql import sql

TODAY = date(2028, 2, 29)


async def test_the_invented_houses_are_made_once_and_are_the_same_everywhere():
    first = await demo.fill(TODAY)
    again = await demo.fill(TODAY)

    sizes = [(f.house.slug, f.performances, f.customers, f.orders) for f in first]
    assert sizes == [("storhuset", 150, 2_000, 6_000), ("lilla-scenen", 28, 250, 600)]
    assert [(f.house.slug, f.performances, f.customers, f.orders) for f in again] == sizes
    assert [f.made for f in again] == [False, False]
    async with tenancy.scope(STORHUSET.id):
        customer = await tenancy.fetch_one(
            sql(
                "select number, first_name, last_name, email_key from customers where tenant_id = {venue} order by number limit 1"
            )
        )
        assert tuple(customer) == (1, "Sigurd", "Jørgensen", "sigurd.jorgensen.1@example.com")
        last = await tenancy.fetch_value(sql("select value from counters where tenant_id = {venue} and name = 'customers'"))
        assert last == 2_000


async def test_their_sales_are_believable():
    await demo.fill(TODAY)
    await migrate.analyze(settings().database_owner_url or "")

    async with tenancy.scope(STORHUSET.id):
        states = await tenancy.fetch(
            sql("select state, count(*) as lines from ticket_lines where tenant_id = {venue} group by state order by state")
        )
        overfull = await tenancy.fetch(
            sql(
                """
                select p.id from performances p join ticket_lines l on l.tenant_id = p.tenant_id and l.performance_id = p.id
                where p.tenant_id = {venue} and l.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')
                group by p.id, p.capacity having sum(l.quantity) > p.capacity
                """
            )
        )
        late = await tenancy.fetch(
            sql(
                """
                select o.id from orders o
                join ticket_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id
                join performances p on p.tenant_id = o.tenant_id and p.id = l.performance_id
                where o.tenant_id = {venue} and (o.ordered_at > least(p.starts_at, {now}) or o.ordered_at < p.sale_starts_at)
                """,
                now=datetime(2028, 2, 29, tzinfo=UTC),
            )
        )
        false_sums = await tenancy.fetch(
            sql("select id from ticket_lines where tenant_id = {venue} and amount <> price * quantity or vat > amount")
        )
    assert {s.state for s in states} == {"RESERVED", "VALID", "COMPLIMENTARY", "REFUNDED", "CANCELLED"}
    assert (overfull, late, false_sums) == ([], [], [])


async def test_everybody_may_enter_where_they_work():
    await demo.fill(TODAY)

    logins = await demo.people.sign_in()

    promoter = next(login for login in logins if login["role"] == "PROMOTER")
    works_at = await sessions.holder(promoter["access_token"])
    pair = await sign_in.sign_in(sessions.start, promoter["email"], promoter["password"], "demo")
    assert [(w.slug, w.role) for w in works_at] == [("lilla-scenen", "PROMOTER"), ("storhuset", "PROMOTER")]
    assert [w.slug for w in await sessions.holder(pair.access)] == ["lilla-scenen", "storhuset"]


async def test_keys_of_an_earlier_start_stay_good():
    await demo.fill(TODAY)

    made = await demo.people.hand_out_keys(LILLA_SCENEN, [])
    others = await demo.people.hand_out_keys(STORHUSET, made)

    assert await demo.people.hand_out_keys(LILLA_SCENEN, made + others) == made
    assert [key["role"] for key in made] == ["PARTNER", "STOREFRONT"]
    assert {key["key"] for key in made}.isdisjoint(key["key"] for key in others)
