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
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway import limits
from gateway.answers import Page, Pages
from tenants.errors import FoyerError, Refusal

CACHED = 1000
LONGEST_CACHED = 20_000  # characters; longer documents are rare, and a thousand of them would fill the memory
MOST_ERRORS = 5
# Comparing equal fields is quadratic: the default allows 0.6 s of it in one document, this 0.05 s and still 100 equal fields.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000


class DocumentRefused(FoyerError):
    """The document is not GraphQL or does not fit the schema; at most MOST_ERRORS reasons, with their places."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        self.code, self.errors = code, errors[:MOST_ERRORS]
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document. `fields` are its root fields without the introspection, through its fragments;
    `pages` the connections it asks for."""

    document: DocumentNode
    hash: str
    name: str | None
    type: OperationType
    fields: tuple[str, ...]
    introspects: bool
    pages: tuple[Page, ...]


class Documents:
    """The documents of one schema. `count` is told of each lookup whether it was a `hit` or a `miss`."""

    def __init__(self, schema: GraphQLSchema, count: Callable[[str], None] = lambda outcome: None) -> None:
        self.schema, self._count = schema, count
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

    def _operations(self, text: str, hide_suggestions: bool) -> Mapping[str | None, Operation]:
        document = _parsed(text)
        limits.check(document)
        if errors := validate(self.schema, document, max_errors=MOST_ERRORS, hide_suggestions=hide_suggestions):
            if errors[0].message.endswith("Validation aborted."):
                raise Refusal("QUERY_TOO_COMPLEX", "The document repeats too many fields; ask for each of them once.")
            raise DocumentRefused("GRAPHQL_VALIDATION_FAILED", errors)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        pages = Pages(self.schema, fragments)
        operations: dict[str | None, Operation] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                if self.schema.get_root_type(node.operation) is None:
                    error = GraphQLError(f"There is no {node.operation.value} in this contract.", node)
                    raise DocumentRefused("GRAPHQL_VALIDATION_FAILED", [error])
                name = node.name.value if node.name else None
                names = _root_fields(node, fragments)
                asked = tuple(n for n in names if not n.startswith("__"))
                introspects = "__schema" in names or "__type" in names
                operations[name] = Operation(document, digest, name, node.operation, asked, introspects, pages.of(node))
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


def _root_fields(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> dict[str, None]:
    """The names of its root fields in the order asked; each fragment is looked at once."""
    names: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                names[node.name.value] = None
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif (name := node.name.value) not in seen:  # type: ignore[attr-defined]  # a spread is all that is left
                seen.add(name)
                waiting.append(fragments[name].selection_set)
    return names
