"""Files out by link: the bytes as they came, for whoever the link was made for, as long as they may; nobody else learns of it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tenants import files, keys, people, sessions, signing, tenancy
from tenants.audit_entries import AuditEntry
from tenants.downloads import PURPOSE
from tenants.imports import records
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client

LINKS = """query ($id: ID!) { import(id: $id) {
  problemsDownload { url expiresAt } file { name deletedAt download { url expiresAt } } } }"""


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def an_import(venue: Any, content: bytes = b"No\n1\n", name: str = "halls.csv", organisations: Any = None) -> Any:
    async def arriving():
        yield content

    file = await files.store(venue.id, name, arriving(), organisations=organisations)
    async with tenancy.scope(venue.id, organisations=organisations):
        return await records.Import.create(
            kind="halls", file_id=file, mapping={}, state="PLANNED", organisation_ids=tenancy.current().reach
        )


async def links_to(asking: Any, made: Any, token: str, **more: Any) -> Any:
    answer = await ask(asking, LINKS, token=token, id=f"Import_{made.id.hex}", **more)
    return answer.json()["data"]["import"]


async def downloads_of(venue: Any) -> list[Any]:
    async with tenancy.scope(venue.id):
        rows = await AuditEntry.rows(sql("t.action = 'download'"), tail=sql("order by t.created_at"))
    return [(row.actor_kind, row.objects) for row in rows]


async def test_a_link_leads_to_the_bytes_and_leaves_an_entry(asking):
    venue = await make_venue()
    content = b"No,Name\n" + b"1,=cmd|' /C calc'!A0\n" * 90_000
    made = await an_import(venue, content, "../Salg: æøå\u202ecsv.exe\r\n.csv")
    token = await make_token(venue)

    link = (await links_to(asking, made, token))["file"]["download"]
    left = datetime.fromisoformat(link["expiresAt"]) - datetime.now(UTC)
    answer = await asking.get(link["url"])

    assert 890 < left.total_seconds() <= 900
    assert (answer.status_code, answer.content == content) == (200, True)
    told = {name: value for name, value in answer.headers.items() if name != "x-trace-id"}
    assert told == {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-disposition": 'attachment; filename="_Salg_ __a__csv.exe__.csv"; '
        "filename*=UTF-8''_Salg_%20%C3%A6%C3%B8%C3%A5_csv.exe__.csv",
        "content-type": "application/octet-stream",
        "content-length": str(len(content)),
    }
    assert await downloads_of(venue) == [("PERSON", [f"File_{made.file_id.hex}"])]
    head = await asking.head(link["url"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")


async def test_problems_come_as_csv_that_is_no_formula(asking):
    venue = await make_venue()
    made = await an_import(venue)
    async with tenancy.scope(venue.id):
        for row in range(2, 1_300):
            await tenancy.execute(
                sql(
                    "insert into import_problems (tenant_id, import_id, row_number, position, column_name, code, message)"
                    " values ({venue}, {id}, {row}, 0, 'name', 'TOO_LONG', {message}),"
                    " ({venue}, {id}, {row}, 1, null, 'REQUIRED', 'Every row needs this.')",
                    id=made.id,
                    row=row,
                    message="=HYPERLINK(1)" if row == 2 else "Too long, sorry",
                )
            )
    key = await make_key(venue, "imports:write")

    answer = await asking.get((await links_to(asking, made, key))["problemsDownload"]["url"])

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))
    assert rows[:3] == [
        ["row", "field", "code", "message"],
        ["2", "name", "TOO_LONG", "'=HYPERLINK(1)"],
        ["2", "", "REQUIRED", "Every row needs this."],
    ]
    assert (len(rows), rows[-1][0]) == (1 + 2 * 1_298, "1299")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert await downloads_of(venue) == [("KEY", [f"Import_{made.id.hex}"])]


async def test_a_link_dies_with_whoever_asked_for_it(asking):
    venue, email = await make_venue(), f"{uuid4().hex}@example.org"
    made, token = await an_import(venue), await make_token(venue, email=email)
    async with tenancy.scope(venue.id):
        key, secret = await keys.create_key("Partner", "SECRET", ["imports:write"])
    of_person = (await links_to(asking, made, token))["file"]["download"]["url"]
    of_key = (await links_to(asking, made, secret))["file"]["download"]["url"]
    assert [(await asking.get(url)).status_code for url in (of_person, of_key)] == [200, 200]

    async with tenancy.scope(venue.id):
        await keys.revoke_key(key.id)
    async with tenancy.platform():
        person = await people.Person.get(email=email)
        await tenancy.execute(sql("update grants set role = 'BOX_OFFICE' where person_id = {id}", id=person.id))
    assert [(await asking.get(url)).status_code for url in (of_person, of_key)] == [404, 404]

    async with tenancy.platform():
        await tenancy.execute(sql("update grants set role = 'MARKETING' where person_id = {id}", id=person.id))
    assert (await asking.get(of_person)).status_code == 200
    async with tenancy.platform():
        await sessions.revoke_all(person.id)
    assert (await asking.get(of_person)).status_code == 404


async def test_a_link_that_is_not_ours_or_not_any_more_answers_as_one_that_never_was(asking):
    ours, theirs = await make_venue(), await make_venue()
    made, foreign = await an_import(ours), await an_import(theirs)
    async with tenancy.scope(ours.id):
        key, _ = await keys.create_key("Partner", "SECRET", ["imports:write"])

    def forged(venue: Any, row: Any, *, purpose: str = PURPOSE, life: Any = None) -> str:
        return signing.sign(purpose, venue.id.hex, "KEY", key.id.hex, "file", row.file_id.hex, life=life or timedelta(minutes=5))

    good = forged(ours, made)
    wrong = {
        "another venue's file": forged(ours, foreign),
        "another venue": forged(theirs, foreign),
        "an upload's": forged(ours, made, purpose="upload"),
        "ended": forged(ours, made, life=timedelta(seconds=-1)),
        "tampered": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "nothing": "x",
        "a path": "..%2F..%2Fetc%2Fpasswd",
        "long": "x" * 5_000,
        "no letters": "%FF%00.%C3%28",
    }
    assert (await asking.get(f"/files/{good}")).status_code == 200
    answers = {why: await asking.get(f"/files/{token}") for why, token in wrong.items()}
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(wrong, 404)
    told = {why: answer.json()["errors"][0]["message"] for why, answer in answers.items() if why != "a path"}
    assert set(told.values()) == {"This link is not good, or not any more; ask for another."}
    assert len(await downloads_of(ours)) == 1 and await downloads_of(theirs) == []


async def test_staff_of_another_organisation_may_not_use_a_link(asking):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        mine, other = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        key, secret = await keys.create_key("Theatre", "SECRET", ["imports:write"], organisation_ids=[mine.id])
    made = await an_import(venue, organisations=frozenset([mine.id]))
    url = (await links_to(asking, made, secret))["file"]["download"]["url"]
    assert (await asking.get(url)).status_code == 200

    async with tenancy.platform():
        await tenancy.execute(sql("update keys set organisation_ids = {o} where id = {id}", o=[other.id], id=key.id))
    assert (await asking.get(url)).status_code == 404


async def test_what_is_forgotten_cannot_be_downloaded(asking):
    venue = await make_venue()
    made, token = await an_import(venue), await make_token(venue)
    url = (await links_to(asking, made, token))["file"]["download"]["url"]
    async with tenancy.scope(venue.id):
        await tenancy.execute(sql("update imports set updated_at = now() - interval '31 days' where tenant_id = {venue}"))
    async with tenancy.scope(venue.id):
        await records.forget_old()

    file = (await links_to(asking, made, token))["file"]
    assert (file["download"], file["deletedAt"] is not None) == (None, True)
    assert (await asking.get(url)).status_code == 404


async def test_the_log_has_no_link_in_it(asking, caplog):
    caplog.set_level("INFO", "foyer.gateway")
    venue = await make_venue()
    url = (await links_to(asking, await an_import(venue), await make_token(venue)))["file"]["download"]["url"]
    await asking.get(url)

    assert [r for r in caplog.messages if r.startswith("GET /files/{signed} 200")]
    assert [r for r in caplog.messages if url.rsplit("/", 1)[1][:20] in r] == []
