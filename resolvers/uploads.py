"""Announcing files."""

from typing import Any

import strawberry

from resolvers.fields import mutation
from schema import uploads as nouns
from schema.connections import argument
from schema.context import Info
from tenants import uploads


@strawberry.type
class UploadMutations:
    """The first half of handing a file in; the second is a PUT."""

    @mutation(
        None,
        payload=nouns.StagedUploadPayload,
        description="Announce a file and learn where to send its bytes. The purpose says which permission it needs.",
    )
    async def staged_upload_create(
        self,
        info: Info,
        purpose: argument(nouns.UploadPurpose, "What it is for."),  # type: ignore[valid-type]
        name: argument(str, "Its name, such as `sales.csv`; cut after 300 characters."),  # type: ignore[valid-type]
        content_type: argument(str, "Its media type, such as `text/csv` or `image/jpeg`."),  # type: ignore[valid-type]
        size: argument(int, "Its size in bytes: exactly so many have to come."),  # type: ignore[valid-type]
    ) -> nouns.StagedUploadPayload | None:
        """A row and a link."""
        made: Any
        made, link = await uploads.announce(info.context.caller, purpose.name, name, content_type, size)
        headers = [nouns.Header(name="Content-Type", value=made.content_type)]
        return nouns.StagedUploadPayload(file=made, url=link.url, headers=headers, expires_at=link.expires_at)
