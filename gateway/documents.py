"""Documents: parsed, held to the limits, validated, and kept for the next time. One cache per schema, never shared."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

from tenants.errors import Refusal

CACHED = 1000
MOST_ERRORS = 5


@dataclass(frozen=True)
class Document:
    """A valid document and the operation chosen from it."""

    ast: DocumentNode
    operation: OperationType
    selection: SelectionSetNode
    fragments: dict[str, FragmentDefinitionNode]

    def root_fields(self, schema: GraphQLSchema) -> list[Any]:
        """The schema's definitions of the operation's root fields, through fragments; introspection is left out."""
        root = schema.get_root_type(self.operation)
        names: dict[str, None] = {}
        waiting, seen = [self.selection], set()
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    names[node.name.value] = None
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    waiting.append(self.fragments[node.name.value].selection_set)
        return [root.fields[n] for n in names if root and n in root.fields]


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._known: OrderedDict[str, DocumentNode] = OrderedDict()

    def get(self, text: str, operation: str | None) -> Document:
        """The document of this text. Raises GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_REQUEST."""
        ast = self._known.get(text) or self._checked(text)
        self._known.move_to_end(text)
        operations = [d for d in ast.definitions if isinstance(d, OperationDefinitionNode)]
        chosen = [o for o in operations if operation is None or (o.name and o.name.value == operation)]
        if len(chosen) != 1:
            raise Refusal("BAD_REQUEST", "Name one of the document's operations in operationName.")
        fragments = {d.name.value: d for d in ast.definitions if isinstance(d, FragmentDefinitionNode)}
        return Document(ast, chosen[0].operation, chosen[0].selection_set, fragments)

    def _checked(self, text: str) -> DocumentNode:
        try:
            ast = parse(text)
        except GraphQLSyntaxError as error:
            raise Refusal("GRAPHQL_PARSE_FAILED", error.message) from None
        if errors := validate(self.schema, ast, max_errors=MOST_ERRORS, hide_suggestions=True):
            raise Refusal("GRAPHQL_VALIDATION_FAILED", errors[0].message)
        self._known[text] = ast
        if len(self._known) > CACHED:
            self._known.popitem(last=False)
        return ast
