"""Documents: parsed, held to the limits, validated, and kept for the next time. One cache per schema, never shared."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway import limits
from gateway.cost import Price, Prices
from resolvers.fields import Rule, rules_of
from schema.directives import IDEMPOTENT, OnMutationsOnly
from tenants.errors import FoyerError, Refusal

CACHED = 1000
LONGEST_CACHED = 20_000  # characters; longer documents are rare, and a thousand of them would fill the memory
MOST_ERRORS = 5
RULES = (*specified_rules, OnMutationsOnly)
# Comparing equal fields is quadratic: the default allows 0.6 s of it in one document, this 0.05 s and still 100 equal fields.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000


class DocumentRefused(FoyerError):
    """The document is not GraphQL or does not fit the schema; at most MOST_ERRORS reasons, with their places."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        self.code, self.errors = code, errors[:MOST_ERRORS]
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document. `fields` are its root fields without the introspection, through its fragments, with
    their `rules`, and `roots` the places that ask for them, by their name in the answer; `price` what it costs; `keyed` says
    whether one of the fields carries an idempotency key, `in_line` whether one waits for others."""

    document: DocumentNode
    hash: str
    name: str | None
    type: OperationType
    fields: tuple[str, ...]
    rules: tuple[Rule, ...]
    roots: Mapping[str, tuple[FieldNode, ...]]
    keyed: bool
    in_line: bool
    introspects: bool
    price: Price
    node: OperationDefinitionNode


class Documents:
    """The documents of one schema. `count` is told of each lookup whether it was a `hit` or a `miss`. Raises TypeError when a
    root field does not say what it needs."""

    def __init__(self, schema: GraphQLSchema, count: Callable[[str], None] = lambda outcome: None) -> None:
        self.schema, self.rules, self._count = schema, rules_of(schema), count
        self._known: OrderedDict[str, Mapping[str | None, Operation]] = OrderedDict()

    def get(self, text: str, operation: str | None, *, hide_suggestions: bool = True) -> Operation:
        """The operation of this name, or the only one. Raises DocumentRefused, QUERY_TOO_COMPLEX, BAD_REQUEST."""
        if (operations := self._known.get(text)) is None:
            self._count("miss")
            operations = self._operations(text, hide_suggestions)
            if len(text) <= LONGEST_CACHED:
                self._known[text] = operations
            if len(self._known) > CACHED:
                self._known.popitem(last=False)
        else:
            self._count("hit")
            self._known.move_to_end(text)
        if operation is None and len(operations) == 1:
            return next(iter(operations.values()))
        if operation is None or operation not in operations:
            raise Refusal("BAD_REQUEST", "Name one of the document's operations in operationName.")
        return operations[operation]

    def faults(self, text: str) -> list[str]:
        """Why a document would be refused whatever its variables; empty when it would be answered."""
        try:
            self._operations(text, hide_suggestions=False)
        except DocumentRefused as refused:
            return [str(error.message) for error in refused.errors]
        except Refusal as refused:
            return [refused.message]
        return []

    def _operations(self, text: str, hide_suggestions: bool) -> Mapping[str | None, Operation]:
        document = _parsed(text)
        limits.check(document)
        if errors := validate(self.schema, document, RULES, max_errors=MOST_ERRORS, hide_suggestions=hide_suggestions):
            if errors[0].message.endswith("Validation aborted."):
                raise Refusal("QUERY_TOO_COMPLEX", "The document repeats too many fields; ask for each of them once.")
            raise DocumentRefused("GRAPHQL_VALIDATION_FAILED", errors)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        prices = Prices(self.schema, fragments)
        operations: dict[str | None, Operation] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                if self.schema.get_root_type(node.operation) is None:
                    error = GraphQLError(f"There is no {node.operation.value} in this contract.", node)
                    raise DocumentRefused("GRAPHQL_VALIDATION_FAILED", [error])
                name = node.name.value if node.name else None
                nodes = _root_fields(node, fragments)
                names = {n.name.value for n in nodes}
                asked = [n for n in nodes if not n.name.value.startswith("__")]
                fields = tuple(dict.fromkeys(n.name.value for n in asked))
                rules = tuple(self.rules[node.operation, field] for field in fields)
                operations[name] = Operation(
                    document,
                    digest,
                    name,
                    node.operation,
                    fields,
                    rules,
                    _by_name(asked),
                    any(d.name.value == IDEMPOTENT.name for n in asked for d in n.directives or ()),
                    any(rule.in_line for rule in rules),
                    "__schema" in names or "__type" in names,
                    prices.of(node),
                    node,
                )
        return operations


def _parsed(text: str) -> DocumentNode:
    try:
        document = parse(text, max_lexical_tokens=limits.MOST_TOKENS, max_comments=limits.MOST_COMMENTS)
    except GraphQLSyntaxError as error:
        if error.message.endswith("Parsing aborted."):  # more tokens or comments than allowed, or brackets 200 deep
            why = error.message.removeprefix("Syntax Error: ").removesuffix(" Parsing aborted.")
            raise Refusal("QUERY_TOO_COMPLEX", why) from None
        raise DocumentRefused("GRAPHQL_PARSE_FAILED", [error]) from None
    if "\\u" in text or "\0" in text:
        _refuse_nul(document)
    return document


def _refuse_nul(document: DocumentNode) -> None:
    """PostgreSQL stores every character but NUL."""
    token = document.loc.start_token if document.loc else None
    while token:
        if token.value and "\0" in token.value:
            source = document.loc.source if document.loc else Source("")
            error = GraphQLError("A text may not hold the character NUL.", source=source, positions=[token.start])
            raise DocumentRefused("GRAPHQL_VALIDATION_FAILED", [error])
        token = token.next


def _root_fields(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> list[FieldNode]:
    """Its root fields; each fragment is looked at once."""
    nodes: list[FieldNode] = []
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                nodes.append(node)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif (name := node.name.value) not in seen:  # type: ignore[attr-defined]  # a spread is all that is left
                seen.add(name)
                waiting.append(fragments[name].selection_set)
    return nodes


def _by_name(nodes: list[FieldNode]) -> Mapping[str, tuple[FieldNode, ...]]:
    """The fields by their name in the answer; those of one name are one field there."""
    found: dict[str, tuple[FieldNode, ...]] = {}
    for node in nodes:
        name = (node.alias or node.name).value
        found[name] = (*found.get(name, ()), node)
    return found
