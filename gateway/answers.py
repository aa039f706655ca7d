"""How many objects an operation may answer: the pages of its connections, multiplied where one stands inside another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from tenants.errors import Refusal
from tenants.pages import DEFAULT_PAGE, LARGEST_PAGE

MOST_OBJECTS = 20_000


@dataclass(frozen=True, slots=True)
class Page:
    """A connection that is asked for: its size unless a variable tells another, and the connections asked of each row."""

    size: int
    variable: str | None
    inner: tuple["Page", ...]


def check(pages: tuple[Page, ...], variables: Mapping[str, Any] | None) -> None:
    """Raises QUERY_TOO_COMPLEX when the pages may hold more than MOST_OBJECTS objects together."""
    if (found := _objects(pages, variables or {})) > MOST_OBJECTS:
        sentence = f"The operation may answer {found} objects; at most {MOST_OBJECTS} are allowed. Ask for smaller pages."
        raise Refusal("QUERY_TOO_COMPLEX", sentence)


def _objects(pages: tuple[Page, ...], variables: Mapping[str, Any]) -> int:
    total = 0
    for page in pages:
        size = variables.get(page.variable, page.size) if page.variable else page.size
        # A size that is none, or too large, is refused by the field itself.
        size = min(max(size, 0), LARGEST_PAGE) if isinstance(size, int) else DEFAULT_PAGE
        total += size * (1 + _objects(page.inner, variables))
    return total


class Pages:
    """Finds the pages in the operations of a valid document that keeps to the other limits. Each fragment is read once."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments
        self._known: dict[str, tuple[Page, ...]] = {}
        self._defaults: dict[str, Any] = {}

    def of(self, operation: OperationDefinitionNode) -> tuple[Page, ...]:
        """The outermost pages of an operation."""
        self._known.clear()  # a fragment's sizes may come from variables, whose defaults are the operation's
        self._defaults = {d.variable.name.value: d.default_value for d in operation.variable_definitions or ()}
        root = self._schema.get_root_type(operation.operation)
        return self._in(root, operation.selection_set) if root else ()

    def _in(self, kind: GraphQLNamedType | None, selections: SelectionSetNode) -> tuple[Page, ...]:
        found: list[Page] = []
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in self._known:
                    self._known[name] = self._of_part(kind, self._fragments[name])
                found += self._known[name]
            elif isinstance(node, InlineFragmentNode):
                found += self._of_part(kind, node)
            elif isinstance(node, FieldNode) and node.selection_set:
                found += self._of_field(kind, node, node.selection_set)
        return tuple(found)

    def _of_part(self, kind: GraphQLNamedType | None, part: FragmentDefinitionNode | InlineFragmentNode) -> tuple[Page, ...]:
        on = self._schema.get_type(part.type_condition.name.value) if part.type_condition else kind
        return self._in(on, part.selection_set)

    def _of_field(self, kind: Any, node: FieldNode, selections: SelectionSetNode) -> tuple[Page, ...]:
        field = self._schema.get_field(kind, node.name.value)
        shown = get_named_type(field.type) if field else None
        inner = self._in(shown, selections)
        return (self._page(node, inner),) if shown and shown.name.endswith("Connection") else inner

    def _page(self, node: FieldNode, inner: tuple[Page, ...]) -> Page:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                variable = argument.value.name.value if isinstance(argument.value, VariableNode) else None
                size = self._defaults.get(variable) if variable else argument.value
                return Page(int(size.value) if isinstance(size, IntValueNode) else DEFAULT_PAGE, variable, inner)
        return Page(DEFAULT_PAGE, None, inner)
