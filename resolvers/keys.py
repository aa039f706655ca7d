"""Giving keys out and ending them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import keys as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import keys
from tenants.permissions import KEY_SCOPES

KeyId = Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]


@strawberry.type
class KeyQueries:
    """The venue's keys."""

    @query("keys:write", description="The venue's keys, newest first, without their secrets.")
    async def keys(
        self,
        info: Info,
        include_revoked: Annotated[bool, strawberry.argument(description="Also those that were ended by hand.")] = False,
    ) -> list[nouns.Key] | None:
        """All of them: a venue has few."""
        return await keys.venue_keys(revoked=include_revoked)


@strawberry.type
class KeyMutations:
    """Create and revoke."""

    @mutation("keys:write", payload=nouns.KeyCreatePayload, description="Create a key. Its secret is shown once, in the answer.")
    async def key_create(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="What it is for, up to 100 characters.")],
        kind: Annotated[nouns.KeyKind, strawberry.argument(description="What it may be used for.")] = nouns.KeyKind.SECRET,
        scopes: Annotated[
            list[str], strawberry.argument(description=f"What a secret key may do: of {', '.join(f'`{s}`' for s in KEY_SCOPES)}.")
        ] = (),  # type: ignore[assignment]
        organisation_ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(
                description="Limit it to these organisations. Leave it out for the whole venue, if you are of it."
            ),
        ] = (),  # type: ignore[assignment]
        expires_at: Annotated[datetime | None, strawberry.argument(description="When it ends by itself.")] = strawberry.UNSET,
    ) -> nouns.KeyCreatePayload | None:
        """A key and its secret."""
        organisations = [local_id(each, "Organisation", field=("organisationIds",)) for each in organisation_ids]
        chosen: Any = kind
        key, secret = await keys.create_key(
            name, chosen.name, scopes, organisation_ids=organisations, expires_at=expires_at or None
        )
        return nouns.KeyCreatePayload(key=key, secret=secret)

    @mutation(
        "keys:write",
        payload=nouns.KeyRotatePayload,
        description="Make a new secret for a key, shown once, in the answer. The one so far stays good for a while, so that the "
        "partner can change over; one that was left from the rotation before ends at once.",
    )
    async def key_rotate(
        self,
        info: Info,
        id: KeyId,
        overlap_hours: Annotated[
            int,
            strawberry.argument(
                description=f"How many hours the secret so far stays good, 0 to {keys.LONGEST_OVERLAP_HOURS}; 0 if it has leaked."
            ),
        ] = keys.OVERLAP_HOURS,
    ) -> nouns.KeyRotatePayload | None:
        """The same key, another secret."""
        key, secret = await keys.rotate_key(local_id(id, "Key", field=("id",)), overlap_hours)
        return nouns.KeyRotatePayload(key=key, secret=secret)

    @mutation(
        "keys:write",
        payload=nouns.KeyPayload,
        description="End the older secret of a key that was rotated, at once. Ending it twice is ending it once.",
    )
    async def key_overlap_end(self, info: Info, id: KeyId) -> nouns.KeyPayload | None:
        """When the partner has changed over."""
        return nouns.KeyPayload(key=await keys.end_overlap(local_id(id, "Key", field=("id",))))

    @mutation(
        "keys:write",
        payload=nouns.KeyRevokePayload,
        description="End a key at once, with all its secrets. Ending it twice is ending it once.",
    )
    async def key_revoke(self, info: Info, id: KeyId) -> nouns.KeyRevokePayload | None:
        """Refused from the next request on."""
        return nouns.KeyRevokePayload(key=await keys.revoke_key(local_id(id, "Key", field=("id",))))
