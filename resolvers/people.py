"""Signing in and out, and who is asking."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import people as nouns
from schema.context import Info
from tenants import people, sign_in, tenancy
from tenants.permissions import membership


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
        token, rows = await sign_in.sign_in(email, password, info.context.caller.address)
        memberships: Any = [membership(row, row.role, row.promoter_id) for row in rows if row.tenant_id]
        return nouns.SignInPayload(token=token, expires_at=rows[0].expires_at, person=rows[0], memberships=memberships)

    @mutation(
        "self:write", payload=nouns.SignOutPayload, scope="platform", description="Sign out: end the token of this request."
    )
    async def sign_out(self, info: Info) -> nouns.SignOutPayload | None:
        """The token ends at once, on every process."""
        async with tenancy.platform():
            await people.revoke_token(info.context.caller.token)
        return nouns.SignOutPayload(signed_out=True)
