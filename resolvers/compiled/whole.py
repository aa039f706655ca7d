"""A query of one root field as a whole: its guard, its resolver and the function that completes what that answers."""

from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, is_non_null_type
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues

from resolvers.compiled.arguments import Arguments
from resolvers.compiled.run import LATER, Run
from resolvers.compiled.writer import LeftToCore, Writer, definition_of
from resolvers.fields import Guard


class Whole:
    """What there is to do for `key` in the answer, where the `nodes` stand in the document. `plain`: variables that are scalars
    are all it needs. Raises LeftToCore when something else stands between the field and its resolver, or is selected."""

    def __init__(
        self, schema: GraphQLSchema, root: GraphQLObjectType, key: str, details: FieldDetailsList, writer: Writer
    ) -> None:
        field, definition = definition_of(root, details[0])
        resolver: Any = definition.base_resolver
        if is_non_null_type(field.type) or resolver is None or any(type(each) is not Guard for each in definition.extensions):
            raise LeftToCore
        self.key, self.nodes = key, [each.node for each in details]
        self._guards: list[Any] = list(definition.extensions)
        self._resolve, self._itself = resolver.wrapped_func, resolver.self_parameter is not None
        self._sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
        self._info = resolver.info_parameter.name if resolver.info_parameter else None
        self._arguments = Arguments(schema, field, definition, details[0])
        self._complete, self._inner = writer.function(field.type, details), writer.arguments
        self.plain = all(each.plain for each in (self._arguments, *self._inner))

    async def resolved(self, run: Run, values: VariableValues, hide_suggestions: bool) -> Any:
        """What the resolver answers. Raises what it raises, or its guard, or the reading of its arguments."""
        given = self._arguments.given(values, hide_suggestions)
        for guard in self._guards:
            guard.admit(run.info.context)
        for name in self._sources:
            given[name] = None
        if self._info:
            given[self._info] = run.info
        value = self._resolve(None, **given) if self._itself else self._resolve(**given)
        return await value if type(value) in LATER else value

    async def completed(self, value: Any, run: Run, values: VariableValues, hide_suggestions: bool) -> Any:
        """What is told of it. Raises whatever graphql-core has to look at."""
        run.arguments = [each.given(values, hide_suggestions) for each in self._inner]
        answer = self._complete(value, run)
        if run.holes:
            await run.fill()
        return answer
