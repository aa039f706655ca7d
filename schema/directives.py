"""What a document may say of a field beside its arguments."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import strawberry
from graphql import (
    DirectiveLocation,
    DirectiveNode,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ValidationRule,
    VariableNode,
)
from strawberry.schema_directive import Location

IDEMPOTENT = GraphQLDirective(
    "idempotent",
    [DirectiveLocation.FIELD],
    {
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description="A key of your own, new for each deed: 1 to 255 printable ASCII characters.",
        )
    },
    description="Do this mutation once, however often it is sent: the same key with the same arguments and selection is answered"
    " as the first time, for at least 24 hours. The header `Idempotency-Key` says the same of a whole operation.",
)
IN_CONTEXT = GraphQLDirective(
    "inContext",
    [DirectiveLocation.QUERY],
    {
        "language": GraphQLArgument(
            GraphQLNonNull(GraphQLString), description="The language of the page that the answer is for, BCP 47, such as `en`."
        )
    },
    description="Whom the answer is for. Texts come in this language; what there is not in it comes in the venue's languages in"
    " their order. A language that the venue does not speak is answered in its main one; `venue { language }` says which it was.",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="How many points this field costs, where that is not the usual: nothing for a scalar or an enum, 1 for an object,"
    " 10 for a mutation.",
)
class Cost:
    """See the description."""

    weight: int


def with_directives(schema: GraphQLSchema, *directives: GraphQLDirective) -> None:
    """Add ours to a contract. Not as strawberry's own kind, which makes every field of every request wait for them. A place that
    graphql-core allows, and clients that ask for the schema do not know yet, is left out of it."""
    schema.directives = (*map(_as_clients_know_it, schema.directives), *directives)


def _as_clients_know_it(given: GraphQLDirective) -> GraphQLDirective:
    known = copy(given)
    known.locations = tuple(place for place in given.locations if place.name != "DIRECTIVE_DEFINITION")
    return known


def language_of(directives: Sequence[DirectiveNode], variables: Mapping[str, Any], defaults: Mapping[str, Any]) -> str | None:
    """The language that an operation asks for with @inContext, in its text or in a variable."""
    for directive in directives:
        if directive.name.value == IN_CONTEXT.name:
            for argument in directive.arguments or ():
                given: Any = argument.value
                if isinstance(given, VariableNode):
                    if given.name.value in variables:
                        return _text(variables[given.name.value])
                    given = defaults.get(given.name.value)
                return _text(getattr(given, "value", None))
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None  # anything else is refused where the variables are read


class OnMutationsOnly(ValidationRule):
    """@idempotent anywhere else would promise what nobody keeps."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Refuse it on fields that are not a mutation's own."""
        named = [d for d in node.directives or () if d.name.value == IDEMPOTENT.name]
        if named and self.context.get_parent_type() is not self.context.schema.mutation_type:
            self.context.report_error(GraphQLError("@idempotent goes with the fields of a mutation itself and no others.", named))
