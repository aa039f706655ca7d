"""`node` and `nodes`: anything again, by its id alone."""

import re
from typing import Annotated, Any
from uuid import UUID

import strawberry

from resolvers.fields import query
from resolvers.listings import find
from schema.context import Info
from schema.nodes import KINDS, Node
from tenants.errors import Refusal

MOST_NODES = 100


@strawberry.type
class NodeQueries:
    """The Relay fields."""

    @query(None, description="Any object by its id; null when there is none that the caller may see.")
    async def node(self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Node | None:
        """One of them."""
        return await _find(info, id)

    @query(None, description=f"Objects by their ids, in the same order, null where there is none; at most {MOST_NODES}.")
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]
    ) -> list[Node | None]:
        """Several of them."""
        if len(ids) > MOST_NODES:
            raise Refusal("BAD_USER_INPUT", f"Ask for at most {MOST_NODES} objects at once.", field=["ids"])
        return [await _find(info, i) for i in ids]


async def _find(info: Info, global_id: str) -> Any:
    """None for what is not there, not ours and not allowed alike: an id tells nothing."""
    match = re.fullmatch(r"([A-Za-z]+)_([0-9a-f]{32})", global_id)
    record, needs = KINDS.get(match[1], (None, "")) if match else (None, "")
    if match is None or record is None or needs not in info.context.caller.may:
        return None
    return await find(record, UUID(match[2]))
