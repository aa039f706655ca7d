"""Support access, as the API shows it."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of
from tenants import support

SupportAccessState: Any = enum_of(support.STATE)


@node(
    support.SupportAccess,
    needs="people:read",
    description="That a platform admin, who runs the installation, may enter this venue for a while, or has asked to.",
)
class SupportAccess(Node):
    """See the description."""

    name: str = text("The platform admin's name.")
    email: str = text("The address they sign in with.")
    reason: str = text("For what. What they do is told with it in the audit log.")
    state: SupportAccessState = text("Where it stands.")
    created_at: datetime = text("When it was asked for, or given unasked.")
    granted_at: datetime | None = text("When a venue admin said yes.")
    ends_at: datetime | None = text("When it ends, or has ended, by itself.")
    revoked_at: datetime | None = text("When it was ended by hand.")

    @strawberry.field(description="The platform admin's id.")
    def person_id(access: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Person_{access.person_id.hex}")


@strawberry.type(description="A platform admin's access to the venue.")
class SupportAccessPayload(Payload):
    """See the description."""

    support_access: SupportAccess | None = strawberry.field(default=None, description="The access as it is now.")
