"""Signing in to the shop with a code from a mail."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema import customer_codes as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import customer_codes as codes


@strawberry.type
class CustomerCodeMutations:
    """Ask for one, and give it back for a token."""

    @mutation(
        "storefront:read",
        payload=nouns.CustomerCodeSendPayload,
        scope="platform",
        description="Have a code mailed with which a customer signs in within 10 minutes, once; a newer code ends the older ones."
        f" At most {codes.MOST_MAILS} times in five minutes for one address.",
    )
    async def customer_code_send(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The customer's e-mail address, in any case.")]
    ) -> nouns.CustomerCodeSendPayload | None:
        """The same for everybody."""
        caller: Any = info.context.caller
        await codes.send(caller.at, email, caller.address)
        return nouns.CustomerCodeSendPayload(sent=True)

    @mutation(
        "storefront:read",
        payload=nouns.CustomerCodeRedeemPayload,
        scope="platform",
        description=f"Sign in with the code of a mail. After {codes.MOST_TRIES} wrong tries the code is dead; 10 wrong tries in"
        " five minutes are allowed for one address, and from one place.",
    )
    async def customer_code_redeem(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The address that the code was sent to.")],
        code: Annotated[str, strawberry.argument(description="The code: 8 digits. Spaces and hyphens do not matter.")],
        customer_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="One of the `choices`, where several share the address.")
        ] = strawberry.UNSET,
    ) -> nouns.CustomerCodeRedeemPayload | None:
        """A token, or a choice."""
        caller: Any = info.context.caller
        chosen = local_id(customer_id, "Customer", field=("customerId",)) if customer_id else None
        it = await codes.redeem(caller.at, email, code, chosen, caller.address)
        choices: Any = list(it.choices) or None
        return nouns.CustomerCodeRedeemPayload(token=it.token, expires_at=it.expires_at, choices=choices)
