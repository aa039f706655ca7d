"""Looking at a file before it is imported, and keeping its mapping for the next one."""

import pytest

from tenants import files, tenancy
from tenants.imports import records
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

PREVIEW = """query ($file: ID!, $kind: ImportKind!, $mapping: ImportMapping) {
  importPreview(fileId: $file, kind: $kind, mapping: $mapping) {
    dialect { format encoding separator columns { field numberFormat dateOrder } }
    mapping { fields { field column template } dateOrder }
    columns { heading samples fields }
    rows { row values { field text } problems { field code } }
    problem { code message }
  }
}"""
SAVE = """mutation ($name: String!, $mapping: ImportMapping!) {
  importMappingSave(name: $name, kind: CUSTOMERS, mapping: $mapping) {
  savedMapping { id name kind mapping { fields { field column numberFormat dateOrder } empty encoding dateOrder } }
  userErrors { code field } } }"""
CREATE = """mutation ($file: ID!, $kind: ImportKind!, $mapping: ImportMapping, $mappingId: ID) {
  importCreate(fileId: $file, kind: $kind, mapping: $mapping, mappingId: $mappingId) { userErrors { code } } }"""
LIST = "{ importMappings { nodes { id name mapping { fields { field } } } } }"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


async def handed_in(venue, data):
    async def arriving():
        yield data.encode() if isinstance(data, str) else data

    return f"File_{(await files.store(venue.id, 'buyers.csv', arriving())).hex}"


async def test_a_preview_proposes_a_mapping_and_shows_what_it_reads(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")
    file = await handed_in(
        venue, "Kundenr;Etternavn;Født;Merke\n1;Ås;31.12.1985;x\n2;;1.2.90;y\n;Bø;32.1.1990;\n".encode("cp1252")
    )

    seen = (await ask(asking, PREVIEW, token=key, file=file, kind="CUSTOMERS")).json()["data"]["importPreview"]

    assert seen["dialect"] == {
        "format": "CSV", "encoding": "WINDOWS_1252", "separator": "SEMICOLON",
        "columns": [{"field": "birthDate", "numberFormat": None, "dateOrder": "DMY"}],
    }  # fmt: skip
    fields = [(one["field"], one["column"]) for one in seen["mapping"]["fields"]]
    assert fields == [("externalId", "Kundenr"), ("lastName", "Etternavn"), ("birthDate", "Født")]
    assert seen["columns"][2:] == [
        {"heading": "Født", "samples": ["31.12.1985", "1.2.90", "32.1.1990"], "fields": ["birthDate"]},
        {"heading": "Merke", "samples": ["x", "y"], "fields": []},
    ]
    assert [(row["row"], {v["field"]: v["text"] for v in row["values"]}) for row in seen["rows"]] == [
        (2, {"externalId": "1", "lastName": "Ås", "birthDate": "1985-12-31"}),
        (3, {"externalId": "2", "birthDate": "1990-02-01"}),
        (4, {"lastName": "Bø"}),
    ]
    assert seen["rows"][2]["problems"] == [
        {"field": "externalId", "code": "REQUIRED"},
        {"field": "birthDate", "code": "INVALID_VALUE"},
    ]
    assert seen["problem"] is None
    async with tenancy.scope(venue.id):
        for table in ("customers", "imports"):
            assert await tenancy.fetch_value(sql(f"select count(*) from {table} where tenant_id = {{venue}}")) == 0


async def test_a_preview_says_why_a_mapping_does_not_fit_and_what_cannot_be_read_at_all(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")
    file = await handed_in(venue, "Etternavn,By\nÅs,Oslo\n")

    seen = (await ask(asking, PREVIEW, token=key, file=file, kind="CUSTOMERS")).json()["data"]["importPreview"]
    assert (seen["problem"]["code"], seen["rows"]) == ("REQUIRED", [])
    assert [column["heading"] for column in seen["columns"]] == ["Etternavn", "By"]

    refused = await ask(asking, PREVIEW, token=key, file=await handed_in(venue, b"%PDF-1.7"), kind="CUSTOMERS")
    assert codes(refused) == ["UNREADABLE_FILE"]
    theirs = await handed_in(await make_venue(), "id\n1\n")
    assert codes(await ask(asking, PREVIEW, token=key, file=theirs, kind="CUSTOMERS")) == ["NOT_FOUND"]
    together = "query ($f: ID!) { importPreview(fileId: $f, kind: HALLS) { rows { row } } imports { totalCount } }"
    assert codes(await ask(asking, together, token=key, f=file)) == ["MIXED_SCOPES"]
    nowhere = await make_token(platform_admin=True)
    assert codes(await ask(asking, PREVIEW, token=nowhere, file=file, kind="CUSTOMERS")) == ["FORBIDDEN"]


async def test_of_a_large_file_only_the_beginning_is_fetched(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")
    file = await handed_in(venue, "Kundenr,Etternavn\n" + "".join(f"{n},{'x' * 150}\n" for n in range(60_000)) + '"')
    seen = (await ask(asking, PREVIEW, token=key, file=file, kind="CUSTOMERS")).json()["data"]["importPreview"]
    assert (len(seen["rows"]), seen["problem"]) == (20, None)


async def test_a_mapping_is_kept_under_its_name_until_it_is_deleted(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")
    mapping = {"fields": [{"field": "externalId", "column": "Nr", "dateOrder": "DMY"}], "empty": ["-"], "encoding": "UTF_16"}

    first = (await ask(asking, SAVE, token=key, name=" Kunder ", mapping=mapping)).json()["data"]["importMappingSave"]
    assert first["savedMapping"]["name"] == "Kunder" and first["savedMapping"]["kind"] == "CUSTOMERS"
    assert first["savedMapping"]["mapping"] == {
        "fields": [{"field": "externalId", "column": "Nr", "numberFormat": None, "dateOrder": "DMY"}],
        "empty": ["-"], "encoding": "UTF_16", "dateOrder": None,
    }  # fmt: skip
    mapping["fields"].append({"field": "name:en", "column": "Name"})
    refused = (await ask(asking, SAVE, token=key, name="Kunder", mapping=mapping)).json()["data"]["importMappingSave"]
    assert refused == {"savedMapping": None, "userErrors": [{"code": "UNKNOWN_FIELD", "field": ["mapping"]}]}
    mapping["fields"][1] = {"field": "lastName", "column": "Name"}
    again = (await ask(asking, SAVE, token=key, name="Kunder", mapping=mapping)).json()["data"]["importMappingSave"]
    assert again["savedMapping"]["id"] == first["savedMapping"]["id"]

    listed = (await ask(asking, LIST, token=key)).json()["data"]["importMappings"]["nodes"]
    assert [(one["name"], [f["field"] for f in one["mapping"]["fields"]]) for one in listed] == [
        ("Kunder", ["externalId", "lastName"])
    ]
    elsewhere = await make_key(await make_venue(), "imports:write")
    delete = "mutation ($id: ID!) { importMappingDelete(id: $id) { deletedId userErrors { code } } }"
    for token, error in ((elsewhere, "NOT_FOUND"), (key, None), (key, "NOT_FOUND")):
        gone = (await ask(asking, delete, token=token, id=listed[0]["id"])).json()["data"]["importMappingDelete"]
        assert [e["code"] for e in gone["userErrors"]] == ([error] if error else [])
    assert (await ask(asking, LIST, token=key)).json()["data"]["importMappings"]["nodes"] == []


async def test_an_import_takes_a_mapping_that_is_kept_for_its_kind(asking):
    venue = await make_venue()
    key = await make_key(venue, "imports:write")
    mapping = {"fields": [{"field": "externalId", "column": "Nr"}, {"field": "lastName", "value": "Ås"}], "empty": ["-"]}
    saved = (await ask(asking, SAVE, token=key, name="Kunder", mapping=mapping)).json()["data"]["importMappingSave"]
    kept, file = saved["savedMapping"]["id"], await handed_in(venue, "Nr\n1\n")

    async def create(token=key, kind="CUSTOMERS", **given):
        answer = await ask(asking, CREATE, token=token, file=file, kind=kind, **given)
        return [error["code"] for error in answer.json()["data"]["importCreate"]["userErrors"]]

    assert await create(mappingId=kept) == []
    async with tenancy.scope(venue.id):
        (task,) = await records.Import.all()
    assert [(f["field"], f.get("column"), f.get("value")) for f in task.mapping["fields"]] == [
        ("externalId", "Nr", None),
        ("lastName", None, "Ås"),
    ]

    assert [await create(), await create(mapping=mapping, mappingId=kept)] == [["INVALID_VALUE"]] * 2
    assert await create(mappingId=kept, kind="HALLS") == ["INVALID_VALUE"]
    other = await make_venue()
    file = await handed_in(other, "Nr\n1\n")
    assert await create(token=await make_key(other, "imports:write"), mappingId=kept) == ["NOT_FOUND"]
    async with tenancy.scope(venue.id):
        assert await records.Import.all().count() == 1
    async with tenancy.scope(other.id):
        assert await records.Import.all().count() == 0
