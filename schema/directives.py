"""What a document may say of a field beside its arguments."""

from typing import Any

import strawberry
from graphql import (
    DirectiveLocation,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ValidationRule,
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


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="How many points this field costs, where that is not the usual: nothing for a scalar or an enum, 1 for an object,"
    " 10 for a mutation.",
)
class Cost:
    """See the description."""

    weight: int


def with_directives(schema: GraphQLSchema) -> None:
    """Add ours to a contract. Not as strawberry's own kind, which makes every field of every request wait for them."""
    schema.directives = (*schema.directives, IDEMPOTENT)


class OnMutationsOnly(ValidationRule):
    """@idempotent anywhere else would promise what nobody keeps."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Refuse it on fields that are not a mutation's own."""
        named = [d for d in node.directives or () if d.name.value == IDEMPOTENT.name]
        if named and self.context.get_parent_type() is not self.context.schema.mutation_type:
            self.context.report_error(GraphQLError("@idempotent goes with the fields of a mutation itself and no others.", named))
