"""A venue's own fields: an admin defines them, partners write and read what they hold, lists are found by it."""

from typing import Any

import pytest

from tenants import tenancy
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

FIELD = """{ object key type name description inShop archivedAt
  translations { language name description } options { key name archived translations { language name } } }"""
CREATE = """mutation ($in: CustomFieldCreateInput!) {
  customFieldCreate(input: $in) { userErrors { code field } customField FIELD } }""".replace("FIELD", FIELD)
UPDATE = """mutation ($id: ID!, $in: CustomFieldUpdateInput!) {
  customFieldUpdate(id: $id, input: $in) { userErrors { code field } customField FIELD } }""".replace("FIELD", FIELD)
UPSERT = """mutation ($rows: [CustomerUpsertRow!]!) {
  customersUpsert(rows: $rows) { results { status errors { code field message } object { ... on Customer { %s } } } } }"""
HELD = "customFields { key value integer decimal boolean date dateTime option { key name } field { name } }"
EMPTY = {"integer": None, "decimal": None, "boolean": None, "date": None, "dateTime": None, "option": None}
DEFINED = {
    "diet": {"type": "TEXT"},
    "seats": {"type": "INTEGER"},
    "rate": {"type": "DECIMAL"},
    "vip": {"type": "BOOLEAN"},
    "since": {"type": "DATE"},
    "called_at": {"type": "DATETIME"},
    "row": {"type": "CHOICE", "options": [{"key": "front", "name": "Foran"}, {"key": "back", "name": "Bak"}]},
}
VALUES = {
    "diet": "Vegan, ikke nøtter", "seats": "-3", "rate": "12.5", "vip": "true", "since": "2019-12-31",
    "called_at": "2026-11-21T18:30:00Z", "row": "front",
}  # fmt: skip


@pytest.fixture(scope="module")
async def asking():
    async with client() as connected:
        yield connected


async def define(asking: Any, venue: Any, on: str = "CUSTOMER", **fields: dict[str, Any]) -> dict[str, str]:
    """The ids of new fields of a venue, by key."""
    token, ids = await make_token(venue), {}
    create = CREATE.replace("customField {", "customField { id")
    for key, about in fields.items():
        wanted = {"object": on, "key": key, "name": key.capitalize(), **about}
        made = (await ask(asking, create, token=token, **{"in": wanted})).json()["data"]["customFieldCreate"]
        assert made["userErrors"] == [], made
        ids[key] = made["customField"]["id"]
    return ids


async def written(asking: Any, key: str, *rows: Any, shown: str = "updatedAt") -> list[Any]:
    """What became of rows of customers."""
    answer = (await ask(asking, UPSERT % shown, token=key, rows=list(rows))).json()
    return answer["data"]["customersUpsert"]["results"]


def own(**values: str | None) -> list[dict[str, str | None]]:
    return [{"key": key, "value": value} for key, value in values.items()]


async def test_an_admin_defines_changes_and_archives_a_field(asking):
    venue = await make_venue(languages=["nb", "en"])
    token = await make_token(venue)
    choice = {
        "object": "PERFORMANCE", "key": "sound_level", "type": "CHOICE", "name": " Lydnivå ", "inShop": True,
        "translations": [{"language": "en-GB", "name": "Sound level", "description": "How loud it is."}],
        "options": [
            {"key": "low", "name": "Lavt", "translations": [{"language": "en", "name": "Low"}]}, {"key": "high", "name": "Høyt"},
        ],
    }  # fmt: skip

    made = (await ask(asking, CREATE.replace("customField {", "customField { id"), token=token, **{"in": choice})).json()
    field = made["data"]["customFieldCreate"]["customField"]
    field_id = field.pop("id")
    low = {"key": "low", "name": "Lavt", "archived": False, "translations": [{"language": "en", "name": "Low"}]}
    assert field == {
        "object": "PERFORMANCE", "key": "sound_level", "type": "CHOICE", "name": "Lydnivå", "description": None, "inShop": True,
        "archivedAt": None, "translations": [{"language": "en", "name": "Sound level", "description": "How loud it is."}],
        "options": [low, {"key": "high", "name": "Høyt", "archived": False, "translations": []}],
    }  # fmt: skip

    change = {
        "name": "Lyd",
        "inShop": False,
        "translations": [{"language": "en", "description": None}],
        "options": [{"key": "deafening", "name": "Øredøvende"}, {"key": "low", "name": "Stille"}],
    }
    changed = (await ask(asking, UPDATE, token=token, id=field_id, **{"in": change})).json()["data"]["customFieldUpdate"]
    assert changed["customField"] == {
        **field, "name": "Lyd", "inShop": False,
        "translations": [{"language": "en", "name": "Sound level", "description": None}],
        "options": [
            {"key": "deafening", "name": "Øredøvende", "archived": False, "translations": []},
            {**low, "name": "Stille"},
            {"key": "high", "name": "Høyt", "archived": True, "translations": []},
        ],
    }  # fmt: skip

    for step, gone in (("Archive", True), ("Archive", True), ("Restore", False)):
        turn = f"mutation ($id: ID!) {{ customField{step}(id: $id) {{ customField {{ archivedAt }} userErrors {{ code }} }} }}"
        answer = (await ask(asking, turn, token=token, id=field_id)).json()["data"][f"customField{step}"]
        assert (bool(answer["customField"]["archivedAt"]), answer["userErrors"]) == (gone, [])
        found = await ask(asking, "{ customFields(where: {archived: true}) { nodes { key } } }", token=token)
        assert found.json()["data"]["customFields"]["nodes"] == ([{"key": "sound_level"}] if gone else [])


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"key": "Diet"}, "INVALID_VALUE", ["key"]),
        ({"key": "diet__x"}, "INVALID_VALUE", ["key"]),
        ({"key": "d" * 61}, "INVALID_VALUE", ["key"]),
        ({"key": "taken"}, "NOT_UNIQUE", ["key"]),
        ({"name": " "}, "REQUIRED", ["name"]),
        ({"name": "x" * 301}, "TOO_LONG", ["name"]),
        ({"inShop": True}, "INVALID_VALUE", ["inShop"]),
        ({"type": "CHOICE"}, "REQUIRED", ["options"]),
        ({"type": "CHOICE", "options": []}, "REQUIRED", ["options"]),
        ({"options": [{"key": "a", "name": "A"}]}, "INVALID_VALUE", ["options"]),
        ({"type": "CHOICE", "options": [{"key": "A b", "name": "A"}]}, "INVALID_VALUE", ["options", "0", "key"]),
        ({"type": "CHOICE", "options": [{"key": "a", "name": "A"}] * 2}, "NOT_UNIQUE", ["options", "1", "key"]),
        ({"type": "CHOICE", "options": [{"key": f"a{n}", "name": "A"} for n in range(201)]}, "TOO_MANY_ROWS", ["options"]),
        ({"translations": [{"language": "fr", "name": "Régime"}]}, "INVALID_VALUE", ["translations", "0", "language"]),
    ],
)
async def test_a_field_that_cannot_be_is_refused(asking, wrong, code, field):
    venue = await make_venue(languages=["no", "en"])
    await define(asking, venue, taken={"type": "TEXT"})
    given = {"object": "CUSTOMER", "key": "diet", "type": "TEXT", "name": "Kost", **wrong}
    answer = (await ask(asking, CREATE, token=await make_token(venue), **{"in": given})).json()["data"]["customFieldCreate"]
    assert answer == {"userErrors": [{"code": code, "field": ["input", *field]}], "customField": None}
    async with tenancy.scope(venue.id):
        keys = await tenancy.fetch(sql("select key from custom_fields where tenant_id = {venue}"))
    assert [row.key for row in keys] == ["taken"]


async def test_there_is_room_for_so_many_fields_in_use_and_an_archived_one_makes_room(asking):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        many = "insert into custom_fields (tenant_id, id, object, key, type, name) "
        rows = "select {venue}, gen_random_uuid(), 'CUSTOMER', 'f' || n, 'TEXT', 'F' from generate_series(1, 49) n"
        await tenancy.execute(sql(many + rows))
    ids = await define(asking, venue, last={"type": "TEXT"})
    token = await make_token(venue)
    one_more = {"object": "CUSTOMER", "key": "more", "type": "TEXT", "name": "More"}

    full = (await ask(asking, CREATE, token=token, **{"in": one_more})).json()["data"]["customFieldCreate"]
    assert full["userErrors"] == [{"code": "TOO_MANY_ROWS", "field": ["input", "object"]}]
    await define(asking, venue, on="ORDER", more={"type": "TEXT"})
    archive = "mutation ($id: ID!) { customFieldArchive(id: $id) { userErrors { code } } }"
    assert (await ask(asking, archive, token=token, id=ids["last"])).json()["data"]["customFieldArchive"] == {"userErrors": []}
    await define(asking, venue, more={"type": "TEXT"})
    restored = await ask(asking, archive.replace("Archive", "Restore"), token=token, id=ids["last"])
    assert restored.json()["data"]["customFieldRestore"] == {"userErrors": [{"code": "TOO_MANY_ROWS"}]}


async def test_values_of_each_type_are_written_read_and_taken_away(asking):
    venue = await make_venue()
    await define(asking, venue, **DEFINED)
    key = await make_key(venue, "customers:read", "customers:write")

    (first,) = await written(asking, key, {"externalId": "1", "customFields": own(**VALUES)}, shown=HELD)

    typed = {
        "diet": {}, "seats": {"integer": -3}, "rate": {"decimal": "12.5"}, "vip": {"boolean": True},
        "since": {"date": "2019-12-31"}, "called_at": {"dateTime": "2026-11-21T18:30:00Z"},
        "row": {"option": {"key": "front", "name": "Foran"}},
    }  # fmt: skip
    assert first["object"]["customFields"] == [
        {**EMPTY, "key": key, "value": VALUES[key], "field": {"name": key.capitalize()}, **typed[key]} for key in DEFINED
    ]
    (again,) = await written(asking, key, {"externalId": "1", "customFields": own(**VALUES)})
    assert again["status"] == "UNCHANGED"
    fewer = own(vip="false", diet=None, since="", rate="1.0")
    (less,) = await written(asking, key, {"externalId": "1", "customFields": fewer}, shown=HELD)
    assert less["status"] == "UPDATED"
    assert {held["key"]: held["value"] for held in less["object"]["customFields"]} == {
        "seats": "-3", "rate": "1", "vip": "false", "called_at": "2026-11-21T18:30:00Z", "row": "front",
    }  # fmt: skip


async def test_a_changed_value_raises_the_version_and_an_old_version_is_refused(asking):
    venue = await make_venue()
    await define(asking, venue, **DEFINED)
    key = await make_key(venue, "customers:read", "customers:write")
    (first,) = await written(asking, key, {"externalId": "1", "customFields": own(seats="1")})
    (second,) = await written(asking, key, {"externalId": "1", "customFields": own(seats="2")})
    assert second["status"] == "UPDATED" and second["object"]["updatedAt"] > first["object"]["updatedAt"]

    old = {"externalId": "1", "version": first["object"]["updatedAt"], "customFields": own(seats="3")}
    (refused,) = await written(asking, key, old)
    assert [(e["code"], e["field"]) for e in refused["errors"]] == [("CHANGED_SINCE", ["rows", "0", "version"])]
    assert "this would overwrite custom.seats" in refused["errors"][0]["message"]
    (same,) = await written(asking, key, {**old, "customFields": own(seats="2")})
    (new,) = await written(asking, key, {**old, "version": second["object"]["updatedAt"]})
    assert (same["status"], new["status"]) == ("UNCHANGED", "UPDATED")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (own(nowhere="x"), "UNKNOWN_FIELD"),
        (own(seats="1.5"), "INVALID_VALUE"),
        (own(seats="2147483648"), "INVALID_VALUE"),
        (own(seats="１"), "INVALID_VALUE"),
        (own(rate="0.0000001"), "INVALID_VALUE"),
        (own(rate="1000000000000"), "INVALID_VALUE"),
        (own(rate="NaN"), "INVALID_VALUE"),
        (own(vip="ja"), "INVALID_VALUE"),
        (own(since="31.12.2019"), "INVALID_VALUE"),
        (own(since="2019-02-29"), "INVALID_VALUE"),
        (own(called_at="2026-11-21T18:30:00"), "INVALID_VALUE"),
        (own(called_at="0001-01-01T00:00:00+14:00"), "INVALID_VALUE"),
        (own(row="Foran"), "INVALID_VALUE"),
        (own(diet="x" * 1001), "INVALID_VALUE"),
        (own(diet="a") * 2, "CONFLICTING_ROWS"),
    ],
)
async def test_a_value_that_does_not_fit_rejects_its_row_and_nothing_of_it_is_written(asking, values, code):
    venue = await make_venue()
    await define(asking, venue, **DEFINED)
    key = await make_key(venue, "customers:read", "customers:write")
    bad, good = await written(asking, key, {"externalId": "1", "customFields": values}, {"externalId": "2"})

    place = str(len(values) - 1)
    assert [(e["code"], e["field"]) for e in bad["errors"]] == [(code, ["rows", "0", "customFields", place])]
    assert (bad["status"], good["status"]) == ("REJECTED", "CREATED")
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from customers where tenant_id = {venue}")) == 1
        assert await tenancy.fetch(sql("select from customer_values where tenant_id = {venue}")) == []


async def test_an_archived_option_stays_where_it_is_and_cannot_be_chosen(asking):
    venue = await make_venue()
    ids = await define(asking, venue, row=DEFINED["row"])
    key = await make_key(venue, "customers:read", "customers:write")
    await written(asking, key, {"externalId": "1", "customFields": own(row="front")})
    only = {"options": [{"key": "back", "name": "Bak"}]}
    await ask(asking, UPDATE, token=await make_token(venue), id=ids["row"], **{"in": only})

    row = own(row="front")
    there, new, other = await written(
        asking, key, {"externalId": "1", "customFields": row}, {"externalId": "2", "customFields": row},
        {"externalId": "3", "customFields": own(row="back")},
    )  # fmt: skip
    assert [there["status"], new["status"], other["status"]] == ["UNCHANGED", "REJECTED", "CREATED"]
    assert [(e["code"], e["field"]) for e in new["errors"]] == [("INVALID_VALUE", ["rows", "1", "customFields"])]


async def test_an_archived_field_keeps_its_values_and_shows_none(asking):
    venue = await make_venue()
    ids = await define(asking, venue, diet={"type": "TEXT"})
    key, token = await make_key(venue, "customers:read", "customers:write"), await make_token(venue)
    await written(asking, key, {"externalId": "1", "customFields": own(diet="Vegan")})
    turn = "mutation ($id: ID!) { customFieldArchive(id: $id) { userErrors { code } } }"
    shown = "{ customers { nodes { customFields { value } } } }"

    await ask(asking, turn, token=token, id=ids["diet"])
    assert (await ask(asking, shown, token=key)).json()["data"]["customers"]["nodes"] == [{"customFields": []}]
    found = await ask(asking, '{ customers(where: {customFields: [{key: "diet"}]}) { totalCount } }', token=key)
    assert codes(found) == ["UNKNOWN_FIELD"]
    (refused,) = await written(asking, key, {"externalId": "1", "customFields": own(diet="Kjøtt")})
    assert [e["code"] for e in refused["errors"]] == ["UNKNOWN_FIELD"]
    await ask(asking, turn.replace("Archive", "Restore"), token=token, id=ids["diet"])
    assert (await ask(asking, shown, token=key)).json()["data"]["customers"]["nodes"] == [{"customFields": [{"value": "Vegan"}]}]
