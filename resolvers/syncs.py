"""Keeping an attribute and a pool alike: what it would do, on, off, and how it stands."""

from typing import Annotated, Any

import strawberry

from resolvers.attributes import AttributeId
from resolvers.fields import mutation, query
from resolvers.listings import listing, single
from resolvers.pools import PoolId, named
from resolvers.writing import ending
from schema import syncs as nouns
from schema.context import Info
from schema.groups import NEEDS
from schema.nodes import local_id
from tenants import reconciling
from tenants.syncs import SYNCS

Reconcile: Any = Annotated[
    nouns.SyncReconcile, strawberry.argument(description="What becomes of customers who are on one side only.")
]


@strawberry.type
class SyncQueries:
    """How they stand, and what one would do."""

    syncs = listing(SYNCS, nouns.Sync, description="Which attributes and pools are kept alike, of those that you see.")
    sync = single(nouns.Sync, description="One of them by its id.")

    @query(NEEDS, description="What switching a synchronisation on would do now: who would come and go on each side.")
    async def sync_preview(
        self, info: Info, attribute_id: AttributeId, pool_id: PoolId, reconcile: Reconcile
    ) -> nouns.SyncPreview | None:
        """A dry run."""
        attribute = local_id(attribute_id, "Attribute", field=("attributeId",))
        planned: Any = await reconciling.preview(attribute, await named(pool_id), reconcile.name)
        return nouns.SyncPreview(**planned)


@strawberry.type
class SyncMutations:
    """On and off."""

    @mutation(
        "flags:write",
        payload=nouns.SyncPayload,
        description="Keep an attribute and a pool alike from now on. Both have to be yours alone to change. The attribute "
        "follows an EVENT pool, which follows nothing.",
    )
    async def sync_start(
        self, info: Info, attribute_id: AttributeId, pool_id: PoolId, reconcile: Reconcile
    ) -> nouns.SyncPayload | None:
        """Everybody else waits meanwhile."""
        attribute = local_id(attribute_id, "Attribute", field=("attributeId",))
        return nouns.SyncPayload(sync=await reconciling.start(attribute, await named(pool_id), reconcile.name))

    sync_stop = ending(
        nouns.Sync,
        reconciling.stop,
        nouns.SyncPayload,
        needs="flags:write",
        description="Keep them alike no longer; both stay as they are. Twice is once.",
    )
