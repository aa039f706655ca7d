import asyncpg
import pytest

from tenants import customers, pages, tenancy
from tenants.pages import Window
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_customer, make_venue
from tests.recording import nodes_of, plan_of, recorded


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
        await make_customer("Åse Marie", "Ærlig", email="ase@example.org", number=999_999, phone="+47 912 34 567")
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute("analyze customers")
    await owner.close()
    return venue


NAMES = {"customers_name", "customers_first_name", "customers_company"}
LATER = {
    f"customers_{part}_from_{n}"
    for part, most in (("first_name", 3), ("last_name", 3), ("company", 4))
    for n in range(2, most + 1)
}
PHONE = {"customers_phone"}


@pytest.mark.parametrize(
    ("words", "indexes", "found"),
    [
        ("ase", NAMES | LATER | {"customers_email"}, 1),
        ("marie", NAMES | LATER | {"customers_email"}, 1),
        ("ase@ex", NAMES | LATER | {"customers_email"}, 1),
        ("999999", NAMES | LATER | PHONE | {"customers_email", "customers_tenant_id_number_key"}, 1),
        ("912 34 567", NAMES | LATER | PHONE, 1),
        ("004791234567", NAMES | LATER | PHONE | {"customers_email", "customers_tenant_id_number_key"}, 1),
        ("etternavn499 fornavn19", NAMES | LATER, 40),
        ("fornavn19 etternavn499", NAMES | LATER, 40),
        ("ase marie ærlig", NAMES | LATER, 1),
        ("marie ærlig", NAMES | LATER, 1),
    ],
)
async def test_a_search_among_twenty_thousand_reads_indexes_alone_behind_the_wall(large_house, words, indexes, found):
    with recorded() as sent:
        async with tenancy.scope(large_house.id):
            page = await pages.page(customers.CUSTOMERS, customers.CustomerFilter(search=words), None, False, Window())
            assert await page.total() == found
    _begin, rows, count, _commit = sent
    assert "offset 0) t order by" in rows.query  # found first and sorted then: a walk along the order could take all of them

    for statement in (rows, count):
        async with tenancy.scope(large_house.id):
            assert await tenancy.fetch_value(sql("select current_user")) == "foyer_app"
            plan = await plan_of(statement)
        scans = [node for node in nodes_of(plan) if "Scan" in node["Node Type"] and node["Node Type"] != "Subquery Scan"]
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


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("+47 912 34 567", "91234567"),
        ("+47 912 34 567", "912 34 567"),
        ("+47 912 34 567", "34567"),
        ("91234567", "+47 912 34 567"),
        ("91 23 45 67", "0047 91234567"),
        ("070-123 45 67", "+46 70 123 45 67"),
        ("+46 (0)70-123 45 67", "123 45 67"),
        ("0046 70 123 45 67", "070-1234567"),
    ],
)
async def test_a_telephone_number_is_found_however_it_is_written(stored, asked):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer(phone=stored)
        await make_customer(phone="+47 999 99 999")
        page = await pages.page(customers.CUSTOMERS, customers.CustomerFilter(search=asked), None, False, Window())

    assert [row.id for row in page.nodes] == [kari.id]


@pytest.mark.parametrize(
    "asked", ["karin", "mari", "anna nord", "Karin Nordmann", "nordmann karin", "der meer", "meer anna", "turlag", "AS"]
)
async def test_every_word_of_a_name_finds_it(asked):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        wanted = {
            (await make_customer("Anna Karin Marie", "Nordmann")).id: (
                "karin",
                "mari",
                "anna nord",
                "Karin Nordmann",
                "nordmann karin",
            ),
            (await make_customer("Anna", "van der Meer")).id: ("der meer", "meer anna"),
            (await make_customer(None, None, company="Bergen og Omland Turlag")).id: ("turlag",),
            (await make_customer(None, None, company="Fjord Reiser AS")).id: ("AS",),
        }
        await make_customer("Ola", "Hansen")
        page = await pages.page(customers.CUSTOMERS, customers.CustomerFilter(search=asked), None, False, Window())

    assert [row.id for row in page.nodes] == [row_id for row_id, words in wanted.items() if asked in words]


async def test_a_search_is_paged_like_any_list():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        made = [(await make_customer("Anna Karin", f"Nordmann{n}")).id for n in range(5)]
        seen, after = [], None
        for _ in range(3):
            page = await pages.page(
                customers.CUSTOMERS, customers.CustomerFilter(search="karin"), None, False, Window(first=2, after=after)
            )
            seen += [row.id for row in page.nodes]
            after = page.page_info.end_cursor

    assert (seen, page.page_info.has_next_page) == (made, False)
