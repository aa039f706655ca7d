"""Reading what has changed in a contract."""

from datetime import date
from typing import Annotated, Any

import strawberry

from resolvers.fields import query
from schema import changes as nouns
from schema.context import Info


def _changes(contract: str, needs: str) -> Any:
    async def schema_changes(
        self: Any,
        info: Info,
        since: Annotated[date | None, strawberry.argument(description="Only those of this day or later.")] = strawberry.UNSET,
    ) -> list[nouns.SchemaChange] | None:
        return [change for change in nouns.changes(contract) if not since or change.on >= since]

    about = "What has changed in this contract, newest first; ask for it now and then, and before you rely on something new."
    return query(needs, scope="none", description=about)(schema_changes)


@strawberry.type
class ChangeQueries:
    """Of /graphql."""

    schema_changes = _changes("graphql", "self:read")


@strawberry.type
class StorefrontChangeQueries:
    """Of /storefront/graphql."""

    schema_changes = _changes("storefront", "storefront:read")
