from datetime import UTC, date, datetime

import asyncpg
import pytest

from tenants import customers, pages, tenancy
from tenants.catalogue import TicketType
from tenants.pages import Window
from tenants.settings import settings
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.recording import matches_golden, nodes_of, plan_of, recorded


async def test_a_customer_shows_everything_and_its_orders_newest_first():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        customer = await make_customer(
            "Åse",
            "Ærlig",
            number=4711,
            external_id="c1",
            company="Ærlig AS",
            email="Ase@Example.org",
            phone="+47 22 00 00 00",
            birth_date=date(1970, 2, 28),
            gender="WOMAN",
            street="Storgata 1",
            postcode="0155",
            city="Oslo",
            country="NO",
            language="nb",
        )
        old = await make_order(customer, ordered_at=datetime(2025, 1, 1, tzinfo=UTC))
        new = await make_order(customer, ordered_at=datetime(2026, 1, 1, tzinfo=UTC))
        old, new = [await make_line(order, await make_performance()) and order for order in (old, new)]

    answer = await ask(
        caller_at(venue),
        """query ($id: ID!) { customer(id: $id) {
          id number externalId firstName lastName company email phone birthDate gender street postcode city country language
          orders(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } }
          oldest: orders(last: 1) { edges { node { id } } pageInfo { hasPreviousPage hasNextPage } }
        } }""",
        id=gid(customer),
    )

    assert answer.data["customer"] == {
        "id": gid(customer),
        "number": 4711,
        "externalId": "c1",
        "firstName": "Åse",
        "lastName": "Ærlig",
        "company": "Ærlig AS",
        "email": "Ase@Example.org",
        "phone": "+47 22 00 00 00",
        "birthDate": "1970-02-28",
        "gender": "WOMAN",
        "street": "Storgata 1",
        "postcode": "0155",
        "city": "Oslo",
        "country": "NO",
        "language": "nb",
        "orders": {"totalCount": 2, "nodes": [{"id": gid(new)}], "pageInfo": {"hasNextPage": True}},
        "oldest": {"edges": [{"node": {"id": gid(old)}}], "pageInfo": {"hasPreviousPage": True, "hasNextPage": False}},
    }


async def test_customers_stand_by_last_name_then_first_name_companies_after_people_and_the_nameless_last():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        for first, last, company in (
            ("Åse", "Berg", None),
            ("Anna", "Øst", None),
            (None, None, None),
            ("Berit", "BERG", None),
            (None, None, "Berg & Co"),
            (None, "Berg", None),
        ):
            await make_customer(first, last, company=company)

    answer = await ask(caller_at(venue), "{ customers { nodes { firstName lastName company } } }")

    assert [tuple(n.values()) for n in answer.data["customers"]["nodes"]] == [
        ("Åse", "Berg", None),
        ("Berit", "BERG", None),
        (None, "Berg", None),
        ("Anna", "Øst", None),
        (None, None, "Berg & Co"),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("berg", {"Anna Karin Berg", "Bergljot Ås", "Berg & Co"}),
        ("BÉRG", {"Anna Karin Berg", "Bergljot Ås", "Berg & Co"}),
        ("anna", {"Anna Karin Berg"}),
        ("anna berg", {"Anna Karin Berg"}),
        ("berg anna", {"Anna Karin Berg"}),
        ("Berg, Anna Karin", {"Anna Karin Berg"}),
        ("an be", {"Anna Karin Berg"}),
        ("  anna   karin  b ", {"Anna Karin Berg"}),
        ("anna karin", {"Anna Karin Berg"}),
        ("anna ås", set()),
        ("ås", {"Bergljot Ås"}),
        ("as", {"Bergljot Ås"}),
        ("bergljot a", {"Bergljot Ås"}),
        ("van der", {"Jan van der Meer"}),
        ("jan van der m", {"Jan van der Meer"}),
        ("van der meer jan", {"Jan van der Meer"}),
        ("berg & c", {"Berg & Co"}),
        ("jan@", {"Jan van der Meer"}),
        ("JAN@mÉer.example", {"Jan van der Meer"}),
        ("jan@meer.example", set()),
        ("1007", {"Bergljot Ås"}),
        ("100", set()),
        ("1007 berg", set()),
        ("9" * 40, set()),
        ("%", set()),
        ("_", set()),
        ("'", {"'Ola' O'Hara"}),
        ("o'h", {"'Ola' O'Hara"}),
        ("", {"Anna Karin Berg", "Bergljot Ås", "Jan van der Meer", "Berg & Co", "'Ola' O'Hara", ""}),
        (" , ", {"Anna Karin Berg", "Bergljot Ås", "Jan van der Meer", "Berg & Co", "'Ola' O'Hara", ""}),
        ("a b c d e f g h i j k l", set()),
        ("\U0010ffff berg", {"Anna Karin Berg", "Bergljot Ås", "Berg & Co"}),
    ],
)
async def test_one_box_finds_by_name_in_any_order_by_company_by_address_and_by_number(words, found):
    venue, other = await make_venue(), await make_venue()
    async with tenancy.scope(other.id):
        await make_customer("Anna Karin", "Berg", email="jan@meer.example", number=1007)
    async with tenancy.scope(venue.id):
        await make_customer("Anna Karin", "Berg", number=1)
        await make_customer("Bergljot", "Ås", number=1007)
        await make_customer("Jan", "van der Meer", email="Jan@Méer.example")
        await make_customer(None, None, company="Berg & Co")
        await make_customer("'Ola'", "O'Hara")
        await make_customer(None, None)

    query = "query ($s: String) { customers(where: { search: $s }) { totalCount nodes { firstName lastName company } } }"
    answer = await ask(caller_at(venue), query, s=words)

    names = [" ".join(filter(None, n.values())) for n in answer.data["customers"]["nodes"]]
    assert (set(names), answer.data["customers"]["totalCount"]) == (found, len(found))


async def test_customers_are_found_by_each_of_their_columns():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        one = await make_customer(
            "A",
            "A",
            number=12,
            email="A@Example.org",
            postcode="0155",
            country="NO",
            external_id="x",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        await make_customer("B", "B", number=13, email="b@example.org", postcode="0156", country="SE")

    async def found(**where):
        query = "query ($w: CustomerFilter) { customers(where: $w) { nodes { id } } }"
        return [n["id"] for n in (await ask(caller_at(venue), query, w=where)).data["customers"]["nodes"]]

    for where in (
        {"number": 12},
        {"email": "a@example.ORG"},
        {"postcode": "0155"},
        {"country": "no"},
        {"externalId": "x"},
        {"createdBefore": "2026-01-02T00:00:00Z"},
        {"createdFrom": "2026-01-01T00:00:00Z", "createdBefore": "2026-01-01T00:00:01Z"},
    ):
        assert await found(**where) == [gid(one)], where
        assert await found(**where, search="b") == [], where
    assert await found(createdFrom="2026-01-01T00:00:00.000001Z", number=12) == []
    assert len(await found(createdFrom="2026-01-01T00:00:00Z")) == 2


async def test_the_right_to_customers_is_not_the_right_to_sales():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        customer = await make_customer()
        order = await make_order(customer, await make_performance())
    only_customers = caller_at(venue, may={"customers:read"})
    only_sales = caller_at(venue, may={"sales:read"})

    asked = await ask(only_customers, "{ customers { nodes { number orders { totalCount } } } }")
    turned = await ask(only_sales, "{ orders { nodes { id customer { number } lines { performance { id } quantity } } } }")
    by_id = await ask(only_sales, "query ($id: ID!) { node(id: $id) { id } customers { totalCount } }", id=gid(customer))

    assert asked.data["customers"]["nodes"] == [{"number": customer.number, "orders": None}]
    assert asked.errors == [("FORBIDDEN", "customers.nodes.0.orders")]
    assert turned.data["orders"]["nodes"] == [
        {"id": gid(order), "customer": None, "lines": [{"performance": None, "quantity": 1}]}
    ]
    assert sorted(turned.errors) == [
        ("FORBIDDEN", "orders.nodes.0.customer"),
        ("FORBIDDEN", "orders.nodes.0.lines.0.performance"),
    ]
    assert (by_id.data, by_id.errors) == (None, [("FORBIDDEN", "customers")])


async def test_golden_a_list_of_customers_with_their_last_orders_costs_one_statement_per_kind():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance, adult = await make_performance(), await TicketType.create(name="Adult")
        for _ in range(50):
            order = await make_order(await make_customer())
            await make_line(order, performance, ticket_type_id=adult.id)

    with recorded() as plain:
        await ask(
            caller_at(venue),
            """{ customers(first: 50) { nodes { id number firstName lastName email phone city createdAt } } }""",
        )
    with recorded() as nested:
        answer = await ask(
            caller_at(venue),
            """{ customers(first: 50, where: { search: "kari nord" }) { totalCount nodes {
              number firstName lastName
              orders(first: 3) { totalCount nodes { orderedAt total { amount currencyCode } lines {
                quantity amount { amount } ticketType { name } performance { name hall { name } }
              } } }
            } } }""",
        )

    assert [n["orders"]["totalCount"] for n in answer.data["customers"]["nodes"]] == [1] * 50
    assert matches_golden("customers_plain", plain, venue.id)
    assert matches_golden("customers_with_orders", nested, venue.id)


async def fill(venue_id, many):
    """Many customers in one statement, with names of some 20 x 500 kinds."""
    await tenancy.execute(
        sql(
            """
            insert into customers (tenant_id, id, number, first_name, last_name, first_name_key, last_name_key, email_key)
            select {venue}, gen_random_uuid(), i, 'Fornavn' || i % 20, 'Etternavn' || i % 500,
                   'fornavn' || i % 20, 'etternavn' || i % 500, 'kunde' || i || '@example.org'
            from generate_series(1, {many}::int) i
            """,
            many=many,
        )
    )


@pytest.fixture(scope="module")
async def large_house():
    """A house of 20,000 customers beside one of 5,000 with the same names, and fresh statistics."""
    venue, other = await make_venue(), await make_venue()
    async with tenancy.scope(other.id):
        await fill(other.id, 5_000)
    async with tenancy.scope(venue.id):
        await fill(venue.id, 20_000)
        await make_customer("Åse Marie", "Ærlig", email="ase@example.org", number=999_999)
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute("analyze customers")
    await owner.close()
    return venue


@pytest.mark.parametrize(
    ("words", "indexes", "found"),
    [
        ("ase", {"customers_name", "customers_first_name", "customers_company", "customers_email"}, 1),
        ("ase@ex", {"customers_name", "customers_first_name", "customers_company", "customers_email"}, 1),
        (
            "999999",
            {"customers_name", "customers_first_name", "customers_company", "customers_email", "customers_tenant_id_number_key"},
            1,
        ),
        ("etternavn499 fornavn19", {"customers_name", "customers_first_name", "customers_company"}, 40),
        ("fornavn19 etternavn499", {"customers_name", "customers_first_name", "customers_company"}, 40),
        ("ase marie ærlig", {"customers_name", "customers_first_name", "customers_company"}, 1),
    ],
)
async def test_a_search_among_twenty_thousand_reads_indexes_alone_behind_the_wall(large_house, words, indexes, found):
    with recorded() as sent:
        async with tenancy.scope(large_house.id):
            page = await pages.page(customers.CUSTOMERS, customers.CustomerFilter(search=words), None, False, Window())
            assert await page.total() == found
    _begin, rows, count, _commit = sent

    for statement in (rows, count):
        async with tenancy.scope(large_house.id):
            assert await tenancy.fetch_value(sql("select current_user")) == "foyer_app"
            plan = await plan_of(statement)
        scans = [node for node in nodes_of(plan) if "Scan" in node["Node Type"]]
        assert {node["Node Type"] for node in scans} <= {"Bitmap Heap Scan", "Bitmap Index Scan", "Index Scan"}
        assert {node["Index Name"] for node in scans if "Index Name" in node} <= indexes
        heap = [node for node in scans if node["Node Type"] != "Bitmap Index Scan"]
        assert [node["Plan Rows"] < 500 for node in heap] == [True]


async def test_the_first_page_of_twenty_thousand_reads_a_page_of_the_index(large_house):
    with recorded() as sent:
        async with tenancy.scope(large_house.id):
            first = await pages.page(customers.CUSTOMERS, None, None, False, Window())
            await pages.page(customers.CUSTOMERS, None, None, False, Window(after=first.edges[-1].cursor))

    for statement in sent[1:-1]:
        async with tenancy.scope(large_house.id):
            plan = await plan_of(statement)
        (scan,) = [node for node in nodes_of(plan) if "Scan" in node["Node Type"]]
        assert (scan["Node Type"], scan["Index Name"], "Filter" in scan) == ("Index Scan", "customers_name", False)
