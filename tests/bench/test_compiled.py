"""CPU of one request's execution in its scope, statements and all, by graphql-core alone and with compiled selections.

.venv/bin/pytest tests/bench/test_compiled.py -s
"""

import cProfile
import os
import pstats
import time

from graphql import parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Core

from resolvers import contracts
from resolvers.compiled.executor import executor
from tenants import tenancy
from tenants.catalogue import Hall, Production, TicketType
from tests.asking import caller_at, gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_price, make_venue
from tests.premiere import OFFERS, a_house, couple, customer_at
from tests.resolvers.test_compiled_contracts import answered

DOCUMENTS = {
    "50 customers of 8 fields": """{ customers(first: 50, sortBy: NUMBER) {
        nodes { id number firstName lastName email phone city postcode } } }""",
    "50 orders of 4 lines": """{ orders(first: 50) { nodes { id state orderedAt total { amount currencyCode }
        customer { lastName } lines { quantity state price { amount } performance { name startsAt }
        ticketType { name } } } } }""",
    "20 performances of 3 prices": """{ performances(first: 20) { nodes { id name startsAt status production { name }
        hall { name } prices { priceLevel amount { amount currencyCode } fee { amount } ticketType { id name } } } } }""",
}
ROUNDS, TIMES = 6, int(os.environ.get("FOYER_BENCH_TIMES", "20"))


async def test_execution_by_graphql_core_and_compiled():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        people = [await make_customer("Kari", f"Nordmann {n}", email=f"kari{n}@example.no", city="Oslo") for n in range(60)]
        hall = await Hall.create(name="Main")
        types = [await TicketType.create(name=name, position=n) for n, name in enumerate(["Adult", "Child", "Student"])]
        plays = [await Production.create(name=f"Play {n}") for n in range(7)]
        shows = [await make_performance(production_id=plays[n % 7].id, hall_id=hall.id) for n in range(20)]
        for show in shows:
            for ticket_type in types:
                await make_price(show, ticket_type)
        for n in range(50):
            order = await make_order(people[n % 10])
            for k in range(4):
                await make_line(order, shows[(n + k) % 20], ticket_type_id=types[k % 3].id)
    for name, text in DOCUMENTS.items():
        await compare(name, contracts.graphql, caller_at(venue), text, {})
    house = await a_house()
    async with tenancy.scope(house.venue.id):
        await couple(house)
    premiere = {"performance": gid(house.premiere)}
    await compare("offers of a premiere", contracts.storefront, customer_at(house.venue, house.kari), OFFERS, premiere)


async def compare(name, contract, caller, text, variables):
    document, least = parse(text), {}
    kinds = {"graphql-core": Core, "compiled": executor()}
    first = [await answered(contract, caller, document, variables, kind) for kind in (*kinds.values(), *kinds.values())]
    assert all(each == first[0] and not each.errors for each in first)
    for _ in range(ROUNDS):  # in turns, and the best of each: others use the machine too
        for of, kind in kinds.items():
            began = time.process_time()
            for _ in range(TIMES):
                await answered(contract, caller, document, variables, kind)
            least[of] = min(least.get(of, 1e9), (time.process_time() - began) / TIMES)
    by_core, compiled = least["graphql-core"] * 1e6, least["compiled"] * 1e6
    print(f"\n{name}: graphql-core {by_core:.0f} us, compiled {compiled:.0f} us: {by_core / compiled:.1f}x")
    assert set(kinds["compiled"].kept.counts) == {"new", "compiled"}
    if os.environ.get("FOYER_PROFILE") == name:
        with cProfile.Profile(time.process_time) as profile:
            for _ in range(TIMES * 5):
                await answered(contract, caller, document, variables, kinds["compiled"])
        pstats.Stats(profile).sort_stats(os.environ.get("FOYER_SORT", "tottime")).print_stats(60)
