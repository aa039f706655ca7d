"""What a resolver is given: arguments as graphql-core reads them and strawberry converts them, read once where they are plain."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField


class Arguments:
    """The arguments of one field of an operation. They are `plain` when all that are given or have a default are scalars or
    enums, written down or variables: then there is nothing to convert, and only the variables are looked for."""

    def __init__(self, schema: GraphQLSchema, field: GraphQLField, definition: StrawberryField, asked: FieldDetails) -> None:
        self._field, self._definition, self._asked = field, definition, asked
        converter = schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
        self._registry, self._config = converter.scalar_registry, converter.config
        self._written: dict[str, Any] | None = None
        given = {argument.name.value: argument.value for argument in asked.node.arguments or ()}
        used = {name: argument for name, argument in field.args.items() if name in given or _has_default(argument)}
        known = {self._config.name_converter.from_argument(each): each for each in definition.arguments}
        self.plain = all(
            is_leaf_type(get_nullable_type(argument.type))
            and not known[name].is_maybe
            and not isinstance(given.get(name), ListValueNode | ObjectValueNode)
            for name, argument in used.items()
        )
        self._variables = [
            (known[name].python_name, value.name.value, _may_be_left_out(field.args[name]))
            for name, value in given.items()
            if isinstance(value, VariableNode)
        ]

    def given(self, values: VariableValues, hide_suggestions: bool) -> dict[str, Any]:
        """By their names in Python. Raises what graphql-core and strawberry raise."""
        if self._written is None:
            return self._read(values, hide_suggestions)
        found, coerced = self._written.copy(), values.coerced
        for name, variable, may_be_left_out in self._variables:
            value = coerced.get(variable, Undefined)
            if value is Undefined and may_be_left_out:
                continue
            if value is Undefined or (value is None and not may_be_left_out):
                return self._read(values, hide_suggestions)
            found[name] = value
        return found

    def _read(self, values: VariableValues, hide_suggestions: bool) -> dict[str, Any]:
        read = get_argument_values(self._field, self._asked.node, values, None, hide_suggestions)
        found = convert_arguments(read, self._definition.arguments, scalar_registry=self._registry, config=self._config)
        if self.plain:
            variable = {name for name, *_ in self._variables}
            self._written = {name: value for name, value in found.items() if name not in variable}
        return found


def _has_default(argument: GraphQLArgument) -> bool:
    return argument.default is not None or argument.default_value is not Undefined


def _may_be_left_out(argument: GraphQLArgument) -> bool:
    return not (_has_default(argument) or is_non_null_type(argument.type))
