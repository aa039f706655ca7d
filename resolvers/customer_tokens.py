"""Signing customers in to the venue's shop, and out again."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema import customer_tokens as nouns
from schema.context import Info
from schema.nodes import local_id
from tenants import customer_tokens as tokens

UNSET: Any = strawberry.UNSET


@strawberry.type
class CustomerTokenMutations:
    """By the shop's server, and by staff."""

    @mutation(
        "customers:signin",
        payload=nouns.CustomerTokenCreatePayload,
        description="Sign a customer in to the shop: a token for somebody whom the shop knows by a login of its own. It reaches"
        " no further than the key does, shows what is that customer's alone, and ends when the key is revoked.",
    )
    async def customer_token_create(
        self,
        info: Info,
        customer_id: Annotated[strawberry.ID | None, strawberry.argument(description="The customer's id.")] = UNSET,
        external_id: Annotated[
            str | None, strawberry.argument(description="The id another system knows the customer by. Either is enough.")
        ] = UNSET,
        expires_in: Annotated[
            int | None,
            strawberry.argument(description=f"For how many seconds, 1 to {tokens.LONGEST}; two hours unless set otherwise."),
        ] = UNSET,
    ) -> nouns.CustomerTokenCreatePayload | None:
        """Shown once."""
        customer = local_id(customer_id, "Customer", field=("customerId",)) if customer_id else None
        key: Any = info.context.caller
        token, ends = await tokens.create(customer, external_id or None, key=key.id, seconds=_given(expires_in))
        return nouns.CustomerTokenCreatePayload(token=token, expires_at=ends)

    @mutation(
        "customers:write",
        payload=nouns.CustomerTokensRevokePayload,
        description="Sign a customer out of the shop, everywhere and at once.",
    )
    async def customer_tokens_revoke(
        self, info: Info, customer_id: Annotated[strawberry.ID, strawberry.argument(description="The customer's id.")]
    ) -> nouns.CustomerTokensRevokePayload | None:
        """Refused from the next request on."""
        customer = local_id(customer_id, "Customer", field=("customerId",))
        return nouns.CustomerTokensRevokePayload(revoked=await tokens.revoke_all(customer))


@strawberry.type
class CustomerSignOutMutations:
    """By the customer."""

    @mutation("customer:self", payload=nouns.CustomerSignOutPayload, description="Sign out: end the token of this request.")
    async def customer_sign_out(self, info: Info) -> nouns.CustomerSignOutPayload | None:
        """It ends at once, on every process."""
        caller: Any = info.context.caller
        await tokens.revoke(caller.session)
        return nouns.CustomerSignOutPayload(signed_out=True)


def _given(value: Any) -> Any:
    return None if value is UNSET else value
