import re

import pytest
from graphql import parse

from gateway import limits
from gateway.documents import Documents
from gateway.limits import Size, Sizes
from resolvers import contracts
from tenants.errors import Refusal


def size_of(text: str) -> Size:
    document = parse(text)
    return Sizes(document).of(document.definitions[0].selection_set)


def fan_out(levels: int) -> str:
    """A document that expands to 2^levels fields."""
    fragments = "".join(f"fragment F{i} on Query {{...F{i + 1} ...F{i + 1}}} " for i in range(levels))
    return "{...F0} " + fragments + f"fragment F{levels} on Query {{__typename}}"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("{ a }", Size(depth=1, fields=1, aliases=0, roots=1)),
        ("{ a { b { c } } d }", Size(depth=3, fields=4, aliases=0, roots=2)),
        ("{ x: a { ... on T { y: b } } }", Size(depth=2, fields=2, aliases=2, roots=1)),
        ("{ a { ...F } ...G } fragment F on T { b { c } } fragment G on Query { z: a { ...F } }", Size(4 - 1, 6, 1, 2)),
        ("{ ...A } fragment A on Query { a ...B } fragment B on Query { b ...A }", Size(1, 2, 0, 2)),
        ("{ ...Nobody }", Size()),
        ("{ a { ...F } } fragment F on T { ...G } fragment G on T { ...H } fragment H on T { b { c } }", Size(3, 3, 0, 1)),
    ],
)
def test_a_size_counts_what_is_asked_with_its_fragments_written_out(text, size):
    assert size_of(text) == size


def test_the_walk_grows_with_the_document_and_not_with_what_it_expands_to():
    steps = {}
    for levels in (11, 22, 44, 200):
        document = parse(fan_out(levels))
        sizes = Sizes(document)
        assert sizes.of(document.definitions[0].selection_set).fields == 2**levels
        steps[levels] = sizes.steps

    assert steps == {levels: 2 * levels + 2 for levels in steps}


def test_a_fragment_is_looked_at_once_for_all_operations():
    text = "".join(f"query Q{i} {{ ...F }} " for i in range(100)) + "fragment F on Query { a b c }"
    document = parse(text)
    sizes = Sizes(document)

    assert {sizes.of(d.selection_set).fields for d in document.definitions[:100]} == {3}
    assert sizes.steps == 100 + 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (fan_out(22), "The operation asks for 4194304 fields; at most 1000 are allowed."),
        ("{a" * 16 + "}" * 16, "The operation is 16 levels deep; at most 15 are allowed."),
        ("{" + " ".join(f"a{i}: a" for i in range(31)) + "}", "The operation uses 31 aliases; at most 30 are allowed."),
        ("mutation {" + " m" * 11 + "}", "The operation holds 11 mutations; at most 10 are allowed."),
        ("query Fine { a } mutation Not {" + " ...F" * 11 + "} fragment F on Mutation { m }", "holds 11 mutations; at most 10"),
    ],
)
def test_a_limit_is_named_with_what_was_found(text, message):
    with pytest.raises(Refusal, match=re.escape(message)) as refused:
        limits.check(parse(text))
    assert refused.value.code == "QUERY_TOO_COMPLEX"


def test_what_keeps_to_the_limits_passes():
    limits.check(parse("{a" * 15 + "}" * 15))
    limits.check(parse("{" + " a" * 1000 + "}"))
    limits.check(parse("{" + " ".join(f"a{i}: a" for i in range(30)) + "}"))
    limits.check(parse("mutation {" + " m" * 10 + "}"))
    limits.check(parse("query {" + " m" * 11 + "}"))


def test_only_documents_that_passed_are_kept_and_the_oldest_go_first():
    counted: list[str] = []
    documents = Documents(contracts.graphql._schema, counted.append)
    for text in ("{", "{ nobody }", fan_out(22), "{" + " __typename" * 2000 + "}"):
        for _ in range(2):
            with pytest.raises(Exception, match=r"GRAPHQL_|QUERY_TOO_COMPLEX"):
                documents.get(text, None)
    assert (counted, len(documents._known)) == (["miss"] * 8, 0)

    for i in range(1001):
        documents.get(f"query Q{i} {{ __typename }}", None)
    documents.get("query Q1 { __typename }", None)
    documents.get("query Q0 { __typename }", None)

    assert len(documents._known) == 1000
    assert counted[-2:] == ["hit", "miss"]


def test_long_documents_are_answered_but_not_kept():
    documents = Documents(contracts.graphql._schema)
    documents.get("{ __typename }" + " " * 30_000, None)

    assert len(documents._known) == 0


def test_the_introspection_of_every_tool_keeps_to_the_limits():
    from graphql import get_introspection_query

    text = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True, one_of=True
    )
    assert Documents(contracts.graphql._schema).get(text, None).introspects is True
