"""What flags, pools and attributes have in common, as the API shows them."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import Organisation
from schema.connections import connection
from schema.nodes import Node, listed, text
from tenants.assignments import ASSIGNMENTS, MEMBERS
from tenants.organisations import Organisation as OrganisationRecord

NEEDS = "flags:read"
Assignments = Annotated["Assignment", strawberry.lazy("schema.assignments")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.type
class Group(Node):
    """A name, whose it is, and who is in it."""

    external_id: str | None = text("The id another system knows it by; unique in the venue.")
    name: str = text("Its name, as staff see it.")
    organisations = listed(
        OrganisationRecord,
        "organisation_ids",
        Organisation,
        "The organisations whose staff see and give it; none: it belongs to the whole venue.",
        needs=CATALOGUE,
    )
    archived_at: datetime | None = text("Since when it is out of use; null while it is in use.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")
    assignments = connection(
        ASSIGNMENTS, MEMBERS, Assignments, "Which customers it holds today, as their assignments, in the order they were given."
    )
