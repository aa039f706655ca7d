"""A venue's own fields, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of, input_of
from schema.texts import translations
from tenants import texts
from tenants.custom_fields import inputs, records

NEEDS = "venue:read"
CustomFieldObject: Any = enum_of(records.OBJECT)
CustomFieldType: Any = enum_of(records.TYPE)
CustomFieldCreateInput: Any = input_of(inputs.CustomFieldCreate, "CustomFieldCreateInput")
CustomFieldUpdateInput: Any = input_of(inputs.CustomFieldUpdate, "CustomFieldUpdateInput")


@strawberry.type(description="One of the things that a CHOICE may hold.")
class CustomFieldOption:
    """See the description."""

    key: str = text("Its name for programs and files; it never changes.")
    name: str = text("Its name.")
    archived: bool = text("Whether it cannot be chosen any more.")
    translations = translations(texts.NameTranslationRow)


@node(
    records.CustomField,
    needs=NEEDS,
    description="A field that the venue has defined itself, on customers, performances or orders.",
)
class CustomField(Node):
    """See the description."""

    object: CustomFieldObject = text("What it is on.")
    key: str = text("Its name for programs and files; unique among the fields of its kind. It never changes.")
    type: CustomFieldType = text("What it holds. It never changes.")
    name: str = text("Its name.")
    description: str | None = text("What it is for.")
    in_shop: bool = text("Whether the venue's shop shows it to everybody.")
    archived_at: datetime | None = text("Since when it is out of use; null while it is in use.")
    created_at: datetime = text("When it was created.")
    updated_at: datetime = text("When it was last changed.")
    translations = translations(inputs.CustomFieldTranslationRow)

    @strawberry.field(description="Of a CHOICE its options in their order, archived ones too; empty for all else.")
    def options(row: strawberry.Parent[Any]) -> list[CustomFieldOption]:  # noqa: N805
        """As they are kept."""
        found: Any = records.options_of(row)
        return found  # type: ignore[no-any-return]


@strawberry.type(description="What a mutation of the venue's own fields answers.")
class CustomFieldPayload(Payload):
    """See the description."""

    custom_field: CustomField | None = strawberry.field(default=None, description="The field.")
