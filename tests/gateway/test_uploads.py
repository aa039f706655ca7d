"""Files in: announced, sent once, held to what was said; half of a file, another file, or a stranger's leaves nothing behind."""

import asyncio
import os
from typing import Any
from uuid import uuid4

import pytest

from gateway import uploads as door
from tenants import keys, signing, tenancy, uploads
from tenants.content import XLSX, type_of
from tenants.sql import sql
from tenants.storage.chunks import PIECE
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

ANNOUNCE = """mutation ($purpose: UploadPurpose!, $name: String!, $type: String!, $size: Int!) {
  stagedUploadCreate(purpose: $purpose, name: $name, contentType: $type, size: $size) {
    file { id name size complete } url headers { name value } expiresAt userErrors { code field } } }"""
PLAN = """mutation ($file: ID!) { importCreate(fileId: $file, kind: HALLS, mapping: { fields: [], empty: [] }) {
  import { state } userErrors { code } } }"""
CSV = b"externalId,name\n1,Store sal\n"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def announce(asking: Any, token: str, size: int = len(CSV), kind: str = "text/csv", purpose: str = "IMPORT") -> Any:
    answer = await ask(asking, ANNOUNCE, token=token, purpose=purpose, name="halls.csv", type=kind, size=size)
    assert codes(answer) == [], answer.text
    return answer.json()["data"]["stagedUploadCreate"]


async def send(asking: Any, staged: Any, content: Any, **headers: str) -> Any:
    given = {h["name"]: h["value"] for h in staged["headers"]} | headers
    return await asking.put(staged["url"], content=content, headers=given)


async def rows_of(venue: Any) -> tuple[int, int]:
    """How many files the venue has, and pieces of them."""
    async with tenancy.scope(venue.id):
        return tuple(
            [
                await tenancy.fetch_value(sql("select count(*) from files where tenant_id = {venue}")),
                await tenancy.fetch_value(sql("select count(*) from file_chunks where tenant_id = {venue}")),
            ]
        )


async def test_a_file_is_announced_sent_and_imported(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")

    staged = await announce(asking, key)
    assert staged["file"] | {"id": ""} == {"id": "", "name": "halls.csv", "size": 28, "complete": False}
    early = await ask(asking, PLAN, token=key, file=staged["file"]["id"])
    assert early.json()["data"]["importCreate"]["userErrors"] == [{"code": "NOT_FOUND"}]

    done = await send(asking, staged, CSV)
    planned = await ask(asking, PLAN, token=key, file=staged["file"]["id"])
    assert (done.status_code, done.content) == (204, b"")
    assert planned.json()["data"]["importCreate"] == {"import": {"state": "PLANNING"}, "userErrors": []}
    assert await rows_of(venue) == (1, 1)


async def test_an_address_is_good_once(asking):
    venue = await make_venue()
    staged = await announce(asking, await make_token(venue))
    first, again = [await send(asking, staged, content) for content in (CSV, CSV.replace(b"1", b"2"))]

    assert (first.status_code, again.status_code, codes(again)) == (204, 404, ["NOT_FOUND"])
    both = await announce(asking, await make_token(venue))
    answers = await asyncio.gather(*(send(asking, both, CSV) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404, 404]


async def test_what_is_not_as_announced_leaves_nothing(asking):
    venue, token = await make_venue(), None
    token = await make_token(venue)

    async def parts(*content: bytes):
        for part in content:
            yield part

    wrong = {
        "fewer": (parts(CSV[:-1]), {}, 400, "WRONG_SIZE"),
        "more": (parts(CSV, b"x"), {}, 400, "WRONG_SIZE"),
        "a length that lies": (CSV + b"x", {}, 400, "WRONG_SIZE"),
        "nothing": (b"", {}, 400, "WRONG_SIZE"),
        "another type": (CSV, {"Content-Type": "image/png"}, 415, "WRONG_CONTENT_TYPE"),
        "compressed": (CSV, {"Content-Encoding": "gzip"}, 415, "BAD_REQUEST"),
        "a spreadsheet": (b"PK\x03\x04".ljust(len(CSV), b"x"), {}, 415, "WRONG_CONTENT_TYPE"),
        "a page": (b" <html><script>".ljust(len(CSV), b"x"), {}, 415, "WRONG_CONTENT_TYPE"),
        "a program": (b"\x7fELF\0\0".ljust(len(CSV), b"x"), {}, 415, "WRONG_CONTENT_TYPE"),
    }
    for why, (content, headers, status, code) in wrong.items():
        staged = await announce(asking, token)
        answer = await send(asking, staged, content, **headers)
        assert (answer.status_code, codes(answer)) == (status, [code]), why
        assert await rows_of(venue) == (0, 0), why
        assert (await send(asking, staged, CSV)).status_code == 404, why


async def test_what_is_refused_at_once(asking):
    token = await make_token(await make_venue())
    wrong = [
        ({"kind": "application/zip"}, {"code": "WRONG_CONTENT_TYPE", "field": ["contentType"]}),
        ({"kind": "image/svg+xml", "purpose": "IMAGE"}, {"code": "WRONG_CONTENT_TYPE", "field": ["contentType"]}),
        ({"size": 0}, {"code": "INVALID_VALUE", "field": ["size"]}),
        ({"kind": "image/png", "purpose": "IMAGE", "size": (20 << 20) + 1}, {"code": "FILE_TOO_LARGE", "field": []}),
    ]
    told = [(await announce(asking, token, **given))["userErrors"] for given, _ in wrong]
    assert told == [[expected] for _, expected in wrong]


async def test_each_purpose_has_its_permission_and_no_file_serves_another(asking):
    venue = await make_venue()
    importer, editor = await make_key(venue, "imports:write"), await make_key(venue, "catalogue:write")
    forbidden = [
        await ask(asking, ANNOUNCE, token=key, purpose=purpose, name="x", type="text/csv", size=1)
        for key, purpose in ((importer, "IMAGE"), (editor, "IMPORT"))
    ]
    assert [codes(answer) for answer in forbidden] == [["FORBIDDEN"], ["FORBIDDEN"]]

    png = b"\x89PNG\r\n\x1a\n" + bytes(2_000)
    staged = await announce(asking, editor, len(png), "image/png", "IMAGE")
    assert (await send(asking, staged, png)).status_code == 204
    planned = await ask(asking, PLAN, token=importer, file=staged["file"]["id"])
    assert planned.json()["data"]["importCreate"]["userErrors"] == [{"code": "NOT_FOUND"}]
    lie = await announce(asking, editor, len(png), "image/jpeg", "IMAGE")
    assert codes(await send(asking, lie, png)) == ["WRONG_CONTENT_TYPE"]


async def test_an_address_dies_with_whoever_asked_for_it_and_opens_no_other_venue(asking):
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.scope(ours.id):
        key, secret = await keys.create_key("Partner", "SECRET", ["imports:write"])
    staged, foreign = await announce(asking, secret), await announce(asking, await make_token(theirs))
    foreign_id, own_id = foreign["file"]["id"].removeprefix("File_"), staged["file"]["id"].removeprefix("File_")

    def forged(venue: Any, file: str, purpose: str = uploads.LINK) -> str:
        return signing.sign(purpose, venue.id.hex, "KEY", key.id.hex, "IMPORT", file, life=uploads.LIFE)

    wrong = [
        forged(ours, foreign_id),
        forged(theirs, foreign_id),
        forged(ours, own_id, "download"),
        forged(ours, uuid4().hex),
        "x",
        forged(ours, own_id)[:-1],
    ]
    answers = [await send(asking, staged | {"url": f"/files/{token}"}, CSV) for token in wrong]
    assert [(a.status_code, codes(a)) for a in answers] == [(404, ["NOT_FOUND"])] * len(wrong)
    assert (await asking.get(staged["url"])).status_code == 404

    async with tenancy.scope(ours.id):
        await keys.revoke_key(key.id)
    assert (await send(asking, staged, CSV)).status_code == 404
    assert (await rows_of(ours), await rows_of(theirs)) == ((1, 0), (1, 0))


async def test_half_a_file_vanishes_and_a_slow_one_is_cut_off(asking, monkeypatch):
    venue = await make_venue()
    token = await make_token(venue)
    monkeypatch.setattr(door, "PAUSE_SECONDS", 0.05)

    async def slow():
        yield b"x" * PIECE
        await asyncio.sleep(10)

    staged = await announce(asking, token, 2 * PIECE)
    answer = await send(asking, staged, slow())
    assert (answer.status_code, codes(answer), answer.headers["connection"]) == (408, ["BAD_REQUEST"], "close")
    assert await rows_of(venue) == (0, 0)

    async def broken():
        yield b"x" * PIECE
        raise ConnectionResetError

    answer = await send(asking, await announce(asking, token, 2 * PIECE), broken())
    assert (answer.status_code, codes(answer)) == (503, ["SERVICE_UNAVAILABLE"])
    assert await rows_of(venue) == (0, 0)


async def test_the_short_way_keeps_to_the_same_rules(asking):
    venue = await make_venue()
    headers = {"Authorization": f"Bearer {await make_key(venue, 'imports:write')}"}
    refused = [await asking.post("/files", content=content, headers=headers) for content in (b"PK\x03\x04xlsx", b"")]

    assert [(a.status_code, codes(a)) for a in refused] == [(415, ["WRONG_CONTENT_TYPE"]), (400, ["WRONG_SIZE"])]
    assert await rows_of(venue) == (0, 0)
    assert (await asking.post("/files?name=a.csv", content=CSV, headers=headers)).status_code == 201
    assert await rows_of(venue) == (1, 1)


def test_bytes_say_what_they_are():
    heads = {
        "image/jpeg": b"\xff\xd8\xff\xe0", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
        "image/avif": b"\0\0\0\x1cftypavif", "image/gif": b"GIF89a", "application/zip": b"PK\x03\x04",
        "application/pdf": b"%PDF-1.7", "image/svg+xml": b"\xef\xbb\xbf <?xml?><SVG onload=x>", "text/html": b"\n<!doctype html>",
        "application/octet-stream": b"\x7fELF\0\0\0\0\1\2\3\4", XLSX: b"PK\x03\x04[Content_Types].xml",
        "application/gzip": b"\x1f\x8b\x08",
    }  # fmt: skip
    assert {name: type_of(head) for name, head in heads.items()} == {name: name for name in heads}
    assert type_of(b'name\n"<script>alert(1)</script>"\n') == type_of(os.urandom(0)) == "text/plain"
    assert {type_of("Nr;Navn\n1;Ås\n".encode(c)) for c in ("utf-16", "utf-16-le", "utf-16-be", "cp1252")} == {"text/plain"}
