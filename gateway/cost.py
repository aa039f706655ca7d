"""What an operation costs, in points: about one for each object it may answer. It is counted before anything runs, and again
from the answer.

Scalars and enums are free, an object is one point and what is asked of it, of an interface's types the dearest counts, and a
connection is as many points as it may have rows, each with what is asked of it; so are objects asked for by their ids. A mutation
is MUTATION points. Where a field is worth something else, `@cost` in the contract says so. The shape of a document is found
once, each fragment being looked at once; at a request only the sizes of its pages are filled in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

from schema.directives import Cost
from tenants.pages import DEFAULT_PAGE, LARGEST_PAGE

LEAST = 1
MUTATION = 10
INTROSPECTION = 100
_FREE = ("edges", "nodes", "node", "pageInfo")  # of a connection: they are its rows, or say where they lie


@dataclass(frozen=True, slots=True)
class Shape:
    """The cost of a selection: the points that are certain, what repeats in it, and groups of which one member comes true. `once`
    are points of a connection that do not grow with its rows."""

    points: int = 0
    once: int = 0
    pages: tuple["Page", ...] = ()
    choices: tuple[tuple["Shape", ...], ...] = ()

    def under(self, key: str) -> "Shape":
        """The same, seen from one step further away."""
        return Shape(
            self.points,
            self.once,
            tuple(replace(page, path=(key, *page.path)) for page in self.pages),
            tuple(tuple(choice.under(key) for choice in group) for group in self.choices),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A connection: where it stands in the answer, its size unless a variable tells another, and what is asked of each row
    (the paths in there begin at the connection). Without `paged`, a list of objects by their ids."""

    path: tuple[str, ...]
    size: int
    variable: str | None
    row: Shape
    paged: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """What one operation costs. `defaults` are those of its variables."""

    shape: Shape
    defaults: Mapping[str, int]

    def before(self, variables: Mapping[str, Any] | None) -> int:
        """The points it may cost with these variables."""
        return max(LEAST, _foreseen(self.shape, {**self.defaults, **(variables or {})}))

    def after(self, answer: Mapping[str, Any] | None) -> int:
        """The points it has cost, by its answer."""
        return max(LEAST, _met(self.shape, 1, [answer]))


def _foreseen(shape: Shape, variables: Mapping[str, Any]) -> int:
    total = shape.points
    for page in shape.pages:
        size = variables.get(page.variable) if page.variable else page.size
        # A size that is none, or too large, is refused by the field itself.
        size = len(size) if isinstance(size, list) else size
        rows = min(max(size, 0), LARGEST_PAGE) if isinstance(size, int) else DEFAULT_PAGE
        total += page.row.once + rows * (1 + _foreseen(page.row, variables))
    return total + sum(max(_foreseen(choice, variables) for choice in group) for group in shape.choices)


def _met(shape: Shape, times: int, answers: Sequence[Any]) -> int:
    total = shape.points * times
    for page in shape.pages:
        found = list(_at(answers, page.path))
        rows = sum(max((len(part) for part in each.values() if isinstance(part, list)), default=0) for each in found)
        rows = rows if page.paged else len(found)
        total += page.row.once * len(found) + rows + _met(page.row, rows, found)
    return total + sum(max(_met(choice, times, answers) for choice in group) for group in shape.choices)


def _at(answers: Iterable[Any], path: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """The objects that a path leads to, through lists and past what is null."""
    for each in answers:
        if isinstance(each, list):
            yield from _at(each, path)
        elif isinstance(each, dict):
            if path:
                yield from _at((each.get(path[0]),), path[1:])
            else:
                yield each


class Prices:
    """Finds what the operations of a valid document cost that keeps to the limits; `steps` counts the selections looked at."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.steps = 0
        self._schema, self._fragments = schema, fragments
        self._known: dict[str, Shape] = {}

    def of(self, operation: OperationDefinitionNode) -> Price:
        """The price of an operation."""
        root = self._schema.get_root_type(operation.operation)
        stated = {d.variable.name.value: d.default_value for d in operation.variable_definitions or ()}
        defaults = {name: int(value.value) for name, value in stated.items() if isinstance(value, IntValueNode)}
        return Price(self._in(root, operation.selection_set), defaults)

    def _in(self, kind: Any, selections: SelectionSetNode) -> Shape:
        parts: list[Shape] = []
        of_types: dict[str, list[Shape]] = defaultdict(list)
        for node in selections.selections:
            self.steps += 1
            if isinstance(node, FieldNode):
                parts.append(self._field(kind, node))
                continue
            part: Any = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            on: Any = self._schema.get_type(part.type_condition.name.value) if part.type_condition else kind
            shape = self._fragment(on, part)
            if is_abstract_type(kind) and not is_abstract_type(on):
                of_types[on.name].append(shape)
            else:
                parts.append(shape)
        whole = _sum(parts)
        dearest = tuple(_sum(shapes) for shapes in of_types.values())
        return replace(whole, choices=(*whole.choices, dearest)) if dearest else whole

    def _fragment(self, on: Any, part: Any) -> Shape:
        if isinstance(part, InlineFragmentNode):
            return self._in(on, part.selection_set)
        name = part.name.value
        if name not in self._known:
            self._known[name] = self._in(on, part.selection_set)
        return self._known[name]

    def _field(self, kind: Any, node: FieldNode) -> Shape:
        name, key = node.name.value, (node.alias or node.name).value
        if name in ("__schema", "__type"):
            return Shape(INTROSPECTION)
        if name == "__typename":
            return Shape()
        field = kind.fields[name]
        shown, weight = get_named_type(field.type), _weight(field)
        if node.selection_set is None:
            return Shape(once=weight or 0) if kind.name.endswith("Connection") else Shape(weight or 0)
        inside = self._in(shown, node.selection_set)
        sizes = [a.value for a in node.arguments or () if a.name.value in ("first", "last", "ids")]
        paged = shown.name.endswith("Connection")
        if paged or "ids" in field.args:
            return Shape(weight or 0, pages=(Page((key,), *_size(sizes), inside, paged),))
        free = name in _FREE and kind.name.endswith(("Connection", "Edge"))
        own = MUTATION if kind is self._schema.mutation_type else 0 if free else 1
        return _sum([Shape(own if weight is None else weight), inside.under(key)])


def _size(given: list[Any]) -> tuple[int, str | None]:
    """What the arguments that bound a list say, and the variable that says it at the request."""
    for value in given:
        if isinstance(value, VariableNode):
            return DEFAULT_PAGE, value.name.value
        if isinstance(value, IntValueNode):
            return int(value.value), None
        if isinstance(value, ListValueNode):
            return len(value.values), None
    return DEFAULT_PAGE, None


def _weight(field: GraphQLField) -> int | None:
    """What `@cost` says of a field."""
    definition = field.extensions.get("strawberry-definition")
    return next((d.weight for d in definition.directives if isinstance(d, Cost)), None) if definition else None


def _sum(parts: list[Shape]) -> Shape:
    return Shape(
        sum(part.points for part in parts),
        sum(part.once for part in parts),
        tuple(page for part in parts for page in part.pages),
        tuple(group for part in parts for group in part.choices),
    )
