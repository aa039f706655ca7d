"""What a venue's own fields hold, as the API and the shop show it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from schema.context import Row
from schema.custom_fields import CustomField, CustomFieldOption, CustomFieldType
from schema.nodes import text, told
from schema.texts import spoken
from tenants import texts
from tenants.custom_fields import holding, records, values


def _typed(kind: str, shows: Any, description: str) -> Any:
    def resolve(row):  # type: ignore[no-untyped-def]  # typed below
        return values.held(row, row) if row.type == kind else None

    resolve.__annotations__ = {"row": Row, "return": shows | None}
    return strawberry.field(resolver=resolve, description=f"{description} Null unless the type is {kind}.")


@strawberry.type
class HeldValue:
    """What the shop shows of a value too. The row is the field's, with the columns of the value."""

    key: str = text("The field's key.")
    type: CustomFieldType = text("What the field holds.")
    integer = _typed("INTEGER", int, "The whole number.")
    decimal = _typed("DECIMAL", Decimal, "The number.")
    boolean = _typed("BOOLEAN", bool, "Yes or no.")
    date = _typed("DATE", date, "The day.")
    date_time = _typed("DATETIME", datetime, "The point in time.")

    @strawberry.field(
        description="The value as a text, whatever its type: `12.5`, `2026-11-21`, `true`, an option's key. Rows and filters "
        "take it so."
    )
    def value(row: strawberry.Parent[Any]) -> str:  # noqa: N805
        """The one way to write it."""
        return values.written(values.held(row, row))


@strawberry.type(description="What one of the venue's own fields holds.")
class CustomFieldValue(HeldValue):
    """See the description."""

    @strawberry.field(description="The field.")
    def field(row: strawberry.Parent[Any]) -> CustomField:  # noqa: N805
        """The same row."""
        found: Any = row
        return found  # type: ignore[no-any-return]

    @strawberry.field(description="The chosen option. Null unless the type is CHOICE.")
    def option(row: strawberry.Parent[Any]) -> CustomFieldOption | None:  # noqa: N805
        """By its key."""
        found: Any = _chosen(row)
        return found  # type: ignore[no-any-return]


def custom_fields(kind: str) -> Any:
    """What an object's own fields hold."""
    return told(
        holding.OF[kind],
        CustomFieldValue,
        "What the venue's own fields hold here, in the order they were defined; none without a value.",
    )


def _chosen(row: Any) -> Any:
    chosen = values.held(row, row) if row.type == "CHOICE" else None
    return next((option for option in records.options_of(row) if option.key == chosen), None)


@strawberry.type(name="CustomFieldValue", description="What one of the venue's own fields holds.")
class ShownValue(HeldValue):
    """See the description."""

    name = spoken("name", "The field's name.")

    @strawberry.field(description="The chosen option's name. Null unless the type is CHOICE.")
    def option(row: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        """In the language of the answer."""
        chosen = _chosen(row)
        return texts.text_of(chosen, "name") if chosen else None
