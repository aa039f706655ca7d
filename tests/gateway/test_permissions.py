"""Every root field of both contracts, asked by every kind of caller there is: let in or refused, exactly as it declares."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type, is_leaf_type
from strawberry.schema.config import StrawberryConfig

from gateway.app import create_app
from gateway.graphql import Handler
from resolvers import contracts
from resolvers.fields import rules_of
from tenants.permissions import KEY_SCOPES, OF_CUSTOMERS, OF_KEYS, OF_PERSONS, ROLES
from tests.builders import make_customer_token, make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.probes.callers import support_that_is_over

PATHS = {"graphql": "/graphql", "storefront": "/storefront/graphql"}
CONTRACTS = {"graphql": contracts.graphql._schema, "storefront": contracts.storefront._schema}
FIELDS = [(name, operation, field) for name, schema in CONTRACTS.items() for operation, field in rules_of(schema)]
# Fields that ask for another permission with each purpose: what the first one needs.
BY_ARGUMENT = {"stagedUploadCreate": "imports:write"}
# Who asks, and what they may: the table that the answers are held to.
PLATFORM = frozenset({"platform:admin"})
OUTSIDE = {"PLATFORM_ADMIN": OF_PERSONS | PLATFORM, "SUPPORT_OVER": OF_PERSONS | PLATFORM}
PERSONS = {
    **{role: may | OF_PERSONS for role, may in ROLES.items()},
    "SUPPORT": ROLES["SUPPORT"] | OF_PERSONS | PLATFORM,
    **OUTSIDE,
}
KEYS = {**{f"key with {scope}": OF_KEYS | {scope} for scope in KEY_SCOPES}, "key without scopes": OF_KEYS}
CALLERS = {
    "graphql": {**PERSONS, **KEYS, "stranger": frozenset()},
    "storefront": {**KEYS, "publishable key": OF_KEYS, "customer": OF_CUSTOMERS, "stranger": frozenset()},
}


@pytest.fixture(scope="module")
async def credentials() -> dict[str, Any]:
    """The secret of each caller; for persons a function that signs in again, because one of the fields signs out."""
    venue = await make_venue()
    async with asyncio.TaskGroup() as group:
        keys = {name: group.create_task(make_key(venue, *sorted(may - OF_KEYS))) for name, may in KEYS.items()}
        shop = group.create_task(make_key(venue, kind="PUBLISHABLE"))
    return {"venue": venue, "publishable key": shop.result(), **{name: key.result() for name, key in keys.items()}}


async def secret_of(caller: str, credentials: dict[str, Any]) -> str | None:
    if caller == "stranger":
        return None
    if caller == "customer":
        return await make_customer_token(credentials["venue"])
    if caller == "PLATFORM_ADMIN":
        return await make_token(platform_admin=True)
    if caller == "SUPPORT_OVER":
        return await support_that_is_over(credentials["venue"])
    if caller in ROLES:
        return await make_token(credentials["venue"], caller)
    return credentials[caller]


@pytest.mark.parametrize(("contract", "operation", "field"), FIELDS, ids=[f"{c}-{f}" for c, _, f in FIELDS])
async def test_a_field_lets_in_whom_it_says(contract, operation, field, credentials):
    schema = CONTRACTS[contract]
    rule = rules_of(schema)[operation, field]
    query = document(operation.value, field, schema.get_root_type(operation).fields[field])
    answers = {}
    async with client(create_app(), address="198.51.100.70") as asking:  # it signs in too often
        for caller in CALLERS[contract]:
            secret = await secret_of(caller, credentials)
            answers[caller] = await ask(asking, query, token=secret, path=PATHS[contract])

    told = {caller: outcome(answer) for caller, answer in answers.items()}
    rule = replace(rule, needs=BY_ARGUMENT.get(field, rule.needs))
    assert told == {caller: expected(rule, caller, may) for caller, may in CALLERS[contract].items()}


def expected(rule: Any, caller: str, may: frozenset[str]) -> str:
    if caller == "stranger":
        return "let in" if rule.needs is None and rule.scope != "venue" else "UNAUTHENTICATED"
    if caller in OUTSIDE and rule.scope == "venue":
        return "VENUE_REQUIRED"
    return "let in" if rule.needs is None or rule.needs in may else "FORBIDDEN"


def outcome(answer: Any) -> str:
    """What a caller is told; any other error is about the values, and comes from behind the door."""
    at_the_door = {"UNAUTHENTICATED", "FORBIDDEN", "VENUE_REQUIRED"} & set(codes(answer))
    assert "INTERNAL_SERVER_ERROR" not in codes(answer) and "GRAPHQL_VALIDATION_FAILED" not in codes(answer), answer.text
    return at_the_door.pop() if at_the_door else "let in"


def document(operation: str, name: str, field: Any) -> str:
    """A minimal question to a root field, its arguments made from their types."""
    needed = [f"{n}: {literal(a.type)}" for n, a in field.args.items() if isinstance(a.type, GraphQLNonNull)]
    arguments = f"({', '.join(needed)})" if needed else ""
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{operation} {{ {name}{arguments}{selection} }}"


def literal(kind: Any) -> str:
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = [f"{n}: {literal(f.type)}" for n, f in kind.fields.items() if isinstance(f.type, GraphQLNonNull)]
        return "{" + ", ".join(needed[:1] if kind.is_one_of else needed) + "}"
    simple = {
        "Int": "1",
        "Float": "1.5",
        "Boolean": "true",
        "DateTime": '"2026-11-21T18:30:00Z"',
        "Date": '"2026-11-21"',
        "Decimal": '"1.00"',
    }
    return simple.get(kind.name, '"x"')


async def test_a_customer_is_let_in_nowhere_on_the_staffs_contract(credentials):
    secret, schema = await make_customer_token(credentials["venue"]), CONTRACTS["graphql"]
    answers = {}
    async with client(create_app(), address="198.51.100.70") as asking:  # it signs in too often
        for operation, field in rules_of(schema):
            query = document(operation.value, field, schema.get_root_type(operation).fields[field])
            answers[field] = await ask(asking, query, token=secret)
        files = await asking.post("/files?name=a.csv", content=b"id", headers={"Authorization": f"Bearer {secret}"})

    assert {(answer.status_code, *codes(answer)) for answer in [*answers.values(), files]} == {(403, "FORBIDDEN")}


def test_a_root_field_that_does_not_say_what_it_needs_is_open_to_nobody():
    @strawberry.type
    class Query:
        @strawberry.field
        def open_by_mistake(self) -> str:
            return "everything"

    with pytest.raises(TypeError, match=r"Query\.openByMistake does not say what it needs"):
        Handler(strawberry.Schema(Query, config=StrawberryConfig()), admits=frozenset())
