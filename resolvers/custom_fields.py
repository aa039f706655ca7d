"""A venue's own fields: list, define, change, take out of use and back."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.fields import mutation, under
from resolvers.listings import listing, single
from schema import custom_fields as nouns
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of
from tenants.custom_fields import inputs, manage, records

FieldId = Annotated[strawberry.ID, strawberry.argument(description="The field's id.")]


@strawberry.type
class CustomFieldQueries:
    """Definitions; what they hold stands with each object."""

    custom_fields = listing(
        records.LISTING, nouns.CustomField, description="The fields that the venue has defined itself, archived ones too."
    )
    custom_field = single(nouns.CustomField, description="One of the venue's own fields by its id.")


@strawberry.type
class CustomFieldMutations:
    """Define, change, take out of use and back."""

    @mutation(
        "venue:write",
        payload=nouns.CustomFieldPayload,
        description=f"Define a field on customers, performances or orders; at most {manage.MOST} in use on each.",
    )
    async def custom_field_create(
        self,
        info: Info,
        input: Annotated[nouns.CustomFieldCreateInput, strawberry.argument(description="The field.")],
    ) -> nouns.CustomFieldPayload | None:
        """A row."""
        with under("input"):
            return nouns.CustomFieldPayload(custom_field=await manage.create(core_of(inputs.CustomFieldCreate, input)))

    @mutation(
        "venue:write", payload=nouns.CustomFieldPayload, description="Change a field's texts and options; what is left out stays."
    )
    async def custom_field_update(
        self,
        info: Info,
        id: FieldId,
        input: Annotated[nouns.CustomFieldUpdateInput, strawberry.argument(description="What to change.")],
    ) -> nouns.CustomFieldPayload | None:
        """The row."""
        field_id = _local(id)
        with under("input"):
            wanted = core_of(inputs.CustomFieldUpdate, input)
            return nouns.CustomFieldPayload(custom_field=await manage.update(field_id, wanted))

    @mutation("venue:write", payload=nouns.CustomFieldPayload, description="Take an archived field back, with the values it had.")
    async def custom_field_restore(self, info: Info, id: FieldId) -> nouns.CustomFieldPayload | None:
        """The row."""
        return nouns.CustomFieldPayload(custom_field=await manage.restore(_local(id)))

    @mutation(
        "venue:write",
        payload=nouns.CustomFieldPayload,
        description="Take a field out of use: its values are kept, and neither shown nor searched nor written.",
    )
    async def custom_field_archive(self, info: Info, id: FieldId) -> nouns.CustomFieldPayload | None:
        """The row."""
        return nouns.CustomFieldPayload(custom_field=await manage.archive(_local(id)))


def _local(id: str) -> UUID:
    return local_id(id, "CustomField", field=("id",))
