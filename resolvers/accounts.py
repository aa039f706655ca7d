"""What people are called and how they are reached: changed by their home venue, and by themselves."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from schema import people
from schema.context import Info
from schema.nodes import local_id
from tenants import accounts, resets, tenancy

UNSET: Any = strawberry.UNSET


@strawberry.type
class AccountMutations:
    """Somebody's at home here, and one's own."""

    @mutation(
        "people:write",
        payload=people.PersonPayload,
        description="Change somebody's name or address; only their home venue may. What is left out stays.",
    )
    async def person_update(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The person's id.")],
        email: Annotated[str | None, strawberry.argument(description="The address they sign in with from now on.")] = UNSET,
        name: Annotated[str | None, strawberry.argument(description="What they are called, up to 200 characters.")] = UNSET,
    ) -> people.PersonPayload | None:
        """For all venues that they may enter."""
        changes = {key: value for key, value in (("email", email), ("name", name)) if value is not UNSET and value is not None}
        return people.PersonPayload(person=await accounts.update_person(local_id(id, "Person", field=("id",)), changes))

    @mutation(
        "people:write",
        payload=people.PersonPayload,
        description="Have somebody mailed a token with which they choose a new password; only their home venue may."
        f" At most {resets.MOST_MAILS} times in five minutes for one address.",
    )
    async def person_password_reset_start(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The person's id.")]
    ) -> people.PersonPayload | None:
        """The old password is good until then."""
        person = await accounts.start_password_reset(local_id(id, "Person", field=("id",)), info.context.caller.address)
        return people.PersonPayload(person=person)

    @mutation(
        "self:write",
        payload=people.PersonPayload,
        scope="platform",
        description="Change your own name or language; what is left out stays.",
    )
    async def me_update(
        self,
        info: Info,
        name: Annotated[str | None, strawberry.argument(description="What you are called, up to 200 characters.")] = UNSET,
        language: Annotated[
            str | None, strawberry.argument(description="The language you read, BCP 47, such as `nb-NO`.")
        ] = UNSET,
    ) -> people.PersonPayload | None:
        """For all venues."""
        person: Any = info.context.caller
        changes = {key: value for key, value in (("name", name), ("language", language)) if value}
        async with tenancy.platform():
            return people.PersonPayload(person=await accounts.update_me(person.id, changes))
