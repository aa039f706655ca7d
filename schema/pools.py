"""Pools of customers, as the API shows them."""

from typing import Annotated, Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.connections import connection
from schema.errors import Payload
from schema.groups import NEEDS, Group
from schema.nodes import linked, node, text
from schema.performances import Performance
from schema.shapes import enum_of
from tenants import performances, pools
from tenants.pool_terms import TERMS

PoolKind: Any = enum_of(pools.KIND)
Terms = Annotated["PoolTerms", strawberry.lazy("schema.pool_terms")]  # type: ignore[name-defined]  # noqa: F821


@node(
    pools.Pool,
    needs=NEEDS,
    description="Customers whom a house bundles to sell to them in another way: members, employees, a company, whoever has a "
    "ticket to an evening. Customers do not see it.",
)
class Pool(Group):
    """See the description."""

    number: int = text("Its short number in the venue, by which staff name it and which is taken wherever a pool is named.")
    kind: PoolKind = text("What it bundles.")
    performance = linked(
        performances.Performance,
        "performance_id",
        Performance,
        "Of an EVENT pool: the performance whose ticket holders are in it.",
        needs=CATALOGUE,
    )
    terms = connection(TERMS, "pool_id", Terms, "What it gives, and where.")


@strawberry.type(description="A pool that was written.")
class PoolPayload(Payload):
    """See the description."""

    pool: Pool | None = strawberry.field(default=None, description="The pool as it is now.")


@strawberry.type(description="A pool that was filled with a performance's customers.")
class PoolAddHoldersPayload(Payload):
    """See the description."""

    pool: Pool | None = strawberry.field(default=None, description="The pool.")
    added: int | None = strawberry.field(default=None, description="How many customers were not in it before.")
