"""How much the caller may still ask for."""

from typing import Any

import strawberry

from resolvers.fields import query
from schema import budgets as nouns
from schema.context import Info


@strawberry.type
class BudgetQueries:
    """In both contracts."""

    @query(None, scope="none", description="What this operation costs, and how many points you have left.")
    async def rate_limit(self, info: Info) -> nouns.RateLimit | None:
        """Null where nothing is counted."""
        told: Any = info.context.budget
        return told  # type: ignore[no-any-return]
