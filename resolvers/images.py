"""Pictures: add, change, take away."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from resolvers.listings import single
from schema import images as nouns
from schema.context import Info
from schema.nodes import local_id, parse_id
from tenants.errors import Refusal
from tenants.images import records
from tenants.images.records import Change

_ALT = "What it shows, for those who cannot see it, in the venue's main language; up to 500 characters."
_FOCAL = "The part of it that must be seen when it is cut to a frame."


@strawberry.type
class ImageQueries:
    """One of them; their productions and performances list them."""

    image = single(nouns.Image, description="A picture by its id.")


@strawberry.type
class ImageMutations:
    """Add, change, take away."""

    @mutation(
        "catalogue:write",
        payload=nouns.ImagePayload,
        description="Add a picture to a production or a performance. It is checked and resized in the background.",
    )
    async def image_add(
        self,
        info: Info,
        owner_id: Annotated[strawberry.ID, strawberry.argument(description="The production or performance.")],
        file_id: Annotated[
            strawberry.ID, strawberry.argument(description="The file, sent as `stagedUploadCreate` says, for IMAGE.")
        ],
        alt: Annotated[str, strawberry.argument(description=_ALT)] = "",
        focal_point: Annotated[nouns.FocalPointInput | None, strawberry.argument(description=_FOCAL)] = strawberry.UNSET,
        position: Annotated[
            int | None, strawberry.argument(description="Its place among the others, from 1 on; last when not given.")
        ] = strawberry.UNSET,
    ) -> nouns.ImagePayload | None:
        """A row and a job."""
        kind, owner = parse_id(owner_id) or ("", None)
        if owner is None or kind not in records.OWNERS:
            raise Refusal("BAD_USER_INPUT", "This is not the id of a Production or Performance.", field=["ownerId"])
        made: Any = await records.add(kind, owner, _change(file_id, alt, focal_point, position))
        return nouns.ImagePayload(image=made)

    @mutation("catalogue:write", payload=nouns.ImagePayload, description="Change a picture; what is left out stays.")
    async def image_update(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The picture's id.")],
        file_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Another file; the old one is shown until it is resized.")
        ] = strawberry.UNSET,
        alt: Annotated[str | None, strawberry.argument(description=_ALT)] = strawberry.UNSET,
        focal_point: Annotated[nouns.FocalPointInput | None, strawberry.argument(description=_FOCAL)] = strawberry.UNSET,
        position: Annotated[
            int | None, strawberry.argument(description="Its new place; the others make room.")
        ] = strawberry.UNSET,
    ) -> nouns.ImagePayload | None:
        """The row, and a job for a new file."""
        change = _change(file_id, alt, focal_point, position)
        made: Any = await records.update(local_id(id, "Image", field=("id",)), change)
        return nouns.ImagePayload(image=made)

    @mutation("catalogue:write", payload=nouns.ImagePayload, description="Take a picture away: its addresses are gone at once.")
    async def image_remove(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The picture's id.")],
    ) -> nouns.ImagePayload | None:
        """As it was."""
        gone: Any = await records.remove(local_id(id, "Image", field=("id",)))
        return nouns.ImagePayload(image=gone)


def _change(file_id: Any, alt: Any, focal: Any, position: Any) -> Change:
    return Change(
        file_id=local_id(file_id, "File", field=("fileId",)) if file_id else None,
        alt=alt if alt is not strawberry.UNSET else None,
        focal=(focal.x, focal.y) if focal else None,
        position=position if position is not strawberry.UNSET else None,
    )
