"""What pools give their customers, and where."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from resolvers.listings import single
from resolvers.pools import PoolId, named
from resolvers.writing import within_input
from schema import pool_terms as nouns
from schema.connections import argument
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of, input_of
from tenants import pool_terms

Input: Any = argument(input_of(pool_terms.PoolTermsInput), "What it gives, and for what.")


@strawberry.type
class PoolTermsQueries:
    """Objects; lists are those of a pool, a performance or a product."""

    pool_terms = single(nouns.PoolTerms, description="What a pool gives in one place, by its id.")


@strawberry.type
class PoolTermsMutations:
    """Set and delete."""

    @mutation(
        "flags:write",
        payload=nouns.PoolTermsPayload,
        description="Say what a pool gives for a performance, a production, a product or everything, in place of what it gave "
        "there.",
    )
    async def pool_terms_set(self, info: Info, pool_id: PoolId, input: Input) -> nouns.PoolTermsPayload | None:
        """Whole; twice is once."""
        pool = await named(pool_id)
        with within_input():
            return nouns.PoolTermsPayload(pool_terms=await pool_terms.put(pool, core_of(pool_terms.PoolTermsInput, input)))

    @mutation(
        "flags:write",
        payload=nouns.PoolTermsDeletePayload,
        description="Delete terms of a pool: its customers get there what everybody gets. What they bought by them stays theirs.",
    )
    async def pool_terms_delete(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The terms' id.")]
    ) -> nouns.PoolTermsDeletePayload | None:
        """One place."""
        await pool_terms.delete(local_id(id, "PoolTerms", field=("id",)))
        return nouns.PoolTermsDeletePayload(deleted_id=id)
