"""Handing in files: plan, look, apply."""

from typing import Any

import strawberry

from resolvers.fields import mutation
from resolvers.listings import listing, single
from schema import imports as nouns
from schema.connections import argument
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of, input_of
from tenants.imports import records, saved
from tenants.imports.mapping import Mapping

MappingInput: Any = input_of(Mapping, "ImportMapping")
Told: Any = argument(MappingInput | None, "Which column becomes which field; or name a kept mapping.")
Kept: Any = argument(strawberry.ID | None, "The id of a mapping that the venue keeps, in place of `mapping`.")


@strawberry.type
class ImportQueries:
    """Imports of the venue."""

    imports = listing(records.LISTING, nouns.Import, description="The venue's imports.")
    import_ = single(nouns.Import, description="An import by its id.")
    import_.graphql_name = "import"


@strawberry.type
class ImportMutations:
    """Plan and apply."""

    @mutation(
        "imports:write",
        payload=nouns.ImportPayload,
        description="Begin an import: the file, uploaded before, is read in the background and nothing is written yet.",
    )
    async def import_create(
        self,
        info: Info,
        file_id: argument(strawberry.ID, "The uploaded file's id."),  # type: ignore[valid-type]
        kind: argument(nouns.ImportKind, "What its rows are."),  # type: ignore[valid-type]
        mapping: Told = strawberry.UNSET,
        mapping_id: Kept = strawberry.UNSET,
        create_missing: argument(bool, "Make objects that rows refer to and that do not exist.") = False,  # type: ignore[valid-type]
    ) -> nouns.ImportPayload | None:
        """Plan it."""
        file = local_id(file_id, "File", field=("fileId",))
        told = core_of(Mapping, mapping, ("mapping",)) if mapping else None
        kept = local_id(mapping_id, "SavedImportMapping", field=("mappingId",)) if mapping_id else None
        chosen = await saved.chosen(kind.value, told, kept)
        made: Any = await records.create(kind.value, file, chosen, create_missing=create_missing)
        return nouns.ImportPayload(import_=made)

    @mutation(
        "imports:write",
        payload=nouns.ImportPayload,
        description="Apply a planned import in the background: it survives restarts and writes every row once.",
    )
    async def import_apply(
        self,
        info: Info,
        id: argument(strawberry.ID, "The import's id."),  # type: ignore[valid-type]
    ) -> nouns.ImportPayload | None:
        """Do it."""
        started: Any = await records.start_applying(local_id(id, "Import", field=("id",)))
        return nouns.ImportPayload(import_=started)
