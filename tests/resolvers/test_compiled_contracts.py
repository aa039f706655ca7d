"""Compiled selections over both contracts and real rows: graphql-core's answers, and the documents that matter are compiled."""

import os
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from graphql import OperationType, get_named_type, is_leaf_type, is_object_type, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Core

from resolvers import contracts
from resolvers.compiled.executor import executor
from resolvers.fields import rules_of
from tenants import tenancy, texts
from tenants.errors import Refusal
from tests.asking import Asked, caller_at, customer_at, gid, shopper_at
from tests.builders import make_customer, make_line, make_order, make_performance, make_price, make_venue
from tests.filled import fill
from tests.recording import recorded
from tests.resolvers.answers import Answered, by, nearly_same, same, with_all_errors
from tests.resolvers.random_queries import Questions

MANY = int(os.environ.get("FOYER_RANDOM_QUERIES", "120"))
CONTRACTS = {"graphql": contracts.graphql, "storefront": contracts.storefront}


@pytest.fixture(scope="module", name="house")
async def filled_house():
    """One row of everything, and a few more of what is bought."""
    filled = await fill(await make_venue(), "RANDOM")
    async with tenancy.scope(filled.venue.id):
        shows = [await make_performance(production_id=filled.rows["Production"].id) for _ in range(3)]
        for show in shows:
            await make_price(show, filled.rows["TicketType"])
        for customer in (filled.rows["Customer"], await make_customer("Ola"), None):
            for _ in range(3):
                order = await make_order(customer, *shows)
                await make_line(order, shows[0], ticket_type_id=filled.rows["TicketType"].id, quantity=2)
    return filled


async def answered(contract: Any, caller: Any, text: Any, variables: Any, kind: Any) -> Answered:
    """By one of the executors, in a scope as the gateway opens it."""
    public = contract is contracts.storefront
    at = caller.at
    async with tenancy.scope(
        at.venue,
        readonly=True,
        organisations=at.organisations,
        customer=at.customer,
        public=public,
        languages=texts.in_order(None, at.languages) if public else ("",),
    ):
        return await by(kind, contract._schema, text, Asked(caller), variables)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CONTRACTS)
async def test_random_questions_to_a_contract_are_answered_as_graphql_core_answers_them(house, name):
    contract, compiled = CONTRACTS[name], executor(at_once=True)
    schema, counts, seen = contract._schema, compiled.kept.counts, Counter[str]()
    asked = [
        field
        for (operation, field), rule in rules_of(schema).items()
        if operation is OperationType.QUERY and rule.scope != "platform" and not rule.writes and field != "budget"
    ]
    if name == "graphql":
        callers = [caller_at(house.venue), caller_at(house.venue, may={"customers:read", "catalogue:read"})]
    else:
        callers = [shopper_at(house.venue), customer_at(house.venue, house.rows["Customer"])]
    for seed in range(MANY // 2):
        chance = random.Random(seed)
        # A link to a download says until when it is good, and that passes.
        text, variables = Questions(schema, chance, given(house, schema, chance), without=("DownloadLink", "Link")).ask(asked)
        document, caller, before = parse(text), chance.choice(callers), counts.copy()
        with recorded() as by_core:
            expected = await answered(contract, caller, document, variables, Core)
        if chance.random() < 0.5:  # what was asked before takes a shorter way
            await answered(contract, caller, document, variables, compiled)
        with recorded() as sent:
            found = await answered(contract, caller, document, variables, compiled)

        if not same(expected, found):
            everything = await answered(contract, caller, with_all_errors(document), variables, Core)
            assert nearly_same(expected, found, everything), f"seed {seed}, {caller.kind}: {text} {variables}"
            seen["another error of several, or another order"] += 1
        used = counts - before
        assert len(sent) <= len(by_core) or used["surprised"], f"seed {seed}, {caller.kind}: {text} {variables}"
        seen["fewer statements"] += len(sent) < len(by_core)
        seen["questions"] += 1
        seen["with errors"] += bool(expected.errors)
        seen["compiled"] += bool(used["compiled"])
        seen["surprised"] += bool(used["surprised"])

    print(f"\n{name}: {dict(seen)}, selections: {dict(counts)}")
    assert seen["compiled"] > seen["questions"] / 3
    assert seen["another error of several, or another order"] <= seen["with errors"] / 10


HOT = {
    "customers": "{ customers(first: 50, sortBy: NUMBER) { nodes { id number firstName lastName email phone city postcode } } }",
    "orders": """{ orders(first: 50) { totalCount edges { cursor node { id state orderedAt total { amount currencyCode }
        customer { ...Name } place { city } lines { ...Line } } } pageInfo { hasNextPage endCursor } } }
        fragment Name on Customer { id lastName orders(first: 2) { nodes { id } } }
        fragment Line on TicketLine { quantity state price { amount } performance { name startsAtLocal } ticketType { name } }""",
    "performance": """query ($id: ID!) { performance(id: $id) { __typename id name startsAt status
        production { name tags { name } } hall { name } images { url(width: 320) alt } organisations { name }
        prices { priceLevel amount { amount } fee { amount } ticketType { id name } } } }""",
    "node": "query ($id: ID!) { node(id: $id) { id ... on Performance { name prices { amount { amount } } } } }",
    "programme": """{ performances(first: 20) { nodes { id name startsAt saleState priceRange { min { amount } max { amount } }
        production { name subtitle } hall { name } images { url(width: 640, format: JPEG) } prices { amount { amount } } } } }""",
    "offers": """query ($id: ID) { offers(performanceId: $id) { ticketType { id name position } sellable startsAt
        maxQuantity reasons benefits { benefitId left }
        prices { priceLevel price { amount currencyCode } before { amount } fee { amount } } } }""",
    "myOffers": """{ myOffers { benefits { ticketType { name } expiresOn ticketsLeft performances { name } }
        campaigns { name } } }""",
}


PERFORMANCES = """{ performances(first: 20) { nodes { name production { name tags { name } } organisations { name }
    images { alt } couplings { flag { name organisations { name } } } prices { ticketType { name } } } } }"""


async def test_the_documents_that_matter_are_compiled(house):
    staff, customer = caller_at(house.venue), customer_at(house.venue, house.rows["Customer"])
    variables = {"id": gid(house.rows["Performance"])}
    for name, text in HOT.items():
        shop = name in ("programme", "offers", "myOffers")
        contract, caller = (contracts.storefront, customer) if shop else (contracts.graphql, staff)
        compiled, document = executor(), parse(text)

        for _ in range(2):
            found = await answered(contract, caller, document, variables, compiled)
            assert found.errors == [] and all(found.data.values()), name

        assert compiled.kept.counts == {"new": 1, "compiled": 1}, name


async def test_compiled_selections_send_the_statements_that_graphql_core_sends(house):
    staff = caller_at(house.venue)
    for text in (HOT["orders"], HOT["performance"], HOT["programme"], HOT["myOffers"], PERFORMANCES):
        shop = text in (HOT["programme"], HOT["myOffers"])
        contract = contracts.storefront if shop else contracts.graphql
        caller = customer_at(house.venue, house.rows["Customer"]) if shop else staff
        document, variables, statements = parse(text), {"id": gid(house.rows["Performance"])}, []
        for kind in (Core, executor(at_once=True)):
            with recorded() as sent:
                await answered(contract, caller, document, variables, kind)
            statements.append(Counter(each.query for each in sent))
        assert statements[0] == statements[1]


async def test_a_field_that_needs_something_asks_for_it_every_time(house):
    whole = {"graphql": caller_at(house.venue), "storefront": customer_at(house.venue, house.rows["Customer"])}
    tried = Counter[str]()
    for name, contract in CONTRACTS.items():
        for kind, field, needs in needy(contract._schema):
            own = contract.get_type_by_name(kind).origin.needs if kind in house.rows else needs
            if own == needs:
                continue  # who sees the object has it
            inner = "" if is_leaf_type(get_named_type(contract._schema.get_type(kind).fields[field].type)) else " { __typename }"
            document = parse(f'{{ node(id: "{gid(house.rows[kind])}") {{ ... on {kind} {{ {field}{inner} }} }} }}')
            compiled = executor(at_once=True)

            for may in ({own, needs}, {own}, {own, needs}):
                found = await answered(contract, replace(whole[name], may=frozenset(may)), document, {}, compiled)
                refused = [(error[1], error[4]) for error in found.errors]
                assert refused == ([] if needs in may else [(["node", field], Refusal)]), (kind, field)
                assert needs in may or found.data["node"] in (None, {field: None})

            assert compiled.kept.counts == {"new": 1, "compiled": 2, "surprised": 1}
            tried[name] += 1
    assert tried["graphql"] > 10 and tried["storefront"] > 2


def needy(schema: Any) -> list[tuple[str, str, str]]:
    """The fields below the root that ask for a permission of their own."""
    return [
        (kind.name, name, needs)
        for kind in schema.type_map.values()
        if is_object_type(kind)
        for name, field in kind.fields.items()
        if (about := field.extensions.get("strawberry-definition")) and (needs := about.metadata.get("needs"))
    ]


def given(house: Any, schema: Any, chance: random.Random) -> Any:
    """Ids of rows that there are, and one moment for those who ask about now."""

    def literal(field: str, argument: str) -> str | None:
        if argument == "at":
            return '"2026-11-22T12:00:00Z"'
        if argument in ("productId", "campaign") and chance.random() < 0.8:
            return None
        kind = argument.removesuffix("Id") if argument.endswith("Id") else field
        kind = kind[0].upper() + kind[1:]
        if argument in ("id", "ids") and kind not in house.rows:
            kind = chance.choice([each for each in house.rows if schema.get_type(each)])
        if argument not in ("id", "ids") and not argument.endswith("Id"):
            return None
        if kind not in house.rows:
            return None
        return f'["{gid(house.rows[kind])}"]' if argument == "ids" else f'"{gid(house.rows[kind])}"'

    return literal
