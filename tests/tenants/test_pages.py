"""Keyset pages against a plain Python oracle: whatever the order, ties and gaps, a walk meets every row once."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants import catalogue, customers, orders, pages, performances, tenancy
from tenants.catalogue import Production, Season, TicketType
from tenants.errors import Refusal
from tenants.pages import Window
from tests.builders import make_customer, make_order, make_performance, make_venue
from tests.recording import nodes_of, plan_of, recorded

SLOW = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
LAST = "\U0010ffff"
DAY, NEVER = date(2026, 1, 1), datetime.max.replace(tzinfo=UTC)
names = st.sampled_from([None, "ås", "as", "Aas", "a", "zz", "'; drop", "日本", "\ue000", "😀"])
moments = st.sampled_from([None, *(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=i) for i in (0, 1, 500_000))])


# Each kind: how a row is made from a draw, its listing, its order, and the same order in Python.
async def a_customer(draw: Any) -> Any:
    return await make_customer(
        draw(names), draw(names), company=draw(names), created_at=draw(moments) or datetime(2025, 1, 1, tzinfo=UTC)
    )


async def a_season(draw: Any) -> Any:
    return await Season.create(name=draw(st.sampled_from(["a", "ab", "b"])), starts_on=draw(st.sampled_from([None, DAY])))


async def a_ticket_type(draw: Any) -> Any:
    return await TicketType.create(name=draw(st.sampled_from(["a", "ab", "b"])), position=draw(st.integers(-1, 1)))


async def a_performance(draw: Any) -> Any:
    production = await Production.first() or await Production.create(name="Hedda Gabler")
    return await make_performance(production_id=production.id, starts_at=draw(moments))


KINDS: dict[str, tuple[Any, Any, str, Any]] = {
    "customers by name": (
        a_customer,
        customers.CUSTOMERS,
        "LAST_NAME",
        lambda c: tuple((key or LAST).encode() for key in (c.last_name_key, c.first_name_key, c.company_key)),
    ),
    "customers by number": (a_customer, customers.CUSTOMERS, "NUMBER", lambda c: c.number),
    "customers by creation": (a_customer, customers.CUSTOMERS, "CREATED", lambda c: c.created_at),
    "seasons by name": (a_season, catalogue.SEASONS, "NAME", lambda s: s.name),
    "seasons by start": (a_season, catalogue.SEASONS, "START", lambda s: s.starts_on or date.max),
    "ticket types by position": (a_ticket_type, catalogue.TICKET_TYPES, "POSITION", lambda t: (t.position, t.name)),
    "performances by start": (a_performance, performances.PERFORMANCES, "START", lambda p: p.starts_at or NEVER),
}


@SLOW
@given(data=st.data(), kind=st.sampled_from(list(KINDS)), count=st.integers(0, 12), size=st.integers(1, 5), falling=st.booleans())
async def test_a_walk_in_either_direction_meets_every_row_once_and_in_order(data, kind, count, size, falling):
    make, listing, sort, key = KINDS[kind]
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        rows = [await make(data.draw) for _ in range(count)]
        expected = [r.id for r in sorted(rows, key=lambda r: (key(r), r.id), reverse=falling)]

        forwards, after, more = [], None, True
        while more:
            page = await pages.page(listing, None, sort, falling, Window(first=size, after=after))
            assert page.page_info.has_previous_page is (after is not None)
            forwards += [n.id for n in page.nodes]
            after, more = page.page_info.end_cursor, page.page_info.has_next_page
        backwards, before, more = [], None, True
        while more:
            page = await pages.page(listing, None, sort, falling, Window(last=size, before=before))
            assert page.page_info.has_next_page is (before is not None)
            backwards = [n.id for n in page.nodes] + backwards
            before, more = page.page_info.start_cursor, page.page_info.has_previous_page

        assert forwards == expected
        assert backwards == expected
        everything = await pages.page(listing, None, sort, falling, Window(first=100))
        assert await everything.total() == count

        cursors = [e.cursor for e in everything.edges]
        if count >= 2:
            left, right = sorted(data.draw(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))))
            between = expected[left + 1 : right]
            head = await pages.page(listing, None, sort, falling, Window(first=size, after=cursors[left], before=cursors[right]))
            tail = await pages.page(listing, None, sort, falling, Window(last=size, after=cursors[left], before=cursors[right]))
            assert [n.id for n in head.nodes] == between[:size]
            assert [n.id for n in tail.nodes] == between[-size:]


@SLOW
@given(data=st.data(), size=st.integers(0, 3), falling=st.booleans(), backwards=st.booleans())
async def test_pages_of_many_parents_are_the_pages_of_each(data, size, falling, backwards):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        buyers = [await make_customer() for _ in range(3)]
        for _ in range(data.draw(st.integers(0, 8))):
            moment = data.draw(moments.filter(lambda m: m is not None))
            await make_order(data.draw(st.sampled_from(buyers)), ordered_at=moment)
        parents = [b.id for b in buyers]

        window = Window(last=size) if backwards else Window(first=size)
        together = await pages.pages(orders.ORDERS, "customer_id", parents, falling, window)
        for parent in parents:
            wanted = orders.OrderFilter(customers=[parent])
            alone = await pages.page(orders.ORDERS, wanted, "TIME", falling, window)
            assert [e.cursor for e in together[parent].edges] == [e.cursor for e in alone.edges]
            assert together[parent].page_info == alone.page_info
            assert await together[parent].total() == await alone.total()


def seal(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x, max_size=3))
NASTY = [
    "\0",
    "a\0",
    "infinity",
    "0001-01-01T00:00:00+14:00",
    "2026-01-01",
    "1_0",
    "٣",
    str(2**63),
    "-1",
    "",
    5,
    1.5,
    None,
    [],
    {},
]
LISTINGS = [customers.CUSTOMERS, catalogue.SEASONS, catalogue.TICKET_TYPES, performances.PERFORMANCES, orders.TICKET_LINES]


@settings(SLOW, max_examples=300)
@given(data=st.data(), listing=st.sampled_from(LISTINGS))
async def test_a_made_up_cursor_is_refused_or_read_but_never_breaks_anything(data, listing):
    sort = data.draw(st.sampled_from(list(listing.sorts)))
    keys = st.lists(st.sampled_from(NASTY) | anything, min_size=len(listing.sorts[sort].by), max_size=len(listing.sorts[sort].by))
    row_id = st.sampled_from(["0" * 32, "0" * 31, str(uuid4()), 5, None])
    near = st.tuples(st.just(f"{sort}+"), keys | anything, row_id).map(seal)
    cursor = data.draw(near | anything.map(seal) | st.text())
    venue = await make_venue()

    async with tenancy.scope(venue.id):
        try:
            page = await pages.page(listing, None, sort, False, Window(after=cursor))
            assert page.edges == []
        except Refusal as refusal:
            assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", ("after",))
        assert await tenancy.fetch_value(tenancy.sql("select 1")) == 1


async def test_a_cursor_of_another_order_is_refused():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        await make_customer()
        page = await pages.page(customers.CUSTOMERS, None, "NUMBER", False, Window())
        for sort, falling in (("NUMBER", True), ("LAST_NAME", False), ("CREATED", False)):
            with pytest.raises(Refusal, match="BAD_USER_INPUT: `before` is not a cursor of this list in this order"):
                await pages.page(customers.CUSTOMERS, None, sort, falling, Window(before=page.edges[0].cursor))


@pytest.mark.parametrize(
    ("window", "field"),
    [
        (Window(first=-1), "first"),
        (Window(first=101), "first"),
        (Window(last=101), "last"),
        (Window(last=-1), "last"),
        (Window(first=1, last=1), "last"),
    ],
)
async def test_a_page_has_a_largest_size(window, field):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        with pytest.raises(Refusal) as refused:
            await pages.page(catalogue.SEASONS, None, None, False, window)
    assert (refused.value.code, refused.value.field) == ("BAD_USER_INPUT", (field,))


async def test_a_page_of_none_still_tells_whether_there_are_any():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        empty = await pages.page(catalogue.SEASONS, None, None, False, Window(first=0))
        await Season.create(name="2026/27")
        full = await pages.page(catalogue.SEASONS, None, None, False, Window(first=0))

    assert (empty.edges, empty.page_info.has_next_page) == ([], False)
    assert (full.edges, full.page_info.has_next_page) == ([], True)


ALL = [
    *(catalogue.ORGANISATIONS, catalogue.PROMOTERS, catalogue.SEASONS, catalogue.CATEGORIES, catalogue.TAGS, catalogue.HALLS),
    *(catalogue.PRODUCTIONS, catalogue.TICKET_TYPES, performances.PERFORMANCES, performances.PROGRAMME),
    *(customers.CUSTOMERS, orders.ORDERS, orders.TICKET_LINES),
]


@pytest.mark.parametrize(("listing", "sort"), [(x, s) for x in ALL for s in x.sorts], ids=lambda p: getattr(p, "filter", p))
async def test_every_order_is_read_from_an_index_behind_the_wall(listing, sort):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
        await make_order(await make_customer(), performance)
        for record in (catalogue.Promoter, catalogue.Category, catalogue.Tag, catalogue.Hall, Season, TicketType):
            await record.create(name="a")
        await catalogue.Organisation.create(name="a")
    with recorded() as sent:
        async with tenancy.scope(venue.id):
            first = await pages.page(listing, None, sort, False, Window(first=1))
            await pages.page(listing, None, sort, False, Window(first=1, after=first.edges[0].cursor))
            await pages.page(listing, None, sort, True, Window(last=1))
    _begin, *statements, _commit = sent

    for statement in statements:
        async with tenancy.scope(venue.id):
            plan = await plan_of(statement, enable_seqscan="off", enable_bitmapscan="off", enable_sort="off")
        (scan,) = [node for node in nodes_of(plan) if "Scan" in node["Node Type"]]
        assert "Sort" not in {node["Node Type"] for node in nodes_of(plan)}
        assert (scan["Node Type"], "Filter" in scan) == ("Index Scan", statement is statements[1] and sort == "NUMBER")
