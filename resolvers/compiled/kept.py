"""What was compiled for the operations of one schema, kept as long as they are asked again."""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from graphql.language.ast import Node

from resolvers.compiled.arguments import Arguments
from resolvers.compiled.run import Complete
from resolvers.compiled.whole import Whole

MOST_OPERATIONS = 500
MOST_PLANS = 8  # of one operation: one for each way its @skip and @include may fall out
LONGEST = 20_000  # characters; longer documents are not asked again as the same
_PLAIN = {"ID": str, "String": str, "Boolean": bool}  # what these scalars take as it is; an Int is bounded, so it is left out


class Compiled(NamedTuple):
    """The function that completes a selection, and the fields in it that take arguments."""

    complete: Complete
    arguments: list[Arguments]


@dataclass(eq=False)
class Plan:
    """What an operation asks, as long as its @skip and @include fall out the same: graphql-core's lists of fields, which stay the
    same objects, and by them what was compiled; None is what is left to graphql-core. `whole` is the operation itself, once it
    was `tried`."""

    root: GroupedFieldSet | None = None
    sub_fields: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = field(default_factory=dict)
    compiled: dict[tuple[int, int, bool], Compiled | None] = field(default_factory=dict)
    whole: Whole | None = None
    tried: bool = False


@dataclass(eq=False)
class _Known:
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict)

    @cached_property
    def switches(self) -> tuple[str, ...]:
        """The variables that decide what is selected."""
        nodes = (self.operation, *self.fragments.values())
        return tuple(dict.fromkeys(name for node in nodes for name in _switches(node.selection_set)))

    @cached_property
    def variables(self) -> list[tuple[str, type, bool]] | None:
        """The variables with the type of their values, and whether they may be left out; None when not all are plain."""
        found = []
        for each in self.operation.variable_definitions or ():
            named = each.type.type if (needed := isinstance(each.type, NonNullTypeNode)) else each.type
            if each.default_value or (kind := _PLAIN.get(getattr(getattr(named, "name", None), "value", ""))) is None:
                return None
            found.append((each.variable.name.value, kind, not needed))
        return found

    def coerced(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The values of plain variables as graphql-core coerces them; None where it has to."""
        if self.variables is None:
            return None
        found: dict[str, Any] = {}
        for name, kind, may_be_left_out in self.variables:
            value = given.get(name, Undefined)
            if type(value) is kind or (value is None and may_be_left_out):
                found[name] = value
            elif not (value is Undefined and may_be_left_out):
                return None
        return found


class Kept:
    """The plans of one schema. `counts` says what became of selections: `compiled`, `surprised` where graphql-core had to do one
    again, `core` where it does it anyway; `new` counts operations that were asked for the first time."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self._at_once = at_once
        self._schema: GraphQLSchema | None = None
        self._known: OrderedDict[int, _Known] = OrderedDict()

    def plan(self, executor: Executor[Any]) -> Plan | None:
        """The plan of an operation that was asked before; most documents that are not will never be again."""
        self._schema = self._schema or executor.schema
        if executor.schema is not self._schema:
            return None  # its functions would show another schema's fields
        operation = executor.operation
        known = self._known.get(id(operation))
        if known is None or known.operation is not operation or known.fragments != executor.fragment_definitions:
            if operation.loc is None or len(operation.loc.source.body) > LONGEST:
                return None
            self.counts["new"] += 1
            known = self._known[id(operation)] = _Known(operation, executor.fragment_definitions)
            if len(self._known) > MOST_OPERATIONS:
                self._known.popitem(last=False)
            if not self._at_once:
                return None
        self._known.move_to_end(id(operation))
        fallen = tuple(executor.variable_values.coerced.get(name) for name in known.switches)
        if fallen not in known.plans and len(known.plans) < MOST_PLANS and all(type(value) is bool for value in fallen):
            known.plans[fallen] = Plan()
        return known.plans.get(fallen)

    def whole(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> tuple[Whole, VariableValues] | None:
        """The operation and its variables, when it was compiled as a whole and these are all it needs."""
        known = self._known.get(id(operation))
        if known is None or known.operation is not operation or (coerced := known.coerced(given)) is None:
            return None
        plan = known.plans.get(tuple([coerced.get(name) for name in known.switches]))
        if plan is None or plan.whole is None or not plan.whole.plain:
            return None
        self._known.move_to_end(id(operation))
        return plan.whole, VariableValues({}, coerced)


def _switches(node: Node) -> Iterator[str]:
    """The variables that decide what is selected."""
    for selection in getattr(node, "selections", ()):
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                yield from (a.value.name.value for a in directive.arguments or () if isinstance(a.value, VariableNode))
        if inner := getattr(selection, "selection_set", None):
            yield from _switches(inner)
