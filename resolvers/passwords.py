"""Choosing a password anew."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema import passwords as nouns
from schema.context import Info
from tenants import resets
from tenants.passwords import LONGEST, SHORTEST

_RULE = f"{SHORTEST} to {LONGEST} characters, and not a common one."


@strawberry.type
class PasswordMutations:
    """By mail, or with the old one."""

    @mutation(
        None,
        payload=nouns.PasswordResetRequestPayload,
        scope="platform",
        description="Have a token mailed with which a new password can be chosen within 30 minutes, once."
        f" At most {resets.MOST_MAILS} times in five minutes for one address.",
    )
    async def password_reset_request(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The address somebody signs in with.")]
    ) -> nouns.PasswordResetRequestPayload | None:
        """The same for everybody."""
        await resets.request(email, info.context.caller.address)
        return nouns.PasswordResetRequestPayload(requested=True)

    @mutation(
        None,
        payload=nouns.PasswordPayload,
        scope="platform",
        description="Choose a password with the token of a mail. It ends all of the person's sessions.",
    )
    async def password_reset(
        self,
        info: Info,
        token: Annotated[
            str, strawberry.argument(description="The token of the mail; it is good once, for as long as the mail says.")
        ],
        password: Annotated[str, strawberry.argument(description=f"The new password: {_RULE}")],
    ) -> nouns.PasswordPayload | None:
        """Then sign in with it."""
        await resets.reset(token, password)
        return nouns.PasswordPayload(changed=True)

    @mutation(
        "self:write",
        payload=nouns.PasswordPayload,
        scope="platform",
        description="Choose another password for yourself. It ends your other sessions; wrong tries count like those to sign in.",
    )
    async def password_change(
        self,
        info: Info,
        old_password: Annotated[str, strawberry.argument(description="The password so far.")],
        new_password: Annotated[str, strawberry.argument(description=f"The new password: {_RULE}")],
    ) -> nouns.PasswordPayload | None:
        """This session goes on."""
        me: Any = info.context.caller
        await resets.change(me.id, me.email, old_password, new_password, session=me.session, address=me.address)
        return nouns.PasswordPayload(changed=True)
