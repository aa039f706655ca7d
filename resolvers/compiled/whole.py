"""An operation of one root field as a whole: what guards it, its resolver, and the function that completes what that answers."""

from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLObjectType, is_non_null_type
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from resolvers.compiled.arguments import Arguments
from resolvers.compiled.run import LATER, Run
from resolvers.compiled.writer import LeftToCore, Writer, definition_of
from resolvers.fields import AllOrNothing, Guard


class Whole:
    """What there is to do for `key` in the answer, where the `nodes` stand in the document. `plain`: variables that are texts,
    ids or yes and no are all it needs. Raises LeftToCore when anything else stands around the resolver, or is selected."""

    def __init__(
        self, executor: Executor[Any], root: GraphQLObjectType, key: str, details: FieldDetailsList, writer: Writer
    ) -> None:
        field, self._definition = definition_of(root, details[0])
        resolver: Any = self._definition.base_resolver
        around = self._definition.extensions
        if resolver is None or is_non_null_type(field.type) or any(type(each) not in (Guard, AllOrNothing) for each in around):
            raise LeftToCore
        self.key, self.nodes = key, [each.node for each in details]
        path = Path(None, key, root.name)
        about: Any = executor.build_resolve_info(field, self.nodes, root, path)
        self._about = about._replace(context=None, async_helpers=None)  # what is of one request is not kept
        self._itself = resolver.self_parameter is not None
        self._sources = dict.fromkeys(each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each)
        self._info = resolver.info_parameter.name if resolver.info_parameter else None
        self._arguments = Arguments(executor.schema, field, self._definition, details[0])
        self._resolve = partial(self._resolved, resolver.wrapped_func)
        for extension in around:
            self._resolve = partial(extension.resolve_async, self._resolve)
        self._complete, self._inner = writer.function(field.type, details), writer.arguments
        self.plain = all(each.plain for each in (self._arguments, *self._inner))

    async def resolved(self, context: Any, values: VariableValues, hide_suggestions: bool) -> Any:
        """What the resolver answers. Raises what it raises, or what guards it, or the reading of its arguments."""
        given = self._arguments.given(values, hide_suggestions)
        about = self._about._replace(context=context, variable_values=values.coerced)
        return await self._resolve(None, strawberry.Info(about, self._definition), **given)

    async def _resolved(self, function: Any, source: Any, info: Any, **given: Any) -> Any:
        given |= self._sources
        if self._info:
            given[self._info] = info
        value = function(source, **given) if self._itself else function(**given)
        return await value if type(value) in LATER else value

    async def completed(self, value: Any, run: Run, values: VariableValues, hide_suggestions: bool) -> Any:
        """What is told of it. Raises whatever graphql-core has to look at."""
        run.arguments = [each.given(values, hide_suggestions) for each in self._inner]
        answer = self._complete(value, run)
        if run.holes:
            await run.fill()
        return answer
