"""Flags: define them, give them to customers, take them away."""

from typing import Annotated

import strawberry

from resolvers.fields import mutation
from resolvers.listings import listing, single
from resolvers.writing import change, creation, ending
from schema import flags as nouns
from schema.assignments import AssignmentsPayload, changed
from schema.context import Info
from schema.nodes import local_id, local_ids
from tenants import flags, members
from tenants.flags import FLAGS

FlagId = Annotated[strawberry.ID, strawberry.argument(description="The flag's id.")]
CustomerIds = Annotated[list[strawberry.ID], strawberry.argument(description=f"The customers, at most {members.MOST}.")]


@strawberry.type
class FlagQueries:
    """Lists and objects."""

    flags = listing(FLAGS, nouns.Flag, description="The flags you see: those of your organisations and the whole venue's.")
    flag = single(nouns.Flag, description="A flag by its id.")


@strawberry.type
class FlagMutations:
    """Define, give, take."""

    flag_create = creation(
        nouns.Flag, flags.create, flags.FlagInput, nouns.FlagPayload, needs="flags:write", description="Make a flag."
    )
    flag_update = change(
        nouns.Flag,
        flags.update,
        flags.FlagInput,
        nouns.FlagPayload,
        needs="flags:write",
        description="Change a flag; what is left out stays. Customers who have it keep it as long as they were given it for.",
    )
    flag_archive = ending(
        nouns.Flag,
        flags.archive,
        nouns.FlagPayload,
        needs="flags:write",
        description="Take a flag out of use: every customer loses it, with what it gave, and its rules end. Twice is once.",
    )

    @mutation(
        "flags:assign",
        payload=AssignmentsPayload,
        description="Give customers a flag. Who has it already keeps it, to the later last day; who had it once starts afresh.",
    )
    async def flag_assign(self, info: Info, flag_id: FlagId, customer_ids: CustomerIds) -> AssignmentsPayload | None:
        """By hand."""
        customers = local_ids(customer_ids, "Customer", "customerIds")
        return changed(await members.assign(flags.Flag, local_id(flag_id, "Flag", field=("flagId",)), customers))

    @mutation(
        "flags:assign",
        payload=AssignmentsPayload,
        description="Take a flag from customers, however they came by it. A rule gives it again only for something new.",
    )
    async def flag_remove(self, info: Info, flag_id: FlagId, customer_ids: CustomerIds) -> AssignmentsPayload | None:
        """By hand."""
        customers = local_ids(customer_ids, "Customer", "customerIds")
        return changed(await members.remove(flags.Flag, local_id(flag_id, "Flag", field=("flagId",)), customers))
