from datetime import UTC, date, datetime

import pytest

from tenants import tenancy
from tenants.catalogue import TicketType
from tests.asking import ask, caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.recording import matches_golden, recorded


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
    assert (by_id.data, by_id.errors) == ({"node": None, "customers": None}, [("FORBIDDEN", "customers")])


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
