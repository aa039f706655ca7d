"""The organisation rule (D54) under attack: every list, every nested path, every count and every id, against a plain oracle."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType, get_named_type

from resolvers import contracts
from tenants import keys, people, sessions, tenancy
from tenants.catalogue import Season
from tenants.organisations import Organisation
from tests.asking import ask, caller_at, customer_at, gid, shopper_at
from tests.builders import make_customer, make_line, make_order, make_performance, make_venue
from tests.gateway.clients import ask as post
from tests.gateway.clients import client
from tests.world import Viewer, World, make_world, visible_ids

DEPTH = 3
LISTS = {
    "Organisation": "organisations",
    "Promoter": "promoters",
    "Season": "seasons",
    "Category": "categories",
    "Tag": "tags",
    "Hall": "halls",
    "Production": "productions",
    "TicketType": "ticketTypes",
    "Performance": "performances",
    "Customer": "customers",
    "Order": "orders",
    "TicketLine": "ticketLines",
}
ONLY_NODE = {"Price"}


@pytest.fixture(scope="module")
async def world() -> World:
    await make_world()  # a second house, whose rows must not appear either
    return await make_world()


def viewers(world: World) -> dict[str, tuple[Viewer, Any]]:
    a, b = world.rows["Organisation"]
    p, _ = world.rows["Promoter"]
    buyer = world.rows["Customer"][0]
    return {
        "the whole house": (Viewer(), caller_at(world.venue)),
        "staff of A": (Viewer([a]), caller_at(world.venue, "BOX_OFFICE", organisations=[a])),
        "staff of B": (Viewer([b]), caller_at(world.venue, "MARKETING", organisations=[b])),
        "staff of both": (Viewer([a, b]), caller_at(world.venue, organisations=[a, b])),
        "staff of none": (Viewer([]), caller_at(world.venue, organisations=[])),
        "promoter P": (Viewer(promoter=p), caller_at(world.venue, "PROMOTER", promoter=p)),
        "promoter P within A": (Viewer([a], p), caller_at(world.venue, "PROMOTER", organisations=[a], promoter=p)),
        "the public": (Viewer(public=True), shopper_at(world.venue)),
        "a customer": (Viewer(public=True, customer=buyer), customer_at(world.venue, buyer)),
        "a customer of A": (Viewer([a], public=True, customer=buyer), customer_at(world.venue, buyer, organisations=[a])),
    }


WHO = [
    *("the whole house", "staff of A", "staff of B", "staff of both", "staff of none"),
    *("promoter P", "promoter P within A", "the public", "a customer", "a customer of A"),
]


def nested(contract: Any, kind: str, depth: int, may: frozenset[str]) -> str:
    """Everything that can be reached from an object of this kind by who may do so much, as a selection."""
    chosen = ["id"]
    for name, field in contract._schema.type_map[kind].fields.items():
        shown = get_named_type(field.type)
        if not isinstance(shown, GraphQLObjectType) or depth == 0:
            continue
        needs = (field.extensions["strawberry-definition"].metadata or {}).get("needs")
        if needs and needs not in may:
            continue
        inner = shown.name.removesuffix("Connection")
        if contract.get_type_by_name(inner) is None or "id" not in contract._schema.type_map[inner].fields:
            continue
        selection = nested(contract, inner, depth - 1, may)
        if shown.name.endswith("Connection"):
            chosen.append(f"{name}(first: 100) {{ totalCount nodes {{ {selection} }} }}")
        else:
            chosen.append(f"{name} {{ {selection} }}")
    return " ".join(chosen)


def ids_in(data: Any) -> Iterator[str]:
    """Every id anywhere in an answer; on the way each count is compared with its rows."""
    if isinstance(data, dict):
        if "totalCount" in data:
            assert data["totalCount"] == len(data["nodes"])
        if "id" in data:
            yield data["id"]
        for value in data.values():
            yield from ids_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from ids_in(value)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("kind", LISTS)
async def test_every_list_shows_what_the_caller_may_see_and_nothing_else_can_be_reached_from_it(world, who, kind):
    viewer, caller = viewers(world)[who]
    contract = contracts.storefront if viewer.public else contracts.graphql
    if LISTS[kind] not in contract._schema.query_type.fields:
        return
    expected = visible_ids(world, viewer)

    query = f"{{ {LISTS[kind]}(first: 100) {{ totalCount nodes {{ {nested(contract, kind, DEPTH, caller.may)} }} }} }}"
    answer = await ask(caller, query)

    if viewer.promoter and kind in ("Customer", "Order", "TicketLine"):
        assert (answer.data, answer.errors) == ({LISTS[kind]: None}, [("FORBIDDEN", LISTS[kind])])
        return
    assert answer.errors == []
    page = answer.data[LISTS[kind]]
    assert {node["id"] for node in page["nodes"]} == expected[kind]
    assert page["totalCount"] == len(expected[kind])
    assert set(ids_in(answer.data)) <= set().union(*expected.values())


@pytest.mark.parametrize("who", WHO)
async def test_an_id_opens_nothing_that_a_list_does_not_show(world, who):
    viewer, caller = viewers(world)[who]
    contract = contracts.storefront if viewer.public else contracts.graphql
    expected = visible_ids(world, viewer)
    if viewer.promoter:
        expected |= {"Customer": set(), "Order": set(), "TicketLine": set()}
    everything = {gid(row): kind for kind, rows in world.rows.items() for row in rows}

    for kind in [*LISTS, *ONLY_NODE]:
        ids = [i for i, k in everything.items() if k == kind]
        answer = await ask(caller, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert {n["id"] for n in answer.data["nodes"] if n} == expected[kind], kind

        single = kind[0].lower() + kind[1:]
        if single in contract._schema.query_type.fields and kind in ("Performance", "Production", "Price", "Order", "TicketLine"):
            aliases = " ".join(f'x{n}: {single}(id: "{i}") {{ id }}' for n, i in enumerate(ids))
            answer = await ask(caller, f"{{ {aliases} }}")
            assert {n["id"] for n in answer.data.values() if n} == expected[kind], kind


@pytest.mark.parametrize("who", WHO[:-3])
async def test_what_hangs_on_a_row_is_exactly_the_visible_part(world, who):
    viewer, caller = viewers(world)[who]
    seen = visible_ids(world, viewer)
    performances = [p for p in world.rows["Performance"] if gid(p) in seen["Performance"]]

    columns = {"seasons": "season_id", "categories": "category_id", "halls": "hall_id", "productions": "production_id"}
    parts = " ".join(f"{name} {{ nodes {{ id performances(first: 100) {{ nodes {{ id }} }} }} }}" for name in columns)
    answer = await ask(caller, f"{{ {parts} }}")

    for name, column in columns.items():
        for node in answer.data[name]["nodes"]:
            of_it = {gid(p) for p in performances if getattr(p, column) and getattr(p, column).hex == node["id"].split("_")[1]}
            assert {p["id"] for p in node["performances"]["nodes"]} == of_it


@pytest.mark.parametrize("who", WHO[:5])
async def test_money_is_added_up_over_the_lines_the_caller_sees(world, who):
    viewer, caller = viewers(world)[who]
    seen = visible_ids(world, viewer)
    lines = [line for line in world.rows["TicketLine"] if gid(line) in seen["TicketLine"]]

    answer = await ask(
        caller,
        """{ customers(first: 100) { nodes { orders(first: 100) { totalCount nodes {
          id total { amount } lines { id performance { id } }
        } } } } }""",
    )

    orders = [order for customer in answer.data["customers"]["nodes"] for order in customer["orders"]["nodes"]]
    assert {order["id"] for order in orders} == seen["Order"]
    for order in orders:
        of_it = {gid(line): line for line in lines if f"Order_{line.order_id.hex}" == order["id"]}
        assert {line["id"] for line in order["lines"]} == set(of_it)
        assert order["total"]["amount"] == f"{sum(line.amount for line in of_it.values()) / 100:.2f}"
        assert {line["performance"]["id"] for line in order["lines"]} <= seen["Performance"]


@pytest.mark.parametrize("who", WHO[:-3])
async def test_a_filter_cannot_be_used_to_feel_for_hidden_rows(world, who):
    viewer, caller = viewers(world)[who]
    seen = visible_ids(world, viewer)
    hidden = [p for p in world.rows["Performance"] if gid(p) not in seen["Performance"]]
    names = {work.id: work.name for work in world.rows["Production"]}
    assert bool(hidden) is (who not in ("the whole house", "staff of both"))

    for performance in hidden[:4]:
        name = names[performance.production_id]
        answer = await ask(
            caller,
            """query ($name: String, $work: [ID!]) {
              performances(where: { search: $name }) { totalCount } of: performances(where: { productions: $work }) { totalCount }
              productions(where: { search: $name }) { totalCount } }""",
            name=name,
            work=[f"Production_{performance.production_id.hex}"],
        )
        work_is_seen = f"Production_{performance.production_id.hex}" in seen["Production"]
        assert answer.data == {
            "performances": {"totalCount": 0},
            "of": {"totalCount": 0},
            "productions": {"totalCount": int(work_is_seen)},
        }
    ids = [gid(p) for p in hidden] or ["Performance_" + "0" * 32]
    if viewer.promoter is None:
        sales = await ask(
            caller,
            """query ($o: OrderFilter, $l: TicketLineFilter) {
              orders(where: $o) { totalCount nodes { id } } ticketLines(where: $l) { totalCount nodes { id } } }""",
            o={"performances": ids},
            l={"performances": ids},
        )
        nothing = {"totalCount": 0, "nodes": []}
        assert sales.data == {"orders": nothing, "ticketLines": nothing}


async def test_works_are_not_found_by_a_season_they_have_only_in_hidden_performances():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        season = await Season.create(name="2026/27")
        await make_performance(organisation_ids=[cinema.id], season_id=season.id)

    query = "query ($s: [ID!]) { productions(where: { seasons: $s }) { totalCount } }"
    counts = [
        (await ask(caller_at(venue, organisations=[mine]), query, s=[gid(season)])).data["productions"]["totalCount"]
        for mine in (theatre, cinema)
    ]

    assert counts == [0, 1]


async def test_an_order_of_two_organisations_shows_each_its_own_half():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
        play, film = await make_performance(organisation_ids=[theatre.id]), await make_performance(organisation_ids=[cinema.id])
        customer = await make_customer()
        order = await make_order(customer)
        await make_line(order, play, amount=10_000), await make_line(order, film, amount=700)
        alone = await make_order(customer, film)

    query = """query ($play: [ID!], $film: [ID!]) {
      orders { totalCount nodes { total { amount } lines { performance { id } } } }
      withPlay: orders(where: { performances: $play }) { totalCount }
      withFilm: orders(where: { performances: $film }) { totalCount }
      customers { nodes { orders { totalCount } } }
    }"""
    ids = {"play": [gid(play)], "film": [gid(film)]}
    in_theatre = await ask(caller_at(venue, organisations=[theatre]), query, **ids)
    in_house = await ask(caller_at(venue), query, **ids)

    assert in_theatre.data == {
        "orders": {"totalCount": 1, "nodes": [{"total": {"amount": "100.00"}, "lines": [{"performance": {"id": gid(play)}}]}]},
        "withPlay": {"totalCount": 1},
        "withFilm": {"totalCount": 0},
        "customers": {"nodes": [{"orders": {"totalCount": 1}}]},
    }
    assert in_house.data["orders"]["totalCount"] == 2
    assert {n["total"]["amount"] for n in in_house.data["orders"]["nodes"]} == {"107.00", "450.00"}
    assert alone.id != order.id


async def test_grants_and_keys_open_what_they_say_over_http(world):
    a, _ = world.rows["Organisation"]
    p, _ = world.rows["Promoter"]

    async def person(role: str, **granted: Any) -> str:
        async with tenancy.platform():
            somebody = await people.create_person(f"{uuid4().hex}@example.org", "Kari", None)
            await people.grant(somebody.id, world.venue.id, role, **granted)
            return await sessions.issue_token(somebody.id)

    async def key(kind: Any, scopes: list[str], **granted: Any) -> str:
        async with tenancy.scope(world.venue.id):
            return (await keys.create_key("a key", kind, scopes, **granted))[1]

    entering = [
        (Viewer(), "/graphql", await person("VENUE_ADMIN")),
        (Viewer([a]), "/graphql", await person("BOX_OFFICE", organisation_ids=[a.id])),
        (Viewer(promoter=p), "/graphql", await person("PROMOTER", promoter_id=p.id)),
        (Viewer([a]), "/graphql", await key("SECRET", ["catalogue:read"], organisation_ids=[a.id])),
        (Viewer(public=True), "/storefront/graphql", await key("PUBLISHABLE", [])),
    ]
    query = "{ performances(first: 100) { totalCount nodes { id } } }"
    async with client() as asking:
        for viewer, path, secret in entering:
            page = (await post(asking, query, token=secret, path=path)).json()["data"]["performances"]
            assert {node["id"] for node in page["nodes"]} == visible_ids(world, viewer)["Performance"]
            assert page["totalCount"] == len(page["nodes"])
