"""Mappings a house keeps, so that the next file of the same kind needs no telling."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants.errors import Refusal
from tenants.imports.mapping import Mapping, checked
from tenants.pages import CREATED, Listing
from tenants.record import VenueRecord, not_found
from tenants.shape import Doc, Where
from tenants.upserts.kinds import KINDS
from tenants.upserts.rows import house

LONGEST_NAME = 200


class SavedImportMapping(VenueRecord):
    """A mapping with a name; the name is unique among the venue's mappings of a kind."""

    name = fields.TextField()
    kind = fields.TextField()
    mapping: Any = fields.JSONField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "saved_import_mappings"


@dataclass(frozen=True)
class SavedImportMappingFilter:
    """Which mappings; all that is given holds together."""

    search: Annotated[str | None, Doc("Only the one of this name."), Where("t.name = {value}")] = None


LISTING = Listing(SavedImportMapping, {"CREATED": CREATED}, SavedImportMappingFilter)


async def save(name: str, kind: str, mapping: Mapping) -> SavedImportMapping:
    """Keep a mapping under a name, in place of the one that had it. Raises INVALID_VALUE, UNKNOWN_FIELD."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise Refusal("INVALID_VALUE", f"A name has 1 to {LONGEST_NAME} characters.", field=["name"])
    checked(mapping, KINDS[kind], await house())
    stored = mapping.stored()
    if await SavedImportMapping.filter(name=name, kind=kind).update(mapping=stored):
        kept = await SavedImportMapping.filter(name=name, kind=kind).first()
        if kept is not None:
            return kept
    return await SavedImportMapping.create(name=name, kind=kind, mapping=stored)


async def remove(mapping_id: UUID) -> None:
    """Forget a mapping. Raises NOT_FOUND."""
    if not await SavedImportMapping.filter(id=mapping_id).delete():
        raise not_found(SavedImportMapping)


async def chosen(kind: str, told: Mapping | None, mapping_id: UUID | None) -> Mapping:
    """The mapping of an import: as it is told, or one that is kept for this kind. Raises NOT_FOUND, INVALID_VALUE."""
    if (told is None) == (mapping_id is None):
        raise Refusal("INVALID_VALUE", "Give either a mapping or the id of one that is kept.", field=["mapping"])
    if told is not None:
        return told
    if (found := await SavedImportMapping.filter(id=mapping_id).first()) is None:
        raise not_found(SavedImportMapping)
    if found.kind != kind:
        raise Refusal("INVALID_VALUE", f"The mapping {found.name!r} is for {found.kind}.", field=["mappingId"])
    return Mapping.of(found.mapping)
