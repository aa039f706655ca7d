"""Pictures, as the API shows them."""

import enum
from datetime import datetime
from typing import Any

import strawberry

from schema.connections import argument
from schema.context import Info, Row
from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of
from tenants.images import records
from tenants.images.render import WIDTHS

ImageState: Any = enum_of(records.STATE)


@strawberry.enum(description="What kind of file a picture is answered as.")
class ImageFormat(enum.Enum):
    """See the description."""

    WEBP = strawberry.enum_value("webp", description="Small; every browser shows it.")
    JPEG = strawberry.enum_value(
        "jpg", description="For mails, which not every program shows WebP in. Transparent parts are white."
    )


@strawberry.type(description="The part of a picture that must be seen when it is cut to a frame.")
class FocalPoint:
    """See the description."""

    x: int = text("Per cent from the left.")
    y: int = text("Per cent from the top.")


@strawberry.input(description="The part of a picture that must be seen when it is cut to a frame.")
class FocalPointInput:
    """See the description."""

    x: int = text("Per cent from the left, from 0 to 100.")
    y: int = text("Per cent from the top, from 0 to 100.")


@strawberry.type
class PublicImage(Node):
    """What the shop shows of a picture too."""

    alt: str = text("What it shows, for those who cannot see it; empty when it is only decoration.")
    width: int | None = text("How wide it was handed in, in pixels; null until it is resized.")
    height: int | None = text("How high it was handed in, in pixels; null until it is resized.")

    @strawberry.field(description="The part of it that must be seen; null: its middle.")
    def focal_point(row: strawberry.Parent[Any]) -> FocalPoint | None:  # noqa: N805
        """Both or neither."""
        return None if row.focal_x is None else FocalPoint(x=row.focal_x, y=row.focal_y)

    @strawberry.field(
        description="Where it is, for everybody: at least so wide, or as wide as it was handed in. What is at an address never "
        f"changes, and is gone once the picture is. There are {', '.join(map(str, WIDTHS))} pixels. Null until it is resized."
    )
    def url(
        row: strawberry.Parent[Any],  # noqa: N805
        info: Info,
        width: argument(int, "How wide it is needed, in pixels.") = 640,  # type: ignore[valid-type]
        format: argument(ImageFormat, "As what kind of file.") = ImageFormat.WEBP,  # type: ignore[valid-type]
    ) -> str | None:
        """By the venue's slug and the picture's hash."""
        at = info.context.caller.at
        assert at  # nothing of a venue is read without one
        return records.url(at.slug, row, width, format.value)


def images_of(shows: Any, description: str, **columns: str) -> Any:
    """The pictures of a row, in their order: those whose column names it, of the first such column that there are any for."""

    async def resolve(row, info):  # type: ignore[no-untyped-def]  # typed below
        for column, of in columns.items():
            if found := await info.context.load.many(records.Image, column, getattr(row, of)):
                return sorted(found, key=lambda image: (image.position, image.id))
        return []

    resolve.__annotations__ = {"row": Row, "info": Info, "return": list[shows]}
    return strawberry.field(resolver=resolve, description=description)


@node(records.Image, needs="catalogue:read", description="A picture of a production or of a performance.")
class Image(PublicImage):
    """See the description."""

    position: int = text("Its place among the pictures of its production or performance; the first is 1.")
    state: ImageState = text("Where it stands.")
    refusal: str | None = text("Why it cannot be used; null when it can.")
    created_at: datetime = text("When it was handed in.")
    updated_at: datetime = text("When it was last changed.")


@strawberry.type(description="What a mutation of a picture answers.")
class ImagePayload(Payload):
    """See the description."""

    image: Image | None = strawberry.field(default=None, description="The picture.")
