"""What a customer who is signed in to the shop sees and changes of themselves."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation, query
from schema import shoppers as nouns
from schema.context import Info
from tenants import customers

UNSET: Any = strawberry.UNSET


@strawberry.type
class ShopperQueries:
    """Oneself."""

    @query("customer:self", description="The customer who is signed in, with their orders.")
    async def customer(self, info: Info) -> nouns.Customer | None:
        """The token's."""
        found: Any = await info.context.load.one(nouns.Customer.record, info.context.caller.id)  # type: ignore[attr-defined]
        return found  # type: ignore[no-any-return]


@strawberry.type
class ShopperMutations:
    """Of oneself."""

    @mutation(
        "customer:self",
        payload=nouns.ShopperPayload,
        description="Change your own telephone number or language; what is left out stays. Your name and e-mail address say who"
        " you are: the venue changes them.",
    )
    async def customer_update(
        self,
        info: Info,
        phone: Annotated[
            str | None,
            strawberry.argument(description=f"Telephone number, up to {customers.LONGEST_PHONE} characters; null empties it."),
        ] = UNSET,
        language: Annotated[
            str | None, strawberry.argument(description="The language you read, BCP 47, such as `nb-NO`; null empties it.")
        ] = UNSET,
    ) -> nouns.ShopperPayload | None:
        """The token's."""
        customer: Any = info.context.caller.id
        changes = {name: value for name, value in (("phone", phone), ("language", language)) if value is not UNSET}
        return nouns.ShopperPayload(customer=await customers.update_own(customer, changes))  # type: ignore[arg-type]
