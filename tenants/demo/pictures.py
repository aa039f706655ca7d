"""Posters for an invented house, drawn from the names of its productions: the same ones everywhere."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import date
from hashlib import blake2b
from random import Random

from PIL import Image, ImageDraw

from tenants import files, tenancy
from tenants.demo.houses import House, Show
from tenants.demo.seasons import season_of, shows_of
from tenants.images.records import Change, add
from tenants.sql import sql

SIZE = 1280, 720
INKS = ("#f4efe6", "#11151c", "#d1495b", "#edae49", "#00798c", "#30638e", "#7a9e7e", "#6d597a", "#e07a5f", "#3d405b")


async def fill(house: House, today: date) -> None:
    """Give each production of this season a poster, unless the house has pictures already; the worker resizes them. Opens its own
    scopes."""
    async with tenancy.scope(house.id, readonly=True):
        if await tenancy.fetch_value(sql("select exists (select from images where tenant_id = {venue})")):
            return
    for show in shows_of(house, season_of(today)):
        poster = await asyncio.to_thread(draw, show)
        file = await files.store(house.id, f"{show.title}.jpg", _once(poster), purpose="IMAGE")
        async with tenancy.scope(house.id):
            await add("Production", house.row_id("productions", show.title), Change(file, alt=f"{show.title}. {show.subtitle}."))


def draw(show: Show) -> bytes:
    """A poster as JPEG: five forms on a ground. No letters: the font at hand has no æ, ø and å."""
    chance = Random(blake2b(show.title.encode()).digest())  # noqa: S311  # nothing secret about a poster
    ground, *inks = chance.sample(INKS, 6)
    poster = Image.new("RGB", SIZE, ground)
    for ink in inks:
        _form(ImageDraw.Draw(poster), chance, ink)
    out = io.BytesIO()
    poster.save(out, "JPEG", quality=88)
    return out.getvalue()


def _form(canvas: ImageDraw.ImageDraw, chance: Random, ink: str) -> None:
    x, y, size = chance.randrange(-60, 1000), chance.randrange(-100, 480), chance.randrange(180, 460)
    kind = chance.randrange(4)
    if kind == 0:
        canvas.ellipse((x, y, x + size, y + size), fill=ink)
    elif kind == 1:
        canvas.polygon([(x, y + size), (x + size / 2, y), (x + size, y + size)], fill=ink)
    elif kind == 2:
        canvas.arc((x, y, x + size, y + size), chance.randrange(360), chance.randrange(360, 600), fill=ink, width=size // 5)
    else:
        for line in range(0, size, 40):
            canvas.rectangle((x, y + line, x + size, y + line + 18), fill=ink)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
