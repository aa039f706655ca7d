"""Where bytes are: both stores keep the same promises; the bucket through an S3 at the HTTP edge that checks every signature."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from jobs import housekeeping
from tenants import files, storage, tenancy
from tenants.errors import Refusal, SettingsError, Unavailable
from tenants.files import File
from tenants.settings import settings
from tenants.sql import sql
from tenants.storage.bucket import Bucket
from tests import bucket
from tests.builders import make_key, make_venue
from tests.gateway.clients import client, codes


@pytest.fixture
def s3(monkeypatch):
    """A bucket that new files go to."""
    with bucket.running() as fake:
        chosen = settings().model_copy(update={"storage_url": fake.url})
        monkeypatch.setattr(storage, "settings", lambda: chosen)
        storage.store.cache_clear()
        yield fake
    storage.store.cache_clear()


async def arriving(*parts: bytes):
    for part in parts:
        yield part


async def row_of(venue: Any, file: UUID) -> Any:
    async with tenancy.scope(venue.id):
        return await File.get(id=file)


async def read(venue: Any, file: UUID) -> bytes:
    return b"".join([piece async for piece in files.pieces(venue.id, await row_of(venue, file))])


@pytest.mark.parametrize("size", [1, files.LARGEST % 1000 + 5, (1 << 20) + 1, 21 << 20])
async def test_what_goes_into_the_bucket_comes_out(s3, size):
    venue = await make_venue()
    content = hashlib.shake_128(b"x").digest(size)
    file = await files.store(venue.id, "a", arriving(content[: size // 2], content[size // 2 :]))

    assert await read(venue, file) == content
    assert (list(s3.objects), s3.refused, s3.uploads) == ([f"{venue.id}/{file}"], [], {})
    assert ("partNumber" in " ".join(s3.asked)) == (size > 8 << 20)
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from file_chunks where tenant_id = {venue}")) == 0


async def test_half_a_file_is_nowhere(s3):
    venue = await make_venue()

    async def broken():
        yield b"x" * (12 << 20)
        raise ConnectionResetError("the sender is gone")

    for sent, raised in ((broken(), ConnectionResetError), (arriving(b"x" * 100), Refusal)):
        with pytest.raises(raised):
            await files.store(venue.id, "a", sent, largest=13 << 20 if raised is ConnectionResetError else 99)
    assert (s3.objects, s3.refused, s3.uploads) == ({}, [], {})


async def test_a_store_that_stumbles_is_asked_again_and_one_that_is_gone_is_told(s3, monkeypatch):
    venue = await make_venue()
    s3.broken = 2
    file = await files.store(venue.id, "a", arriving(b"abc"))
    assert await read(venue, file) == b"abc"
    assert s3.refused == ["SlowDown", "SlowDown"]

    del s3.objects[f"{venue.id}/{file}"]
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await read(venue, file)
    wrong = Bucket(s3.url.replace("AKIA-TEST", "AKIA-OTHER"))
    with pytest.raises(Unavailable) as told:
        await wrong.keep(venue.id, uuid4(), arriving(b"abc"))
    assert "AKIA" not in str(told.value) and s3.refused[-1] == "InvalidAccessKeyId"


async def test_a_wrong_secret_writes_nothing(s3):
    with pytest.raises(Unavailable):
        await Bucket(s3.url.replace("s3cret", "other")).keep(uuid4(), uuid4(), arriving(b"abc"))
    assert (s3.objects, s3.refused) == ({}, ["SignatureDoesNotMatch"])


async def test_files_of_before_stay_where_they_are(monkeypatch):
    venue = await make_venue()
    before = await files.store(venue.id, "a", arriving(b"before"))
    with bucket.running() as fake:
        chosen = settings().model_copy(update={"storage_url": fake.url})
        monkeypatch.setattr(storage, "settings", lambda: chosen)
        storage.store.cache_clear()
        after = await files.store(venue.id, "b", arriving(b"after"))
        assert [await read(venue, file) for file in (before, after)] == [b"before", b"after"]
        assert ((await row_of(venue, before)).stored, (await row_of(venue, after)).stored) == ("DATABASE", "BUCKET")
    storage.store.cache_clear()


async def test_deletion_follows_the_row_and_orphans_go_and_other_venues_stay(s3):
    ours, theirs = await make_venue(), await make_venue()
    kept = [await files.store(ours.id, "kept", arriving(b"k")) for _ in range(5)]
    gone, forgotten = [await files.store(ours.id, "gone", arriving(b"g")) for _ in range(2)]
    foreign = await files.store(theirs.id, "foreign", arriving(b"f"))
    s3.objects[f"{ours.id}/{uuid4()}"] = b"an orphan"
    s3.objects[f"{theirs.id}/{kept[0]}"] = b"another venue's file by the name of ours"
    async with tenancy.scope(ours.id):
        await tenancy.execute(sql("delete from files where tenant_id = {venue} and id = {id}", id=gone))
        await tenancy.execute(sql("update files set deleted_at = now() where tenant_id = {venue} and id = {id}", id=forgotten))

    await housekeeping.sweep_files(ours.id)

    assert {key for key in s3.objects if key.startswith(str(ours.id))} == {f"{ours.id}/{file}" for file in kept}
    assert len([key for key in s3.objects if key.startswith(str(theirs.id))]) == 2
    await housekeeping.sweep_files(theirs.id)
    assert [key for key in s3.objects if key.startswith(str(theirs.id))] == [f"{theirs.id}/{foreign}"]


async def test_an_upload_goes_through_the_gateway_into_the_bucket(s3):
    venue = await make_venue()
    headers = {"Authorization": f"Bearer {await make_key(venue, 'imports:write')}"}
    async with client() as asking:
        done = await asking.post("/files", content=b"No\n1\n", headers=headers)
        refused = await asking.post("/files", content=b"%PDF-1.4", headers=headers)
        s3.broken = 100
        down = await asking.post("/files", content=b"No\n1\n", headers=headers)
    assert (done.status_code, codes(refused), codes(down)) == (201, ["WRONG_CONTENT_TYPE"], ["SERVICE_UNAVAILABLE"])
    assert list(s3.objects.values()) == [b"No\n1\n"]
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from files where tenant_id = {venue}")) == 1


@pytest.mark.parametrize("url", ["https://x/y", "s3://host/bucket", "s3://key:secret@host", "s3://key:se/cret@host/bucket"])
def test_a_wrong_address_is_told_at_the_start_and_not_repeated(monkeypatch, url):
    monkeypatch.setenv("FOYER_STORAGE_URL", url)
    with pytest.raises(SettingsError, match="FOYER_STORAGE_URL is not usable") as refused:
        settings.__wrapped__()
    assert "key" not in str(refused.value).replace("key:secret@host/bucket?region", "")
