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
