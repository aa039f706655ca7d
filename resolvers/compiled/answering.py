"""An operation is answered: as a whole where it was compiled so, else by the executor of its contract."""

from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, MiddlewareManager, OperationDefinitionNode, located_error

from resolvers.compiled.run import Run


async def answer(
    kind: Any,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    context: Any,
    given: dict[str, Any] | None,
    hide_suggestions: bool = False,
) -> ExecutionResult:
    """What an operation of a valid document answers to the variables `given`. `kind` is the executor class of the schema."""
    name = operation.name.value if operation.name else None
    built = partial(kind.build, schema, document, None, context, given, name, hide_suggestions=hide_suggestions)
    if known := kind.kept.whole(operation, given or {}):
        whole, values = known
    else:
        executor = built()
        if isinstance(executor, list):  # the variables do not fit
            return ExecutionResult(None, executor)
        if (whole := executor.whole()) is None:
            return await _executed(executor)
        values = executor.variable_values
    try:
        value = await whole.resolved(context, values, hide_suggestions)
    except Exception as error:
        return ExecutionResult({whole.key: None}, [located_error(error, whole.nodes, [whole.key])])
    run = Run(context)
    try:
        answered = await whole.completed(value, run, values, hide_suggestions)
    except Exception:
        kind.kept.counts["surprised"] += 1
        run.give_up()
        await run.settle()
        return await _executed(built(middleware=MiddlewareManager(_already(value))))
    kind.kept.counts["compiled"] += 1
    return ExecutionResult({whole.key: answered})


async def _executed(executor: Any) -> ExecutionResult:
    result = executor.execute_operation()
    answered = await result if isawaitable(result) else result
    assert isinstance(answered, ExecutionResult)
    return answered


def _already(value: Any) -> Callable[..., Any]:
    """What the root field's resolver has answered, in its place: it is not asked twice."""

    def resolved(next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return value if info.path.prev is None else next_(source, info, **arguments)

    return resolved
