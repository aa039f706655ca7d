"""Who may enter a venue, as the API shows it."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of
from tenants.people import Grant as Record
from tenants.permissions import GIVEN_ROLES, ROLE_DESCRIPTIONS
from tenants.shape import Choice

GrantRole: Any = enum_of(
    Choice("GrantRole", {role: ROLE_DESCRIPTIONS[role] for role in GIVEN_ROLES}, "As what a person may be let in at a venue.")
)


@node(Record, needs="people:read", description="That a person may enter this venue, and as what.")
class Grant(Node):
    """See the description."""

    name: str = text("The person's name.")
    email: str = text("The address they sign in with.")
    role: GrantRole = text("As what.")
    ends_at: datetime | None = text("When it ends by itself.")
    created_at: datetime = text("Since when.")
    at_home: bool = text("Whether this is the person's home venue, which alone changes their name and address.")

    @strawberry.field(description="The person's id.")
    def person_id(grant: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Person_{grant.person_id.hex}")

    @strawberry.field(description="The organisations it is limited to; empty for the whole venue.")
    def organisation_ids(grant: strawberry.Parent[Any]) -> list[strawberry.ID]:  # noqa: N805
        """As global ids."""
        return [strawberry.ID(f"Organisation_{each.hex}") for each in grant.organisation_ids]

    @strawberry.field(description="The promoter they work for; null unless they are a promoter.")
    def promoter_id(grant: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        """The global id."""
        return strawberry.ID(f"Promoter_{grant.promoter_id.hex}") if grant.promoter_id else None


@strawberry.type(description="Access to the venue.")
class GrantPayload(Payload):
    """See the description."""

    grant: Grant | None = strawberry.field(default=None, description="The grant; one that was ended as it was before.")
