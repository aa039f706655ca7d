"""Refunds as tills and files write them: they find what they take back, and whatever they find, the sums are right."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.imports import reading
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.upserts.refunds import Line, match
from tests.builders import make_venue
from tests.tenants.test_import_files import bring, read
from tests.tenants.test_upserts import write

COLUMNS = {"externalId": "Line", "order": "Order", "customer": "Customer", "orderedAt": "At", "performance": "Show"}
SALES = Mapping(
    [
        *(FieldMapping(field, column) for field, column in {**COLUMNS, "quantity": "Qty", "amount": "Paid"}.items()),
        FieldMapping("channel", value="BOX_OFFICE"),
    ],
    [],
)
HEADING = "Line,Order,Customer,At,Show,Qty,Paid\n"


async def a_house():
    venue = await make_venue(currency="USD")
    shows = [{"external_id": s, "production": s} for s in ("hedda", "peer")]
    await write(venue, "performances", *shows, create_missing=True)
    await write(venue, "customers", {"external_id": "anna"}, {"external_id": "bo"})
    return venue


async def sold(venue):
    """Every line: what it is, and what it takes back."""
    return await read(
        venue,
        "select l.external_id, l.quantity, l.amount, l.state, r.external_id from ticket_lines l "
        "left join ticket_lines r on r.tenant_id = l.tenant_id and r.id = l.refund_of "
        "where l.tenant_id = {venue} order by l.external_id",
    )


async def standing(venue):
    return await read(
        venue,
        "select coalesce(sum(quantity), 0)::int, coalesce(sum(amount), 0)::int from ticket_lines "
        "where tenant_id = {venue} and state = 'VALID'",
    )


async def states(venue):
    return dict(await read(venue, "select external_id, state from orders where tenant_id = {venue}"))


async def test_a_refund_in_full_takes_back_the_purchase_and_twice_is_once():
    venue = await a_house()
    data = HEADING + "1,536365,anna,2026-03-01 10:00,hedda,2,900.00\n2,536366,bo,2026-03-01 11:00,hedda,2,900.00\n"
    data += "3,C536365,anna,2026-03-02 10:00,hedda,-2,-900.00\n"

    for outcome in ("creates", "unchanged"):
        _, done = await bring(data, "sales", SALES, venue)
        assert done.applied[outcome] == 3
        assert await sold(venue) == [
            ("1", 2, 90_000, "REFUNDED", None),
            ("2", 2, 90_000, "VALID", None),
            ("3", -2, -90_000, "REFUNDED", "1"),
        ]
        assert await states(venue) == {"536365": "REFUNDED", "536366": "CONFIRMED", "C536365": "REFUNDED"}


async def test_a_refund_in_part_leaves_the_rest_until_that_is_paid_back_too():
    venue = await a_house()
    await bring(
        HEADING + "1,7,anna,2026-03-01 10:00,hedda,4,100.00\n2,7,anna,2026-03-02 10:00,hedda,-1,(25.00)\n", "sales", SALES, venue
    )
    # 7 is one order, and the second line says another time of it
    assert await sold(venue) == [("1", 4, 10_000, "VALID", None)]

    await bring(HEADING + "2,C7,anna,2026-03-02 10:00,hedda,-1,(25.00)\n", "sales", SALES, venue)
    assert await sold(venue) == [("1", 4, 10_000, "VALID", None), ("2", -1, -2_500, "VALID", "1")]
    assert (await standing(venue), await states(venue)) == ([(3, 7_500)], {"7": "CONFIRMED", "C7": "CONFIRMED"})

    await bring(HEADING + "3,C7b,anna,2026-03-03 10:00,hedda,-3,75.00-\n", "sales", SALES, venue)
    assert await sold(venue) == [
        ("1", 4, 10_000, "REFUNDED", None),
        ("2", -1, -2_500, "REFUNDED", "1"),
        ("3", -3, -7_500, "REFUNDED", "1"),
    ]
    assert set((await states(venue)).values()) == {"REFUNDED"}

    await bring(HEADING + "3,C7b,anna,2026-03-03 10:00,hedda,-2,-50.00\n", "sales", SALES, venue)  # it was a mistake
    assert (await standing(venue), set((await states(venue)).values())) == ([(1, 2_500)], {"CONFIRMED"})


async def test_what_takes_nothing_back_stands_for_itself():
    venue = await a_house()
    data = HEADING + (
        "1,1,anna,2026-03-01 10:00,hedda,2,900.00\n"
        "2,C1,bo,2026-03-02 10:00,hedda,-2,-900.00\n"  # another customer
        "3,C2,anna,2026-03-02 10:00,peer,-2,-900.00\n"  # another performance
        "4,C3,anna,2026-03-02 10:00,hedda,-2,-800.00\n"  # another price
        "5,C4,anna,2026-03-02 10:00,hedda,-3,-1350.00\n"  # more than were bought
    )
    venue, _ = await bring(data, "sales", SALES, venue)
    assert [(line[0], line[3], line[4]) for line in await sold(venue)] == [(n, "VALID", None) for n in "12345"]
    assert await standing(venue) == [(-7, -305_000)]


async def test_of_anonymous_sales_the_one_is_taken_back_that_the_number_names():
    venue = await a_house()
    data = HEADING + "".join(f"{n},{n},,2026-03-01 10:00,hedda,1,450.00\n" for n in range(1, 5))
    data += "9,C3,,2026-03-02 10:00,hedda,-1,-450.00\n"
    await bring(data, "sales", SALES, venue)
    assert {line[0]: line[3] for line in await sold(venue)} == {
        "1": "VALID",
        "2": "VALID",
        "3": "REFUNDED",
        "4": "VALID",
        "9": "REFUNDED",
    }


async def test_a_column_says_which_lines_are_refunds():
    venue = await a_house()
    mapping = Mapping([*SALES.fields, FieldMapping("type", "Type")], [])
    data = HEADING.replace("Paid", "Paid,Type") + (
        "1,1,anna,2026-03-01 10:00,hedda,2,900.00,Sale\n"
        "2,2,anna,2026-03-01 12:00,hedda,2,900.00,refund\n"
        "3,3,anna,2026-03-01 13:00,peer,-1,5.00,\n"
        "4,4,anna,2026-03-01 13:00,peer,1,-5.00,\n"
    )
    venue, done = await bring(data, "sales", mapping, venue)
    assert await sold(venue) == [
        ("1", 2, 90_000, "REFUNDED", None),
        ("2", -2, -90_000, "REFUNDED", "1"),
        ("4", -1, -500, "VALID", None),
    ]
    assert done.applied["invalid"] == 1  # tickets back, and money in


async def test_lines_far_apart_in_any_order_come_to_the_same(monkeypatch):
    monkeypatch.setattr(reading.batches, "__kwdefaults__", {"after": 0, "size": 7})
    sales = [f"s{n},{n},anna,2026-03-01 10:00,hedda,{n % 3 + 1},{(n % 3 + 1) * 10}.00\n" for n in range(30)]
    refunds = [f"r{n},C{n},anna,2026-03-02 10:00,hedda,-{n % 3 + 1},-{(n % 3 + 1) * 10}.00\n" for n in range(0, 30, 2)]
    told = []
    for lines in (sales + refunds, refunds + sales, sales[::-1] + refunds[::-1]):
        venue = await a_house()
        await bring(HEADING + "".join(lines), "sales", SALES, venue)
        told.append((await standing(venue), await sold(venue)))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == [(30, 30_000)]
    assert sum(line[3] == "REFUNDED" for line in told[0][1]) == 30


async def test_prices_of_three_decimals_are_rounded_by_the_line_and_half_up():
    venue = await a_house()
    mapping = Mapping(
        [f for f in SALES.fields if f.field != "amount"] + [FieldMapping("price", "Paid", number_format="POINT")], []
    )
    lines = ("1,1,anna,2026-03-01 10:00,hedda,3", "2,2,anna,2026-03-01 10:00,hedda,1", "3,C1,anna,2026-03-01 10:00,hedda,-3")
    data = HEADING + "".join(f"{line},0.335\n" for line in lines)
    await bring(data, "sales", mapping, venue)
    assert [line[:3] for line in await sold(venue)] == [("1", 3, 101), ("2", 1, 34), ("3", -3, -101)]


quantities = st.integers(-6, 6).filter(bool)


@given(st.lists(st.tuples(quantities, st.integers(0, 9), st.integers(-1, 1)), max_size=14))
def test_whatever_is_matched_the_sums_are_right_and_only_what_cancels_out_is_settled(given):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    lines = [
        Line(UUID(int=n), UUID(int=n), str(n), start + timedelta(days=day), quantity, quantity * 1000 + off)
        for n, (quantity, day, off) in enumerate(given)
    ]
    match(lines)
    left = [line for line in lines if not line.settled]
    assert sum(line.quantity for line in left) == sum(line.quantity for line in lines)
    assert sum(line.amount for line in left) == sum(line.amount for line in lines)
    assert all(line.of is None for line in lines if line.quantity > 0)
    assert all(line.of for line in lines if line.settled and line.quantity < 0)
    assert all(line.left == 0 for line in lines if line.settled)
    taken = sum(line.quantity - line.left for line in lines if line.quantity > 0)
    assert taken == -sum(line.quantity for line in lines if line.of)


@pytest.mark.parametrize(
    ("bought", "refunds", "settled"), [((2, 3), (-3,), {1, 2}), ((5, 5), (-7, -3), {0, 1, 2, 3}), ((4,), (-1,), set())]
)
def test_as_many_as_were_bought_at_once_are_taken_back_first(bought, refunds, settled):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    lines = [Line(UUID(int=n), UUID(int=n), str(n), start + timedelta(n), q, q * 100) for n, q in enumerate((*bought, *refunds))]
    match(lines)
    assert {n for n, line in enumerate(lines) if line.settled} == settled


async def test_what_a_customer_has_bought_is_summed_up_after_a_refund():
    venue = await a_house()
    await bring(
        HEADING + "1,1,anna,2026-03-01 10:00,hedda,2,900.00\n2,2,anna,2026-03-02 10:00,peer,1,100.00\n", "sales", SALES, venue
    )
    await bring(HEADING + "3,C1,anna,2026-03-03 10:00,hedda,-2,-900.00\n", "sales", SALES, venue)
    facts = (
        "select spent, order_count, ticket_count, performance_count from customer_facts where tenant_id = {venue} and spent <> 0"
    )
    assert await read(venue, facts) == [(10_000, 1, 1, 1)]
