"""Letting platform admins in for a while."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import support as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import support

AccessId = Annotated[strawberry.ID, strawberry.argument(description="The support access's id.")]
End = Annotated[datetime, strawberry.argument(description=f"When it ends by itself: within {support.LONGEST.days} days.")]
Reason = Annotated[str, strawberry.argument(description=f"For what, up to {support.LONGEST_REASON} characters.")]


@strawberry.type
class SupportQueries:
    """Who of the platform may enter."""

    @query("people:read", description="The platform admins who may enter this venue now or ask to, newest first.")
    async def support_accesses(
        self,
        info: Info,
        include_past: Annotated[bool, strawberry.argument(description="Also those that are over or were declined.")] = False,
    ) -> list[nouns.SupportAccess] | None:
        """All of them: there are few."""
        return await support.here(past=include_past)


@strawberry.type
class SupportMutations:
    """Ask, say yes, end."""

    @mutation(
        "support:write",
        payload=nouns.SupportAccessPayload,
        description="Let a platform admin in, with the rights of a venue admin but for letting others in.",
    )
    async def support_access_grant(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The address they sign in with.")],
        reason: Reason,
        ends_at: End,
    ) -> nouns.SupportAccessPayload | None:
        """Good from their next request on."""
        return nouns.SupportAccessPayload(support_access=await support.grant(email, reason, ends_at))

    @mutation(
        "support:write", payload=nouns.SupportAccessPayload, description="Say yes to a platform admin who has asked to be let in."
    )
    async def support_access_accept(self, info: Info, id: AccessId, ends_at: End) -> nouns.SupportAccessPayload | None:
        """Good from their next request on."""
        return nouns.SupportAccessPayload(support_access=await support.accept(_local(id), ends_at))

    @mutation(
        "support:write",
        payload=nouns.SupportAccessPayload,
        description="End a support access at once, or say no to a platform admin who has asked for one.",
    )
    async def support_access_end(self, info: Info, id: AccessId) -> nouns.SupportAccessPayload | None:
        """Refused from the next request on."""
        return nouns.SupportAccessPayload(support_access=await support.end(_local(id)))

    @mutation(
        "platform:admin",
        payload=nouns.SupportAccessPayload,
        scope="platform",
        description="Ask a venue to let you in. Its admins get a mail; it opens nothing until one of them says yes.",
    )
    async def support_access_request(
        self, info: Info, slug: Annotated[str, strawberry.argument(description="The venue's slug.")], reason: Reason
    ) -> nouns.SupportAccessPayload | None:
        """One request at a time."""
        me: Any = info.context.caller
        return nouns.SupportAccessPayload(support_access=await support.request(me.id, slug, reason))


def _local(id: str) -> Any:
    return local_id(id, "SupportAccess", field=("id",))
