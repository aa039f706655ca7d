"""Attributes: define them, give them to customers, take them away."""

from typing import Annotated

import strawberry

from resolvers.fields import mutation
from resolvers.flags import CustomerIds
from resolvers.listings import listing, single
from resolvers.writing import change, creation, ending
from schema import attributes as nouns
from schema.assignments import AssignmentsPayload as Answer
from schema.assignments import changed
from schema.context import Info
from schema.nodes import local_id, local_ids
from tenants import attributes
from tenants.attributes import ATTRIBUTES

AttributeId = Annotated[strawberry.ID, strawberry.argument(description="The attribute's id.")]


@strawberry.type
class AttributeQueries:
    """Lists and objects."""

    attributes = listing(
        ATTRIBUTES, nouns.Attribute, description="The attributes you see: those of your organisations and the whole venue's."
    )
    attribute = single(nouns.Attribute, description="An attribute by its id.")


@strawberry.type
class AttributeMutations:
    """Define, give, take."""

    attribute_create = creation(
        nouns.Attribute,
        attributes.create,
        attributes.AttributeInput,
        nouns.AttributePayload,
        needs="flags:write",
        description="Make an attribute.",
    )
    attribute_update = change(
        nouns.Attribute,
        attributes.update,
        attributes.AttributeInput,
        nouns.AttributePayload,
        needs="flags:write",
        description="Change an attribute; what is left out stays.",
    )
    attribute_archive = ending(
        nouns.Attribute,
        attributes.archive,
        nouns.AttributePayload,
        needs="flags:write",
        description="Take an attribute out of use: nobody has it any more. A pool that was kept alike with it stays as it is. "
        "Twice is once.",
    )

    @mutation(
        "flags:assign",
        payload=Answer,
        description="Give customers an attribute, and so put them in a pool that is kept alike with it.",
    )
    async def attribute_assign(self, info: Info, attribute_id: AttributeId, customer_ids: CustomerIds) -> Answer | None:
        """By hand."""
        attribute = local_id(attribute_id, "Attribute", field=("attributeId",))
        return changed(await attributes.assign(attribute, local_ids(customer_ids, "Customer", "customerIds")))

    @mutation(
        "flags:assign",
        payload=Answer,
        description="Take an attribute from customers, and so take them out of a pool that is kept alike with it. Who has it by "
        "an EVENT pool keeps it as long as they hold a ticket.",
    )
    async def attribute_remove(self, info: Info, attribute_id: AttributeId, customer_ids: CustomerIds) -> Answer | None:
        """By hand."""
        attribute = local_id(attribute_id, "Attribute", field=("attributeId",))
        return changed(await attributes.remove(attribute, local_ids(customer_ids, "Customer", "customerIds")))
