"""Signing in and out, and who is asking."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import people as nouns
from schema.context import Info
from tenants import sessions, sign_in, tenancy
from tenants.permissions import membership_of


@strawberry.type
class PeopleQueries:
    """Who is asking."""

    @query(
        "self:read", scope="none", description="Who you are, which venues you may enter and what you may do at the chosen one."
    )
    async def me(self, info: Info) -> nouns.Me | None:
        """The caller, as it is."""
        caller: Any = info.context.caller
        return caller  # type: ignore[no-any-return]


@strawberry.type
class PeopleMutations:
    """In and out."""

    @mutation(
        None,
        payload=nouns.SignInPayload,
        scope="platform",
        description=f"Sign in. At most {sign_in.MOST_TRIES} wrong tries in five minutes for one account, and from one address.",
    )
    async def sign_in(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The address of the account, in any case.")],
        password: Annotated[str, strawberry.argument(description="The password.")],
    ) -> nouns.SignInPayload | None:
        """A new token."""
        caller = info.context.caller
        pair = await sign_in.sign_in(sessions.start, email, password, caller.address, caller.client)
        rows = await sessions.holder(pair.access)
        memberships: Any = [membership_of(row) for row in rows if row.tenant_id]
        return nouns.SignInPayload(
            token=pair.access,
            expires_at=pair.expires_at,
            refresh_token=pair.refresh,
            refresh_expires_at=pair.refresh_expires_at,
            person=rows[0],
            memberships=memberships,
        )

    @mutation(
        "self:write",
        payload=nouns.SignOutPayload,
        scope="platform",
        description="Sign out: end the session of this request, with all of its tokens.",
    )
    async def sign_out(self, info: Info) -> nouns.SignOutPayload | None:
        """It ends at once, on every process."""
        async with tenancy.platform():
            caller: Any = info.context.caller
            await sessions.revoke(caller.session, caller.id)
        return nouns.SignOutPayload(signed_out=True)
