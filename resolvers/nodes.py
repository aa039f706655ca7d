"""`node` and `nodes`: anything again, by its id alone."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any

import strawberry

from resolvers.fields import query
from schema.context import Info
from schema.nodes import Node, parse_id
from tenants.errors import Refusal

MOST_NODES = 100


@strawberry.type
class NodeQueries:
    """The Relay fields."""

    @query(None, description="Any object by its id; null when there is none that you may see.")
    async def node(self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Node | None:
        """One of them."""
        return await _find(info, id)

    @query(None, description=f"Objects by their ids, in the same order, null where there is none; at most {MOST_NODES}.")
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]
    ) -> list[Node | None]:
        """Several of them: one statement for each kind."""
        if len(ids) > MOST_NODES:
            raise Refusal("BAD_USER_INPUT", f"Ask for at most {MOST_NODES} objects at once.", field=["ids"])
        return list(await asyncio.gather(*(_find(info, i) for i in ids)))


async def _find(info: Info, global_id: str) -> Any:
    """None for what is not there, not ours, not allowed and not in this contract alike: an id tells nothing."""
    kind, row_id = parse_id(global_id) or ("", None)
    noun = _noun(info, kind)
    if noun is None or noun.needs not in info.context.caller.may:
        return None
    found: Awaitable[Any] = info.context.load.one(noun.record, row_id)
    return await found


def _noun(info: Info, kind: str) -> Any:
    """The node type of this name in the contract that is asked."""
    definition = info.schema.get_type_by_name(kind)
    noun = getattr(definition, "origin", None)
    return noun if hasattr(noun, "record") else None
