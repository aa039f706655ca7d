"""Attributes and pools that are kept alike, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.attributes import Attribute
from schema.context import Info
from schema.customers import Customer
from schema.errors import Payload
from schema.groups import NEEDS
from schema.nodes import Node, linked, node, summed, text
from schema.pools import Pool
from schema.shapes import enum_of
from tenants import attributes, pools, reconciling, syncs
from tenants.permissions import require

SyncReconcile: Any = enum_of(syncs.RECONCILE)


@strawberry.type(description="Both sides of a synchronisation as they are now.")
class SyncComparison:
    """See the description."""

    pool_count: int = text("How many customers are in the pool.")
    attribute_count: int = text("How many customers have the attribute.")
    pool_changed_at: datetime | None = text("When a customer last came into the pool or left it.")
    attribute_changed_at: datetime | None = text("When a customer last got the attribute or lost it.")
    only_in_pool: int = text("How many are in the pool and have not the attribute.")
    only_in_attribute: int = text("How many have the attribute and are not in the pool.")
    astray: int = text(
        "How many of these ought to be on both sides. This is 0 at any time; the others are those that a start with NONE left as "
        "they were, and those who have an attribute beside the EVENT pool it follows."
    )


@node(
    syncs.Sync,
    needs=NEEDS,
    description="That an attribute and a pool are kept alike: whoever comes to one side, or leaves it, does so on the other in "
    "the same moment. Each is kept alike with one other at most.",
)
class Sync(Node):
    """See the description."""

    attribute = linked(attributes.Attribute, "attribute_id", Attribute, "The attribute.", required=True)
    pool = linked(pools.Pool, "pool_id", Pool, "The pool.", required=True)
    two_way: bool = text(
        "Whether changes of the attribute go to the pool as well. False for an EVENT pool: its attribute follows it."
    )
    reconcile: SyncReconcile = text("What became of those on one side only when it was switched on.")
    started_at: datetime = text("When it was switched on.")
    started_by: strawberry.ID | None = text("The id of the person or key that switched it on.")
    ended_at: datetime | None = text("When it was switched off; null while it is on.")
    ended_by: strawberry.ID | None = text("The id of the person or key that switched it off, or archived one side.")
    comparison = summed(syncs.compared, SyncComparison | None, "Both sides as they are now; null once it was switched off.")


@strawberry.type(description="Customers who would come to a side or go from it.")
class SyncPreviewChange:
    """See the description."""

    count: int = text("How many.")

    @strawberry.field(
        description=f"Some of them, at most {reconciling.SAMPLE}. Needs `customers:read`.", metadata={"needs": "customers:read"}
    )
    def sample(row: strawberry.Parent[Any], info: Info) -> list[Customer] | None:  # noqa: N805
        """Their rows."""
        require(info.context.caller, "customers:read")
        return row.sample  # type: ignore[no-any-return]


@strawberry.type(description="What switching a synchronisation on would do now. Nothing is written.")
class SyncPreview:
    """See the description."""

    added_to_attribute: SyncPreviewChange = text("Customers who would get the attribute.")
    removed_from_attribute: SyncPreviewChange = text("Customers who would lose the attribute.")
    added_to_pool: SyncPreviewChange = text("Customers who would come into the pool.")
    removed_from_pool: SyncPreviewChange = text("Customers who would leave the pool.")


@strawberry.type(description="A synchronisation that was switched on or off.")
class SyncPayload(Payload):
    """See the description."""

    sync: Sync | None = strawberry.field(default=None, description="The synchronisation as it is now.")
