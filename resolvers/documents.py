"""Registering what a venue's programs may ask."""

from typing import Annotated, Any

import strawberry

from resolvers.fields import mutation
from resolvers.listings import listing
from schema import documents as nouns
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of
from tenants import documents as core


@strawberry.type
class DocumentQueries:
    """The venue's."""

    trusted_documents = listing(
        core.LISTING, nouns.TrustedDocument, description="The documents that the venue's programs may ask for by id."
    )


@strawberry.type
class DocumentMutations:
    """Register and remove."""

    @mutation(
        "documents:write",
        payload=nouns.TrustedDocumentPayload,
        cost=100,
        description="Have documents trusted, all or none: each is held to its contract and to the limits first.",
    )
    async def trusted_documents_register(
        self,
        info: Info,
        app: Annotated[str, strawberry.argument(description="The program that asks with them, such as `shop 2026-11`.")],
        documents: Annotated[
            list[nouns.TrustedDocumentInput],
            strawberry.argument(description=f"The documents, at most {core.MOST_AT_ONCE}."),
        ],
        contract: Annotated[
            nouns.Contract, strawberry.argument(description="The contract they are for.")
        ] = nouns.Contract.STOREFRONT,
    ) -> nouns.TrustedDocumentPayload | None:
        """All or none."""
        given = [core_of(core.TrustedDocumentInput, one, ("documents", str(n))) for n, one in enumerate(documents)]
        chosen: Any = contract
        rows = await core.register(app, chosen.name, given, info.context.faults)
        return nouns.TrustedDocumentPayload(documents=rows)

    @mutation(
        "documents:write",
        payload=nouns.TrustedDocumentPayload,
        description="Trust documents no longer. Programs that still ask with them are refused within ten seconds.",
    )
    async def trusted_documents_remove(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="The documents' ids.")]
    ) -> nouns.TrustedDocumentPayload | None:
        """Those that there were."""
        rows = await core.remove([local_id(each, "TrustedDocument", field=("ids",)) for each in ids])
        return nouns.TrustedDocumentPayload(documents=rows)
