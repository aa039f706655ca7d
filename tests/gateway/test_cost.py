"""What operations cost: before they run, by their document and variables, and afterwards by what was answered."""

import pytest

from gateway.cost import Prices
from gateway.documents import Documents
from resolvers import contracts
from tests.gateway.test_limits import fan_out

NESTED = """query ($n: Int = 100, $m: Int) {
  customers(first: $n) { nodes { orders(last: $m) { edges { node { ...Of } } } } }
} fragment Of on Order { performances: lines { performance { production { performances(first: 3) { nodes { id } } } } } }"""
OF_A_ROW = 1 + 1 + 1 + 3  # lines, their performance, its production, three performances of it
NODE = """{ node(id: 1) { id ... on Season { performances(first: 7) { nodes { name } } } ...S ... on Hall { name } } }
fragment S on Season { more: performances(first: 2) { nodes { hall { name } } } }"""


def price_of(text, name=None):
    return Documents(contracts.graphql._schema).get(text, name).price


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ __typename }", {}, 1),
        ("{ venue { name } }", {}, 1),
        ("{ __schema { types { name } } }", {}, 100),
        ("{ seasons { nodes { id } } halls(first: 7) { pageInfo { hasNextPage } edges { node { id } } } }", {}, 57),
        ("{ seasons(first: 0) { totalCount } }", {}, 10),
        ("{ performances(first: 4) { nodes { hall { name } prices { ticketType { name } } } } }", {}, 4 * (1 + 1 + 2)),
        (NESTED, {"n": 2, "m": 5}, 2 * (1 + 5 * (1 + OF_A_ROW))),
        (NESTED, {"m": 5}, 100 * (1 + 5 * (1 + OF_A_ROW))),
        (NESTED, {"n": None, "m": 5}, 50 * (1 + 5 * (1 + OF_A_ROW))),
        (NESTED, {"n": -7, "m": 10**9}, 1),
        (NESTED, {"n": 1, "m": 10**9}, 1 + 100 * (1 + OF_A_ROW)),
        (NESTED, {"n": "x", "m": True}, 50 * (1 + 1 * (1 + OF_A_ROW))),
        (NODE, {}, 1 + 7 + 2 * 2),
        ('{ nodes(ids: ["a", "b", "c"]) { ... on Season { performances(first: 5) { nodes { id } } } } }', {}, 3 * 6),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a"] * 8}, 8),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a"] * 5000}, 100),
        ("mutation { signOut { signedOut } again: signOut { signedOut } }", {}, 20),
        ("mutation { ...M } fragment M on Mutation { signOut { userErrors { code } } }", {}, 11),
        ("mutation { seasonsUpsert(rows: []) { results { object { id } } } }", {}, 102),
    ],
)
def test_an_operation_costs_what_it_may_answer(text, variables, points):
    assert price_of(text).before(variables) == points


def rows(count, **each):
    return {"nodes": [dict(each) for _ in range(count)]}


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (None, 1),
        ({"customers": None}, 1),
        ({"customers": rows(0)}, 1),
        ({"customers": rows(3, orders={"edges": []})}, 3),
        ({"customers": rows(2, orders={"edges": [{"node": {"performances": []}}] * 4})}, 2 * (1 + 4 * (1 + 3))),
        (
            {
                "customers": rows(
                    1,
                    orders={
                        "edges": [
                            {
                                "node": {
                                    "performances": [
                                        {"performance": {"production": {"performances": rows(2)}}},
                                        {"performance": None},
                                    ]
                                }
                            }
                        ]
                    },
                )
            },
            1 + 1 * (1 + 3 + 2),
        ),
    ],
)
def test_afterwards_it_costs_what_it_did_answer(answer, points):
    assert price_of(NESTED).after(answer) == points


def test_each_operation_of_a_document_has_its_own_defaults():
    text = (
        "query A($n: Int = 3) { ...S } query B($n: Int = 9) { ...S } fragment S on Query { seasons(first: $n) { nodes { id } } }"
    )
    assert [price_of(text, name).before({}) for name in "AB"] == [3, 9]


def test_a_fragment_is_looked_at_once_however_often_it_is_named():
    from graphql import FragmentDefinitionNode, parse

    steps = {}
    for levels in (11, 22, 44):
        document = parse(fan_out(levels))
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        prices = Prices(contracts.graphql._schema, fragments)
        assert prices.of(document.definitions[0]).before({}) == 1
        steps[levels] = prices.steps

    assert steps == {levels: 2 * levels + 2 for levels in steps}
