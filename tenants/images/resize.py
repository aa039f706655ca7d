"""From a file that was handed in to the sizes that are shown."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tenants import files, tenancy
from tenants.errors import Refusal
from tenants.images import records
from tenants.images.records import Image
from tenants.images.render import Rendered, render
from tenants.sql import sql


async def resize(venue: UUID, image_id: UUID) -> None:
    """Bring a picture from WAITING to READY, or to REFUSED with the reason. Opens its own scopes; may be done twice."""
    async with tenancy.scope(venue, readonly=True):
        image = await Image.filter(id=image_id, state="WAITING").first()
    if image is None:
        return  # it was taken away, or is done
    with TemporaryDirectory(prefix="foyer-image-") as folder:
        path = Path(folder) / "picture"
        try:
            await files.fetch_to(venue, image.file_id, path)
            rendered = await asyncio.to_thread(render, path)
        except Refusal as refusal:
            async with tenancy.scope(venue):
                await _waiting(image).update(state="REFUSED", refusal=refusal.message)
            return
        digest = hashlib.sha256(venue.bytes + path.read_bytes()).hexdigest()[:32]
    kept = [
        (r.width, r.format, await files.store(venue, digest, _once(r.content), purpose="RENDITION")) for r in rendered.renditions
    ]
    async with tenancy.scope(venue):
        await records.lock()
        await _show(image, digest, rendered, kept)
        await records.forget_unused()


async def _show(image: Image, digest: str, rendered: Rendered, kept: list[tuple[int, str, UUID]]) -> None:
    for width, form, file in kept:
        await tenancy.execute(
            sql(
                "insert into image_renditions (tenant_id, hash, width, format, file_id) "
                "values ({venue}, {hash}, {width}, {form}, {file}) on conflict do nothing",
                hash=digest,
                width=width,
                form=form,
                file=file,
            )
        )
    await _waiting(image).update(state="READY", hash=digest, width=rendered.width, height=rendered.height, refusal=None)


def _waiting(image: Image) -> Any:
    """The row, unless another file has taken the place of this one meanwhile."""
    return Image.filter(id=image.id, file_id=image.file_id, state="WAITING")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
