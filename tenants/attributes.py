"""Attributes of customers (Requirements A1-A5), recognisable at a glance by name and colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import assignments, facts, forms, members, standards, syncs
from tenants.catalogue import CatalogueFilter
from tenants.errors import Refusal
from tenants.flags import INCLUDE_ARCHIVED, LIVE, GroupRecord
from tenants.pages import CREATED, Listing, Sort
from tenants.shape import MISSING, Doc, Longest, Needed, Of
from tenants.sql import sql


class Attribute(GroupRecord):
    """An attribute."""

    colour = fields.TextField(null=True)

    class Meta:
        table = "attributes"


@dataclass(frozen=True)
class AttributeFilter(CatalogueFilter):
    """Which attributes; all that is given holds together."""

    include_archived: Annotated[bool, LIVE, INCLUDE_ARCHIVED] = False


ATTRIBUTES = Listing(Attribute, {"NAME": Sort("By name.", {"t.name": "text"}), "CREATED": CREATED}, AttributeFilter)


@dataclass(frozen=True)
class AttributeInput:
    """An attribute; what is left out of a change stays as it is."""

    name: Annotated[str, Doc("A name that says what it is."), Longest(100), Needed()] = MISSING
    colour: Annotated[str | None, Doc("Its colour, such as `#c0392b`.")] = MISSING
    organisation_ids: Annotated[list[UUID], Of("Organisation"), Doc("Whose staff see and give it; none: the whole venue's.")] = (
        MISSING
    )
    external_id: Annotated[str | None, Doc("The id by which another system knows it; unique in the venue."), Longest(200)] = (
        MISSING
    )


async def create(wanted: AttributeInput) -> Any:
    """A new attribute. Raises REQUIRED, TOO_LONG, INVALID_VALUE, NOT_UNIQUE, UNKNOWN_REFERENCE."""
    return await forms.create(Attribute, _checked(await forms.columns_of(wanted, new=True)))


async def update(attribute_id: UUID, wanted: AttributeInput) -> Any:
    """Change an attribute. Raises NOT_FOUND, FORBIDDEN, and what create() raises."""
    return await forms.update(Attribute, attribute_id, _checked(await forms.columns_of(wanted)))


async def archive(attribute_id: UUID) -> Any:
    """Take an attribute out of use: nobody has it any more; a pool that was kept alike with it stays as it is. Raises NOT_FOUND,
    FORBIDDEN."""
    await facts.alone()
    now = await forms.archive(Attribute, attribute_id)
    await syncs.end(sql("t.attribute_id = {id}", id=attribute_id))
    await assignments.close("attribute", attribute_id)
    return now


async def assign(attribute_id: UUID, customers: Sequence[UUID]) -> members.Changed:
    """Give customers an attribute by hand. Raises what members.assign() raises."""
    return await members.assign(Attribute, attribute_id, customers)


async def remove(attribute_id: UUID, customers: Sequence[UUID]) -> members.Changed:
    """Take it from customers by hand. Raises what members.remove() raises, and WRONG_STATE for whoever has it because they are in
    an EVENT pool, which would not follow."""
    await facts.one_at_a_time(customers)
    if await syncs.following(attribute_id, customers):
        sentence = "The attribute follows the pool of a performance: who holds a ticket to it keeps the attribute."
        raise Refusal("WRONG_STATE", sentence, field=["customerIds"])
    return await members.remove(Attribute, attribute_id, customers)


def _checked(columns: dict[str, Any]) -> dict[str, Any]:
    if columns.get("colour"):
        columns["colour"] = standards.colour(columns["colour"], "colour")
    return columns
