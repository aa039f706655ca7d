"""Pictures through the API: handed in, resized by the worker's job, shown to everybody, put in order, taken away."""

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image as Pillow

from jobs.images import resize_image
from tenants import files, tenancy
from tenants.images import records
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_key, make_performance, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.tenants.test_render import encoded, picture

ADD = """mutation ($owner: ID!, $file: ID!, $alt: String, $focal: FocalPointInput, $at: Int) {
  imageAdd(ownerId: $owner, fileId: $file, alt: $alt, focalPoint: $focal, position: $at) {
    image { id state alt position url focalPoint { x y } } userErrors { code field } } }"""
UPDATE = """mutation ($id: ID!, $file: ID, $alt: String, $at: Int) {
  imageUpdate(id: $id, fileId: $file, alt: $alt, position: $at) {
  image { id state alt position url } userErrors { code field } } }"""
REMOVE = "mutation ($id: ID!) { imageRemove(id: $id) { image { id } userErrors { code } } }"
SHOP = """{ performances { nodes { images { url(width: 500) wide: url(width: 5000, format: JPEG) width height alt }
  production { images { alt } } } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def hand_in(venue: Any, content: bytes | None = None, purpose: str = "IMAGE", **more: Any) -> str:
    async def arriving():
        yield content or encoded(picture(1000, 500), "PNG")

    return f"File_{(await files.store(venue.id, 'poster.png', arriving(), purpose=purpose, **more)).hex}"


async def work(venue: Any) -> None:
    """What the worker does."""
    async with tenancy.scope(venue.id):
        waiting = await tenancy.fetch(sql("select id from images where tenant_id = {venue} and state = 'WAITING' order by id"))
    for image in waiting:
        await resize_image(venue.id, image.id)


async def added(asking: Any, key: str, owner: Any, file: str, **more: Any) -> Any:
    answer = await ask(asking, ADD, token=key, owner=gid(owner), file=file, **more)
    assert codes(answer) == [], answer.text
    return answer.json()["data"]["imageAdd"]


async def a_house() -> tuple[Any, str, Any]:
    """A venue, a key to its catalogue, a performance in it."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
    return venue, await make_key(venue, "catalogue:read", "catalogue:write"), performance


async def shown(asking: Any, venue: Any) -> Any:
    answer = await ask(asking, SHOP, token=await make_key(venue, kind="PUBLISHABLE"), path="/storefront/graphql")
    (performance,) = answer.json()["data"]["performances"]["nodes"]
    return performance["images"]


async def test_a_picture_is_handed_in_and_seen_by_everybody(asking):
    venue, key, performance = await a_house()
    made = await added(asking, key, performance, await hand_in(venue), alt="A red half", focal={"x": 20, "y": 50})
    assert (made["userErrors"], made["image"] | {"id": ""}) == (
        [],
        {"id": "", "state": "WAITING", "alt": "A red half", "position": 1, "url": None, "focalPoint": {"x": 20, "y": 50}},
    )
    assert await shown(asking, venue) == []

    await work(venue)
    (image,) = await shown(asking, venue)
    assert (image["width"], image["height"], image["alt"]) == (1000, 500, "A red half")
    small, wide = [await asking.get(image[name]) for name in ("url", "wide")]
    assert [Pillow.open(io.BytesIO(answer.content)).size for answer in (small, wide)] == [(640, 320), (1000, 500)]
    assert (small.headers["content-type"], wide.headers["content-type"]) == ("image/webp", "image/jpeg")
    told = {name: value for name, value in small.headers.items() if name not in ("x-trace-id", "etag", "content-length")}
    assert told == {
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "cache-control": "public, max-age=31536000, immutable",
        "content-type": "image/webp",
    }
    again = await asking.get(image["url"], headers={"If-None-Match": small.headers["etag"]})
    head = await asking.head(image["url"])
    assert (again.status_code, again.content, head.status_code, head.content) == (304, b"", 200, b"")
    assert head.headers["content-length"] == str(len(small.content))


async def test_a_picture_that_cannot_be_used_says_why_and_another_takes_its_place(asking):
    venue, key, performance = await a_house()
    good, broken = await hand_in(venue), await hand_in(venue, encoded(picture(), "PNG")[:-100])
    image = (await added(asking, key, performance, good))["image"]["id"]
    await work(venue)
    (first,) = await shown(asking, venue)

    await ask(asking, UPDATE, token=key, id=image, file=broken)
    await work(venue)
    look = "query ($id: ID!) { image(id: $id) { state refusal } }"
    told = (await ask(asking, look, token=key, id=image)).json()["data"]["image"]
    assert told["state"] == "REFUSED" and told["refusal"].startswith("It cannot be read")
    assert await shown(asking, venue) == [first] and (await asking.get(first["url"])).status_code == 200

    await ask(asking, UPDATE, token=key, id=image, file=await hand_in(venue, encoded(picture(700, 700), "WEBP")))
    await work(venue)
    (second,) = await shown(asking, venue)
    assert (second["width"], second["url"] != first["url"]) == (700, True)
    assert [(await asking.get(url)).status_code for url in (first["url"], second["url"])] == [404, 200]


async def test_a_picture_that_is_taken_away_is_gone_and_one_that_looks_the_same_stays(asking):
    venue, key, performance = await a_house()
    async with tenancy.scope(venue.id):
        other = await make_performance(production_id=performance.production_id)
    images = [(await added(asking, key, owner, await hand_in(venue)))["image"]["id"] for owner in (performance, other)]
    await work(venue)
    async with tenancy.scope(venue.id):
        (address,) = {records.url(venue.slug, image, 640, "webp") for image in await records.Image.rows(sql("true"))}
        count = "select count(*) from files where tenant_id = {venue} and purpose = 'RENDITION'"

    for image, status in zip(images, (200, 404), strict=True):
        assert (await ask(asking, REMOVE, token=key, id=image)).json()["data"]["imageRemove"]["userErrors"] == []
        assert (await asking.get(address)).status_code == status
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from image_renditions where tenant_id = {venue}")) == 0
        assert await tenancy.fetch_value(sql(count)) == 6  # the second picture's copies were never used; they are swept
    again = (await ask(asking, REMOVE, token=key, id=images[0])).json()["data"]["imageRemove"]
    assert again == {"image": None, "userErrors": [{"code": "NOT_FOUND"}]}


async def test_pictures_stand_in_the_order_that_is_said(asking):
    venue, key, performance = await a_house()
    file = await hand_in(venue)
    ids = {alt: (await added(asking, key, performance, file, alt=alt))["image"]["id"] for alt in "abc"}
    await added(asking, key, performance, file, alt="d", at=1)
    await ask(asking, UPDATE, token=key, id=ids["a"], at=50)
    await ask(asking, UPDATE, token=key, id=ids["c"], at=2, alt="C")
    await ask(asking, REMOVE, token=key, id=ids["b"])
    await work(venue)

    assert [image["alt"] for image in await shown(asking, venue)] == ["d", "C", "a"]
    async with tenancy.scope(venue.id):
        rows = await records.Image.rows(sql("true"), tail=sql("order by t.position"))
    assert [row.position for row in rows] == [1, 2, 3]


async def test_a_performance_without_pictures_shows_its_productions(asking):
    venue, key, performance = await a_house()
    production = f"Production_{performance.production_id.hex}"
    await ask(asking, ADD, token=key, owner=production, file=await hand_in(venue), alt="Of the work")
    await work(venue)
    assert [image["alt"] for image in await shown(asking, venue)] == ["Of the work"]
    await added(asking, key, performance, await hand_in(venue), alt="Of the evening")
    await work(venue)
    assert [image["alt"] for image in await shown(asking, venue)] == ["Of the evening"]


async def test_what_is_refused_at_once(asking):
    venue, key, performance = await a_house()
    theirs = await make_venue()
    file, rows = await hand_in(venue), await hand_in(venue, b"No\n1\n", purpose="IMPORT")
    wrong = [
        ({"file": rows}, {"code": "NOT_FOUND", "field": []}),
        ({"file": await hand_in(theirs)}, {"code": "NOT_FOUND", "field": []}),
        ({"file": f"File_{uuid4().hex}"}, {"code": "NOT_FOUND", "field": []}),
        ({"owner": f"Performance_{uuid4().hex}"}, {"code": "NOT_FOUND", "field": []}),
        ({"owner": "Season_" + "0" * 32}, {"code": "BAD_USER_INPUT", "field": ["ownerId"]}),
        ({"alt": "x" * 501}, {"code": "TOO_LONG", "field": ["alt"]}),
        ({"focal": {"x": 101, "y": 0}}, {"code": "INVALID_VALUE", "field": ["focalPoint"]}),
        ({"at": 0}, {"code": "INVALID_VALUE", "field": ["position"]}),
    ]
    for given, expected in wrong:
        answer = await ask(asking, ADD, token=key, **({"owner": gid(performance), "file": file} | given))
        assert answer.json()["data"]["imageAdd"]["userErrors"] == [expected], given
    async with tenancy.scope(venue.id):
        assert await records.Image.rows(sql("true")) == []


async def test_addresses_of_pictures_lead_nowhere_else(asking):
    venue, key, performance = await a_house()
    theirs = await make_venue()
    await added(asking, key, performance, await hand_in(venue))
    await work(venue)
    (image,) = await shown(asking, venue)
    name = image["url"].rsplit("/", 1)[1]
    digest = name.split("-")[0]

    wrong = [
        f"{theirs.slug}/{name}", f"nobody/{name}", f"{venue.slug}/{digest}-641.webp", f"{venue.slug}/{digest}-640.png",
        f"{venue.slug}/{'0' * 32}-640.webp", f"{venue.slug}/{name}.html", f"{venue.slug}/..%2F..%2Fetc%2Fpasswd",
        f"{venue.slug}/{digest.upper()}-640.webp", f"%00/{name}", f"{venue.slug}/%F0{name}",
    ]  # fmt: skip
    assert [(await asking.get(f"/i/{path}")).status_code for path in wrong] == [404] * len(wrong)
    same = (await asking.get(f"/i/{venue.slug}/{name}")).content
    await ask(asking, ADD, token=await make_key(theirs, "catalogue:write"), owner=gid(performance), file=await hand_in(theirs))
    assert same and (await asking.get(f"/i/{theirs.slug}/{name}")).status_code == 404


async def test_an_organisation_touches_the_pictures_of_its_own_performances(asking):
    venue, key, _ = await a_house()
    async with tenancy.scope(venue.id):
        mine, other = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        film = await make_performance(organisation_ids=[other.id])
    image = (await added(asking, key, film, await hand_in(venue)))["image"]["id"]
    staff = await make_token(venue, organisation_ids=[mine.id])
    file = await hand_in(venue, organisations=frozenset([mine.id]))

    told = [
        (await ask(asking, ADD, token=staff, owner=gid(film), file=file)).json()["data"]["imageAdd"]["userErrors"][0]["code"],
        (await ask(asking, UPDATE, token=staff, id=image, alt="x")).json()["data"]["imageUpdate"]["userErrors"][0]["code"],
        (await ask(asking, REMOVE, token=staff, id=image)).json()["data"]["imageRemove"]["userErrors"][0]["code"],
    ]
    assert told == ["NOT_FOUND"] * 3
    async with tenancy.scope(venue.id):
        assert len(await records.Image.rows(sql("t.alt = ''"))) == 1
