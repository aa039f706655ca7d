"""Pools: define them, put customers in, take them out."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.fields import mutation
from resolvers.flags import CustomerIds
from resolvers.listings import listing, single
from resolvers.writing import change, creation, ending
from schema import pools as nouns
from schema.assignments import AssignmentsPayload, changed
from schema.context import Info
from schema.nodes import local_id, local_ids
from tenants import pools
from tenants.pools import POOLS

PoolId = Annotated[strawberry.ID, strawberry.argument(description="The pool's id, or its number.")]


async def named(pool: str) -> UUID:
    """The row id of a pool that is named by its id or its number. Raises NOT_FOUND, BAD_USER_INPUT."""
    if pool.isascii() and pool.isdecimal() and len(pool) <= 18:
        return await pools.numbered(int(pool))
    return local_id(pool, "Pool", field=("poolId",))


@strawberry.type
class PoolQueries:
    """Lists and objects."""

    pools = listing(POOLS, nouns.Pool, description="The pools you see: those of your organisations and the whole venue's.")
    pool = single(nouns.Pool, description="A pool by its id.")


@strawberry.type
class PoolMutations:
    """Define, fill, empty."""

    pool_create = creation(
        nouns.Pool,
        pools.create,
        pools.PoolInput,
        nouns.PoolPayload,
        needs="flags:write",
        description="Make a pool, with the venue's next number. An EVENT pool has the customers of its performance at once.",
    )
    pool_update = change(
        nouns.Pool,
        pools.update,
        pools.PoolInput,
        nouns.PoolPayload,
        needs="flags:write",
        description="Change a pool; what is left out stays.",
    )
    pool_archive = ending(
        nouns.Pool,
        pools.archive,
        nouns.PoolPayload,
        needs="flags:write",
        description="Take a pool out of use: nobody is in it any more, and what it gave ends. An attribute that was kept alike "
        "with it stays as it is. Twice is once.",
    )

    @mutation(
        "flags:assign",
        payload=AssignmentsPayload,
        description="Put customers in a pool, and so on the other side of a synchronisation. An EVENT pool fills itself.",
    )
    async def pool_add(self, info: Info, pool_id: PoolId, customer_ids: CustomerIds) -> AssignmentsPayload | None:
        """By hand."""
        return changed(await pools.add(await named(pool_id), local_ids(customer_ids, "Customer", "customerIds")))

    @mutation(
        "flags:assign",
        payload=AssignmentsPayload,
        description="Take customers out of a pool, and so from the other side of a synchronisation, too. An EVENT pool empties "
        "itself.",
    )
    async def pool_remove(self, info: Info, pool_id: PoolId, customer_ids: CustomerIds) -> AssignmentsPayload | None:
        """By hand."""
        return changed(await pools.remove(await named(pool_id), local_ids(customer_ids, "Customer", "customerIds")))

    @mutation(
        "flags:assign",
        payload=nouns.PoolAddHoldersPayload,
        description="Put everybody in a pool who holds a ticket to a performance now. Who buys one later is not added: make an "
        "EVENT pool for that.",
    )
    async def pool_add_holders(
        self,
        info: Info,
        pool_id: PoolId,
        performance_id: Annotated[strawberry.ID, strawberry.argument(description="The performance's id.")],
    ) -> nouns.PoolAddHoldersPayload | None:
        """Whatever organisation sold the tickets."""
        performance = local_id(performance_id, "Performance", field=("performanceId",))
        pool, added = await pools.add_holders(await named(pool_id), performance)
        return nouns.PoolAddHoldersPayload(pool=pool, added=added)
