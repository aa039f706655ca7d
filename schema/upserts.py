"""What a bulk upsert answers; its rows are derived from the core's shapes."""

import enum

import strawberry

from schema.context import Info
from schema.errors import Payload, UserError
from schema.nodes import Node, global_id
from tenants.upserts.calls import Result


@strawberry.enum(description="What to do when some rows of a call are wrong.")
class ErrorPolicy(enum.Enum):
    """See the description."""

    REJECT_FAILED_ROWS = strawberry.enum_value(
        "REJECT_FAILED_ROWS", description="Write the good rows, answer why the others were not."
    )
    REJECT_EVERYTHING = strawberry.enum_value("REJECT_EVERYTHING", description="Write nothing unless every row is good.")


@strawberry.enum(description="What became of a row.")
class UpsertStatus(enum.Enum):
    """See the description."""

    CREATED = strawberry.enum_value("CREATED", description="A new object was made.")
    UPDATED = strawberry.enum_value("UPDATED", description="A known object was changed.")
    UNCHANGED = strawberry.enum_value(
        "UNCHANGED", description="The object was like this already, or an earlier row said the same."
    )
    REJECTED = strawberry.enum_value("REJECTED", description="Nothing was done; the errors say why.")


@strawberry.type(description="What became of one row of a bulk upsert.")
class UpsertResult:
    """See the description."""

    row: int = strawberry.field(description="The row's place in the call, from 0.")
    status: UpsertStatus = strawberry.field(description="What became of it.")
    errors: list[UserError] = strawberry.field(description="Why it was rejected; empty when other rows were the cause.")
    warnings: list[UserError] = strawberry.field(
        description="What is to be said of a row that was written, such as that it sells more than there is."
    )
    result: strawberry.Private[Result]

    @strawberry.field(description="The object's id; null when the row was rejected.")
    def id(self) -> strawberry.ID | None:
        """The global id."""
        return global_id(self.result) if self.result.id else None

    @strawberry.field(description="The object as it is now; null when the row was rejected.")
    async def object(self, info: Info) -> Node | None:
        """Read again."""
        return await info.context.load.one(self.result.record, self.result.id)


@strawberry.type(description="What a bulk upsert answers: a result per row, in the order given.")
class UpsertPayload(Payload):
    """See the description."""

    results: list[UpsertResult] | None = strawberry.field(default=None, description="One result per row.")
    created: int = strawberry.field(default=0, description="How many objects were made.")
    updated: int = strawberry.field(default=0, description="How many objects were changed.")
    unchanged: int = strawberry.field(default=0, description="How many were like this already.")
    rejected: int = strawberry.field(default=0, description="How many rows were rejected.")
