"""The probes are made from the contracts. What they do not know how to fill in is an error, never a gap."""

import pytest
import strawberry

from tests.builders import make_venue
from tests.filled import fill
from tests.probes.calls import CONTRACTS, Slot, nodes_of, roots, slots
from tests.probes.names import name_of
from tests.probes.selections import selection


@strawberry.input
class Gadget:
    gadget_id: strawberry.ID


@strawberry.type
class Parts:
    @strawberry.field
    def part(self, number: int) -> str:
        return ""


@strawberry.type
class Query:
    @strawberry.field
    def by_id(self, gadget_id: strawberry.ID) -> str:
        return ""

    @strawberry.field
    def by_input(self, where: Gadget) -> str:
        return ""

    @strawberry.field
    def by_text(self, gadget: str) -> str:
        return ""

    @strawberry.field
    def parts(self) -> Parts:
        return Parts()


NEW = strawberry.Schema(Query)._schema


@pytest.mark.parametrize(
    ("root", "sentence"),
    [
        ("byId", "the ID `gadgetId` is of no known kind"),
        ("byInput", "the ID `gadgetId` is of no known kind"),
        ("byText", "gadget of String is a text that may name a row"),
    ],
)
def test_a_new_argument_has_to_be_explained(root: str, sentence: str):
    with pytest.raises(LookupError, match=sentence):
        slots(NEW, "new", "query", root)


def test_a_new_field_that_needs_something_has_to_be_explained():
    with pytest.raises(LookupError, match=r"Parts\.part asks for number"):
        selection(NEW, NEW.type_map["Parts"], 1)


async def test_a_new_kind_needs_a_row():
    filled = await fill(await make_venue(), "ours")
    with pytest.raises(LookupError, match=r"tests/filled\.py makes no row of the kind Gadget"):
        name_of(Slot("new", "query", "node", ("id",), "Gadget", "id", many=False), filled)
    assert set(nodes_of(CONTRACTS["graphql"])) | set(nodes_of(CONTRACTS["storefront"])) <= set(filled.ids)


def test_every_root_field_is_asked():
    asked = {(contract, root) for contract, _, root in roots(CONTRACTS, "query", "subscription", "mutation")}
    declared = {
        (contract, name)
        for contract, schema in CONTRACTS.items()
        for kind in (schema.query_type, schema.mutation_type, schema.subscription_type)
        for name in (kind.fields if kind else ())
    }
    assert asked == declared
