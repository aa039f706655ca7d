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
from tenants.imports import records
from tenants.imports.mapping import Mapping

MappingInput: Any = input_of(Mapping, "ImportMapping")


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
        mapping: argument(MappingInput, "Which column becomes which field."),  # type: ignore[valid-type]
        create_missing: argument(bool, "Make objects that rows refer to and that do not exist.") = False,  # type: ignore[valid-type]
    ) -> nouns.ImportPayload | None:
        """Plan it."""
        file = local_id(file_id, "File", field=("fileId",))
        made: Any = await records.create(kind.value, file, core_of(Mapping, mapping, ("mapping",)), create_missing=create_missing)
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
