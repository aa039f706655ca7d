"""One's own sessions."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import sessions as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import sessions, tenancy


@strawberry.type
class SessionQueries:
    """Where one is signed in."""

    @query("self:read", scope="platform", description="Your own sessions that are good, newest first; a key has none.")
    async def sessions(self, info: Info) -> list[nouns.Session] | None:
        """The caller's."""
        caller: Any = info.context.caller
        async with tenancy.platform(readonly=True):
            return await sessions.of(caller.id)


@strawberry.type
class SessionMutations:
    """Go on, and end."""

    @mutation(
        None,
        payload=nouns.TokenRefreshPayload,
        scope="platform",
        description="Exchange a refresh token for a new pair of tokens. It is good once: used again, it ends the session.",
    )
    async def token_refresh(
        self, info: Info, refresh_token: Annotated[str, strawberry.argument(description="The newest one of the session.")]
    ) -> nouns.TokenRefreshPayload | None:
        """The next pair."""
        pair = await sessions.refresh(refresh_token)
        return nouns.TokenRefreshPayload(
            token=pair.access,
            expires_at=pair.expires_at,
            refresh_token=pair.refresh,
            refresh_expires_at=pair.refresh_expires_at,
        )

    @mutation(
        "self:write", payload=nouns.SessionRevokePayload, scope="platform", description="End one of your own sessions at once."
    )
    async def session_revoke(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")]
    ) -> nouns.SessionRevokePayload | None:
        """Refused from the next request on."""
        caller: Any = info.context.caller
        async with tenancy.platform():
            await sessions.revoke(local_id(id, "Session", field=("id",)), caller.id)
        return nouns.SessionRevokePayload(revoked=True)
