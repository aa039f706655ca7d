"""What is known of a picture, and what its house does with it. The order is that of `position`, from 1 on, without gaps."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from tortoise import fields

from tenants import audit, links, tenancy
from tenants.catalogue import Production
from tenants.errors import Refusal
from tenants.files import File
from tenants.images.render import widths_of
from tenants.organisations import visible
from tenants.performances import Performance
from tenants.record import VenueRecord, not_found
from tenants.shape import Choice
from tenants.sql import Sql, name, sql

STATE = Choice(
    "ImageState",
    {
        "WAITING": "Handed in, and about to be resized.",
        "READY": "Shown.",
        "REFUSED": "It cannot be used; `refusal` says why. Hand in another.",
    },
    "Where a picture stands.",
)
OWNERS: dict[str, tuple[type[VenueRecord], str]] = {
    "Production": (Production, "production_id"),
    "Performance": (Performance, "performance_id"),
}
LONGEST_ALT = 500
MOST = 50  # pictures of one production or performance


class Image(VenueRecord):
    """A picture of a production or of a performance. `hash` (of the venue and the file), `width` and `height` in pixels are those
    shown, null until the first one is READY; `focal_x` and `focal_y` are per cent from the left and from the top."""

    production_id = fields.UUIDField(null=True)
    performance_id = fields.UUIDField(null=True)
    position = fields.IntField()
    file_id = fields.UUIDField()
    alt = fields.TextField(default="")
    texts: Any = fields.JSONField(default=dict)
    focal_x = fields.IntField(null=True)
    focal_y = fields.IntField(null=True)
    state = fields.TextField(default="WAITING")
    refusal = fields.TextField(null=True)
    hash = fields.TextField(null=True)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    job_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "images"


@dataclass(frozen=True)
class Change:
    """What becomes of a picture; None leaves a thing as it is."""

    file_id: UUID | None = None
    alt: str | None = None
    focal: tuple[int, int] | None = None
    position: int | None = None


def url(slug: str, image: Any, width: int, form: Literal["webp", "jpg"]) -> str | None:
    """Where a picture is: as wide as asked or, where there is none so wide, the widest. None until it is READY once."""
    if image.hash is None:
        return None
    widths = widths_of(image.width)
    chosen = next((each for each in widths if each >= width), widths[-1])
    return links.address(f"/i/{slug}/{image.hash}-{chosen}.{form}")


async def add(kind: str, owner_id: UUID, change: Change) -> Any:
    """A new picture, the last of its owner's unless a position is said. Raises NOT_FOUND, TOO_LONG, INVALID_VALUE,
    TOO_MANY_ROWS."""
    record, column = OWNERS[kind]
    await lock()
    seen = sql("t.id = {id} and {seen}", id=owner_id, seen=visible(record.table(), "t"))
    if not await record.rows(seen):
        raise not_found(record)
    siblings = await Image.filter(**{column: owner_id}).count()
    if siblings >= MOST:
        raise Refusal("TOO_MANY_ROWS", f"There are {MOST} pictures already.", field=["ownerId"])
    assert change.file_id
    await _check(change)
    given: dict[str, Any] = {column: owner_id, **_focal(change)}
    image = await Image.create(file_id=change.file_id, alt=change.alt or "", position=siblings + 1, **given)
    if change.position is not None:
        await _move(image, column, change.position)
    return await _resize(image)


async def update(image_id: UUID, change: Change) -> Any:
    """Change a picture; another file takes the old one's place once it is resized. Raises as add() does."""
    await lock()
    image = await _seen(image_id)
    await _check(change)
    before = {"alt": image.alt, "position": image.position, "focal_x": image.focal_x, "focal_y": image.focal_y}
    if change.alt is not None:
        image.alt = change.alt
    for column, value in _focal(change).items():
        setattr(image, column, value)
    replaced = change.file_id is not None and change.file_id != image.file_id
    fresh: dict[str, Any] = {"file_id": change.file_id, "state": "WAITING", "refusal": None} if replaced else {}
    for column, given in fresh.items():
        setattr(image, column, given)
    image.updated_at = datetime.now(UTC)
    await image.save()
    if change.position is not None:
        await _move(image, "production_id" if image.production_id else "performance_id", change.position)
    audit.changed("Image", image.id, before, {column: getattr(image, column) for column in before})
    return await _resize(image) if replaced else image


async def remove(image_id: UUID) -> Any:
    """Take a picture away: its address answers nothing from then on. Answers it as it was. Raises NOT_FOUND."""
    await lock()
    image = await _seen(image_id)
    column = "production_id" if image.production_id else "performance_id"
    await image.delete()
    await tenancy.execute(
        sql(
            "update images set position = position - 1 where tenant_id = {venue} and {column} = {owner} and position > {gap}",
            column=name(column),
            owner=getattr(image, column),
            gap=image.position,
        )
    )
    await forget_unused()
    return image


async def forget_unused() -> None:
    """Delete the files of pictures that are shown no more, and what was made of them."""
    await tenancy.execute(
        sql(
            """
            delete from files f where f.tenant_id = {venue} and f.purpose = 'RENDITION' and exists (
              select from image_renditions r where r.tenant_id = {venue} and r.file_id = f.id
                and not exists (select from images i where i.tenant_id = {venue} and i.hash = r.hash))
            """
        )
    )


async def of(hash_: str, width: int, form: str) -> Any:
    """The file of a rendition (id, size, stored), or None when no picture shows it."""
    return await tenancy.fetch_one(
        sql(
            """
            select f.id, f.size, f.stored from image_renditions r join files f on f.tenant_id = r.tenant_id and f.id = r.file_id
            where r.tenant_id = {venue} and f.tenant_id = {venue} and f.complete
              and r.hash = {hash} and r.width = {width} and r.format = {form}
              and exists (select from images i where i.tenant_id = {venue} and i.hash = r.hash)
            """,
            hash=hash_,
            width=width,
            form=form,
        )
    )


async def lock() -> None:
    """One at a time changes the pictures of a venue: their order, and who still shows what."""
    await tenancy.execute(
        sql("select pg_advisory_xact_lock(hashtextextended({what}, 0))", what=f"images of {tenancy.venue_id()}")
    )


async def _seen(image_id: UUID) -> Image:
    condition: Sql = sql("t.id = {id} and {seen}", id=image_id, seen=visible("images", "t"))
    found = await Image.filter(id=image_id).first() if await Image.rows(condition) else None
    if found is None:
        raise not_found(Image)
    return found


async def _check(change: Change) -> None:
    if change.alt is not None and len(change.alt) > LONGEST_ALT:
        raise Refusal("TOO_LONG", f"An alternative text has at most {LONGEST_ALT} characters.", field=["alt"])
    if change.focal and not all(0 <= part <= 100 for part in change.focal):
        raise Refusal("INVALID_VALUE", "A focal point is said in per cent, from 0 to 100.", field=["focalPoint"])
    if change.position is not None and not 1 <= change.position <= MOST:
        raise Refusal("INVALID_VALUE", f"A position is a number from 1 to {MOST}.", field=["position"])
    if change.file_id is not None:
        usable = sql(
            "t.id = {id} and t.purpose = 'IMAGE' and t.complete and {seen}", id=change.file_id, seen=visible("files", "t")
        )
        if not await File.rows(usable):
            raise not_found(File)


def _focal(change: Change) -> dict[str, int]:
    return dict(zip(("focal_x", "focal_y"), change.focal, strict=True)) if change.focal else {}


async def _move(image: Image, column: str, position: int) -> None:
    """Put it there and the others in order around it."""
    ids = [i.id for i in await Image.filter(**{column: getattr(image, column)}).order_by("position", "id") if i.id != image.id]
    ids.insert(position - 1, image.id)
    await tenancy.execute(
        sql(
            "update images i set position = o.place from unnest({ids}::uuid[]) with ordinality as o (id, place) "
            "where i.tenant_id = {venue} and i.id = o.id",
            ids=ids,
        )
    )
    image.position = ids.index(image.id) + 1


async def _resize(image: Image) -> Image:
    image.job_id = tenancy.later("images.resize", image.id)
    await image.save(update_fields=["job_id"])
    return image
