"""Two answers to one question held against each other."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import DirectiveNode, DocumentNode, ExecutionResult, GraphQLSchema, NameNode, execute, get_operation_ast

from resolvers.compiled.answering import answer


@dataclass(frozen=True)
class Answered:
    """The data, and all that is told of each error."""

    data: Any
    errors: list[tuple[Any, ...]]

    @classmethod
    def of(cls, result: ExecutionResult) -> "Answered":
        """What was executed."""
        told = [(e.message, e.path, e.locations, e.extensions, type(e.original_error)) for e in result.errors or ()]
        return cls(result.data, told)

    @property
    def written(self) -> bytes:
        """The data with its keys in their order."""
        return orjson.dumps(self.data, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=repr)

    @property
    def nulls(self) -> set[tuple[Any, ...]]:
        """Where the errors have left nothing."""
        return {_null(self.data, error[1]) for error in self.errors}


async def by(kind: Any, schema: GraphQLSchema, document: DocumentNode, context: Any, variables: Any) -> Answered:
    """The answer by one kind of executor: graphql-core's way, or as the gateway has it answered."""
    if hasattr(kind, "kept"):
        operation = get_operation_ast(document)
        assert operation
        return Answered.of(await answer(kind, schema, document, operation, context, variables))
    result = execute(schema, document, context_value=context, variable_values=variables, executor_class=kind)
    return Answered.of(result if isinstance(result, ExecutionResult) else await result)


def same(one: Answered, other: Answered) -> bool:
    """The same data, and the same errors in the same order."""
    return one.written == other.written and one.errors == other.errors


def nearly_same(one: Answered, other: Answered, everything: Answered) -> bool:
    """The same data, nulled at the same places by errors that there are. Of errors that null the same object one is told, the
    first; which that is, of two that are waited for, is a matter of luck in graphql-core too."""
    told = all(error in everything.errors for error in other.errors)
    return one.written == other.written and one.nulls == other.nulls and told


def with_all_errors(document: DocumentNode) -> DocumentNode:
    """The same document where an error nulls only its own field, so that none hides another."""
    mark = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    operation, *fragments = document.definitions
    return replace(document, definitions=(replace(operation, directives=(mark,)), *fragments))  # type: ignore[call-arg]


def _null(data: Any, path: list[Any]) -> tuple[Any, ...]:
    depth = 0
    while data is not None and depth < len(path):
        data, depth = data[path[depth]], depth + 1
    return tuple(path[:depth])
