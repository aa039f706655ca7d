"""Pictures in the background: resized once they are in."""

from uuid import UUID

from jobs.broker import job
from tenants.images.resize import resize


@job("images.resize", minutes=10)
async def resize_image(venue: UUID, image_id: UUID) -> None:
    """Make the sizes that are shown."""
    await resize(venue, image_id)
