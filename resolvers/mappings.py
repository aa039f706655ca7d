"""Looking at a file before it is imported, and keeping mappings for the next one."""

from typing import Any

import strawberry

from resolvers.fields import mutation, query
from resolvers.imports import MappingInput
from resolvers.listings import listing
from schema import imports
from schema import mappings as nouns
from schema.connections import argument
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of
from tenants.errors import Refusal
from tenants.imports import preview, saved
from tenants.imports.mapping import Mapping

Proposed: Any = argument(MappingInput | None, "How to read it; without fields, they are proposed from the headings.")


@strawberry.type
class MappingQueries:
    """Previews and kept mappings."""

    import_mappings = listing(saved.LISTING, nouns.SavedImportMapping, description="The mappings that the venue keeps.")

    @query(
        "imports:write",
        scope="platform",
        description="What an uploaded file looks like: how it is written, what its columns are likely to mean, its first rows "
        "as they would be read. Nothing is written. A request of its own.",
    )
    async def import_preview(
        self,
        info: Info,
        file_id: argument(strawberry.ID, "The uploaded file's id."),  # type: ignore[valid-type]
        kind: argument(imports.ImportKind, "What its rows are."),  # type: ignore[valid-type]
        mapping: Proposed = strawberry.UNSET,
    ) -> nouns.ImportPreview | None:
        """Look at it."""
        at = info.context.caller.at
        if at is None:
            raise Refusal("VENUE_REQUIRED", "Name a venue in the X-Venue header.")
        file = local_id(file_id, "File", field=("fileId",))
        told = core_of(Mapping, mapping, ("mapping",)) if mapping else None
        return nouns.ImportPreview.of(await preview.look(at.venue, at.organisations, file, kind.value, told))


@strawberry.type
class MappingMutations:
    """Keep and delete."""

    @mutation(
        "imports:write",
        payload=nouns.SavedImportMappingPayload,
        description="Keep a mapping under a name, in place of the one of this kind that had it.",
    )
    async def import_mapping_save(
        self,
        info: Info,
        name: argument(str, "Its name."),  # type: ignore[valid-type]
        kind: argument(imports.ImportKind, "What the rows of its files are."),  # type: ignore[valid-type]
        mapping: argument(MappingInput, "The mapping."),  # type: ignore[valid-type]
    ) -> nouns.SavedImportMappingPayload | None:
        """Keep it."""
        kept: Any = await saved.save(name, kind.value, core_of(Mapping, mapping, ("mapping",)))
        return nouns.SavedImportMappingPayload(saved_mapping=kept)

    @mutation("imports:write", payload=nouns.SavedImportMappingDeletePayload, description="Delete a mapping that was kept.")
    async def import_mapping_delete(
        self,
        info: Info,
        id: argument(strawberry.ID, "The mapping's id."),  # type: ignore[valid-type]
    ) -> nouns.SavedImportMappingDeletePayload | None:
        """Delete it."""
        await saved.remove(local_id(id, "SavedImportMapping", field=("id",)))
        return nouns.SavedImportMappingDeletePayload(deleted_id=id)
