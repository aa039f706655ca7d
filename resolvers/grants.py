"""Letting people in at a venue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from resolvers.fields import mutation, query
from schema import grants as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import grants

UNSET: Any = strawberry.UNSET
_AS_WHAT = strawberry.argument(description="As what.")
_WITHIN = strawberry.argument(description="Limit it to these organisations. None means the whole venue, if you are of it.")
PromoterArgument = Annotated[
    strawberry.ID | None, strawberry.argument(description="Whom a promoter works for: needed for that role, and for no other.")
]
End = Annotated[datetime | None, strawberry.argument(description="When it ends by itself; null for never.")]
GrantId = Annotated[strawberry.ID, strawberry.argument(description="The grant's id.")]


@strawberry.type
class GrantQueries:
    """Who may enter."""

    @query("people:read", description="Who may enter this venue now and as what, by name.")
    async def people(self, info: Info) -> list[nouns.Grant] | None:
        """All of them: a venue has few."""
        return await grants.here()


@strawberry.type
class GrantMutations:
    """Let in, change, end."""

    @mutation(
        "people:write",
        payload=nouns.GrantPayload,
        description="Let somebody in; a mail tells them. Who has no login gets one, with this venue as their home, and seven "
        "days to choose a password; who has one keeps it as it is.",
    )
    async def grant_create(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The address they sign in with.")],
        name: Annotated[
            str, strawberry.argument(description="What they are called, up to 200 characters; for a new login only.")
        ],
        role: Annotated[nouns.GrantRole, _AS_WHAT],
        organisation_ids: Annotated[list[strawberry.ID], _WITHIN] = (),  # type: ignore[assignment]
        promoter_id: PromoterArgument = UNSET,
        ends_at: End = UNSET,
    ) -> nouns.GrantPayload | None:
        """Good from their next request on."""
        terms = grants.Terms(role.name, _organisations(organisation_ids), _promoter(promoter_id or None), ends_at or None)
        return nouns.GrantPayload(grant=await grants.create(email, name, terms))

    @mutation(
        "people:write",
        payload=nouns.GrantPayload,
        description="Change as what somebody may enter; what is left out stays. It holds from their next request on.",
    )
    async def grant_update(
        self,
        info: Info,
        id: GrantId,
        role: Annotated[nouns.GrantRole | None, _AS_WHAT] = UNSET,
        organisation_ids: Annotated[list[strawberry.ID] | None, _WITHIN] = UNSET,
        promoter_id: PromoterArgument = UNSET,
        ends_at: End = UNSET,
    ) -> nouns.GrantPayload | None:
        """The last venue admin stays one."""
        changes: dict[str, Any] = {}
        if role:
            changes["role"] = role.name
        if organisation_ids is not UNSET:
            changes["organisation_ids"] = _organisations(organisation_ids or ())
        if promoter_id is not UNSET:
            changes["promoter_id"] = _promoter(promoter_id)
        if ends_at is not UNSET:
            changes["ends_at"] = ends_at
        return nouns.GrantPayload(grant=await grants.update(local_id(id, "Grant", field=("id",)), changes))

    @mutation("people:write", payload=nouns.GrantPayload, description="End somebody's access to this venue at once.")
    async def grant_end(self, info: Info, id: GrantId) -> nouns.GrantPayload | None:
        """Refused from the next request on."""
        return nouns.GrantPayload(grant=await grants.end(local_id(id, "Grant", field=("id",))))


def _organisations(ids: Sequence[str]) -> tuple[UUID, ...]:
    return tuple(local_id(each, "Organisation", field=("organisationIds",)) for each in ids)


def _promoter(id: str | None) -> UUID | None:
    return local_id(id, "Promoter", field=("promoterId",)) if id else None
