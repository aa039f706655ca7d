"""Scalars and enums in compiled selections: what is written down as it is, and what is asked of graphql-core once more."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)

# What is certainly neither awaitable nor an error, the two things that graphql-core looks for before it asks a scalar.
VALUES = frozenset({str, int, float, bool, Decimal, datetime, date, time, UUID, dict, list})
# The built-in scalars answer such a value as it is.
_AS_IT_IS = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "type({v}) is bool",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "type({v}) is float and {v} - {v} == 0.0",
}


class Surprise(Exception):
    """A value that compiled code does not know what to do with: graphql-core does."""


def surprise(value: Any) -> Any:
    """Raise Surprise, where an expression is wanted."""
    raise Surprise


def as_it_is(leaf: GraphQLLeafType) -> str | None:
    """The condition on `{v}` under which a value is its own answer; None where it has to be written."""
    return _AS_IT_IS.get(leaf)  # type: ignore[arg-type]


def writing(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """How values of a leaf type are written. Raises Surprise, or what the type raises."""
    return _of_enum(leaf) if isinstance(leaf, GraphQLEnumType) else _of_scalar(leaf)


def _of_scalar(leaf: GraphQLScalarType) -> Callable[[Any], Any]:
    write = leaf.coerce_output_value

    def written(value: Any) -> Any:
        if type(value) not in VALUES:
            raise Surprise
        answer = write(value)
        if answer is None or answer is Undefined:
            raise Surprise
        return answer

    return written


def _of_enum(leaf: GraphQLEnumType) -> Callable[[Any], Any]:
    """Each value is looked for once: the members are few, the rows many."""
    write = leaf.coerce_output_value
    known: dict[type, dict[Any, str]] = {str: {}}
    if members := getattr(leaf, "wrapped_cls", None):
        known[members] = {}

    def written(value: Any) -> Any:
        names = known.get(type(value))
        if names is None:
            raise Surprise
        if value not in names:
            names[value] = write(value)
        return names[value]

    return written
