"""The contracts as partners read them: printed as they are, and everything in them described."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    introspection_from_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from gateway import printed
from resolvers import contracts
from tenants.errors import CODES

ROOT = Path(printed.__file__).parent.parent
PACKAGES = ("gateway", "resolvers", "schema", "jobs", "tenants")
CONTRACTS = {"graphql": contracts.graphql, "storefront": contracts.storefront}
both = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())


def own_types(contract: Any) -> list[Any]:
    types = contract._schema.type_map.values()
    return [t for t in types if not is_introspection_type(t) and not is_specified_scalar_type(t)]


def test_the_printed_contracts_are_up_to_date():
    for file, text in printed.contracts().items():
        assert file.read_text() == text, f"{file.name} is out of date: run `make contracts` and look at the difference"


@both
def test_everything_has_a_description(contract):
    silent = []
    for kind in own_types(contract):
        described = {kind.name: kind.description}
        if isinstance(kind, GraphQLEnumType):
            described |= {f"{kind.name}.{name}": value.description for name, value in kind.values.items()}
        if isinstance(kind, GraphQLInputObjectType):
            described |= {f"{kind.name}.{name}": field.description for name, field in kind.fields.items()}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                described[f"{kind.name}.{name}"] = field.description
                described |= {f"{kind.name}.{name}({arg})": a.description for arg, a in field.args.items()}
        silent += [name for name, about in described.items() if not about or not about.strip() or about == "See the description."]

    assert silent == []


@both
def test_no_argument_has_null_for_a_default(contract):
    assert "= null" not in contract.as_str()


@both
def test_a_field_that_leads_to_a_kind_with_another_permission_asks_for_it(contract):
    """Whoever may read orders may not read customers through them, and the other way round."""
    forgotten = []
    for kind in own_types(contract):
        noun = noun_of(contract, kind.name)
        if noun is None:
            continue
        for name, field in kind.fields.items():
            shown = noun_of(contract, get_named_type(field.type).name.removesuffix("Connection"))
            if shown is None or shown.needs == noun.needs:
                continue
            definition = field.extensions["strawberry-definition"]
            nullable = not str(field.type).endswith("!")
            if (definition.metadata or {}).get("needs") != shown.needs or not nullable:
                forgotten.append(f"{kind.name}.{name}")

    assert forgotten == []


def noun_of(contract: Any, name: str) -> Any:
    origin = getattr(contract.get_type_by_name(name), "origin", None)
    return origin if hasattr(origin, "record") else None


def test_the_storefront_has_no_word_of_staff_contacts_or_lists_of_customers():
    names = {kind.name for kind in own_types(contracts.storefront)}
    fields = {name for kind in own_types(contracts.storefront) for name in getattr(kind, "fields", {})}

    assert names & {"Organisation", "Promoter", "Job", "Import", "CustomerConnection"} == set()
    secret = {"customers", "organisations", "promoter", "promoters", "externalId", "capacity", "createdAt", "statuses"}
    assert fields & secret == set()


def test_customers_and_their_orders_are_shown_in_the_shop_to_themselves_alone():
    contract = contracts.storefront
    needed = {kind.name: noun.needs for kind in own_types(contract) if (noun := noun_of(contract, kind.name))}
    assert {name for name, needs in needed.items() if needs == "customer:self"} == {"Customer", "Order", "TicketLine"}
    assert {needs for needs in needed.values()} == {"customer:self", "storefront:read"}


def test_every_error_code_is_raised_somewhere_and_every_raised_code_is_listed():
    sources = [p.read_text() for package in PACKAGES for p in (ROOT / package).rglob("*.py") if p.name != "errors.py"]
    sources.append((ROOT / "gateway" / "errors.py").read_text())
    named = {code for text in sources for code in re.findall(r'"([A-Z][A-Z_]+[A-Z])"', text)}
    raised = {code for text in sources for code in re.findall(r'(?:Refusal|Problem)\(\s*(?:[\w.]+, |"\w*", )?"([A-Z_]+)"', text)}

    assert raised - set(CODES) == set()
    assert set(CODES) - named == set(), "a code in the contract that nothing ever answers"


@both
def test_the_schema_names_no_place_for_directives_that_clients_do_not_know(contract):
    told = introspection_from_schema(contract._schema)["__schema"]
    # those of GraphQL's edition of October 2021; graphql-core has one more already, on which graphql-js 16 stumbles
    known = """QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA
      SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION"""
    assert {place for directive in told["directives"] for place in directive["locations"]} <= {*known.split()}
