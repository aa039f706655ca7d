"""The audit log, as the API shows it."""

import json
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from schema.errors import ErrorCode
from schema.nodes import Node, node, text
from schema.people import Role
from schema.shapes import camel, enum_of
from tenants import audit_entries as audit

AuditActorKind: Any = enum_of(audit.ACTOR_KIND)
AuditOutcome: Any = enum_of(audit.OUTCOME)


@strawberry.type(description="A value that was changed.")
class AuditChange:
    """See the description."""

    object: strawberry.ID = text("The id of the object it belongs to.")
    field: str = text("The field.")
    before: JSON | None = text("What it held before; null when the object is new.")
    after: JSON | None = text("What it holds since.")


@strawberry.type(description="Rows of a bulk call that ended alike.")
class AuditCount:
    """See the description."""

    outcome: str = text("How they ended: `created`, `updated`, `unchanged` or `rejected`.")
    rows: int = text("How many.")


@node(
    audit.AuditEntry,
    needs="audit:read",
    description="Something that was tried at the venue: a mutation or a sign-in. Entries never change. Whoever works for "
    "organisations sees those of actors who reach no further than they do.",
)
class AuditEntry(Node):
    """See the description."""

    created_at: datetime = text("When.")
    actor_kind: AuditActorKind = text("What kind of actor.")
    actor: strawberry.ID | None = text("The id of the person, the key or the customer.")
    actor_name: str = text("Its name at that time; of a customer none.")
    actor_role: Role | None = text("As what it acted at this venue; null for whoever has no role here.")
    support_reason: str | None = text("For what the venue had let the actor in; null unless it was under support access.")
    action: str = text("What was tried: the name of the mutation, such as `keyCreate` or `signIn`.")
    objects: list[strawberry.ID] = text("The ids of what it was about, where that is known.")
    outcome: AuditOutcome = text("What became of it.")
    trace_id: str = text("The trace id of the request, as in its `X-Trace-Id`.")
    network: str = text("Where it came from: the client's address without its last part (IPv4 /24, IPv6 /48).")

    @strawberry.field(description="Why it was refused; null when it was not.")
    def code(row: strawberry.Parent[Any]) -> ErrorCode | None:  # noqa: N805
        """The enum's member."""
        return ErrorCode[row.code] if row.code else None

    @strawberry.field(description="Which values were changed; secrets are never told.")
    def changes(row: strawberry.Parent[Any]) -> list[AuditChange]:  # noqa: N805
        """Field by field."""
        return [AuditChange(**{**change, "field": camel(change["field"])}) for change in _stored(row.changes)]

    @strawberry.field(description="How many rows a bulk call wrote.")
    def counts(row: strawberry.Parent[Any]) -> list[AuditCount]:  # noqa: N805
        """By outcome."""
        return [AuditCount(outcome=outcome, rows=rows) for outcome, rows in _stored(row.counts).items()]


def _stored(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
