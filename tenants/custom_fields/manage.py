"""How a venue's own fields come and go. What is left out of a change stays; nothing that holds values is ever deleted."""

from typing import Any
from uuid import UUID

from tenants import audit, tenancy
from tenants.custom_fields.checks import columns_of, key_of
from tenants.custom_fields.inputs import CustomFieldCreate, CustomFieldUpdate
from tenants.custom_fields.records import CustomField, options_of
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.record import not_found
from tenants.sql import apart, join, name, sql

MOST = 50  # fields in use on one kind of object
_TOLD = ("name", "description", "in_shop", "options")  # to the audit log


async def create(wanted: CustomFieldCreate) -> Any:
    """A new field. Raises INVALID_VALUE, REQUIRED, TOO_LONG, NOT_UNIQUE, TOO_MANY_ROWS."""
    await _lock()
    await _make_room(wanted.object)
    fresh = CustomField(object=wanted.object, key=key_of(wanted.key, "key"), type=wanted.type, name="")
    columns = {"object": wanted.object, "key": wanted.key, "type": wanted.type, **await columns_of(fresh, wanted)}
    made = await tenancy.fetch_one(
        sql(
            "insert into custom_fields (tenant_id, id, {columns}) values ({venue}, {id}, {values}) "
            "on conflict (tenant_id, object, key) do nothing returning *",
            id=new_id(),
            columns=join(", ", [name(column) for column in columns]),
            values=join(", ", list(apart(columns).values())),
        ),
        CustomField,
    )
    if made is None:
        raise Refusal("NOT_UNIQUE", f"There is a field `{wanted.key}` already, perhaps an archived one.", field=["key"])
    audit.changed("CustomField", made.id, None, {"object": made.object, "key": made.key, "type": made.type, **_told(made)})
    return made


async def update(field_id: UUID, wanted: CustomFieldUpdate) -> Any:
    """Change a field. Raises NOT_FOUND, INVALID_VALUE, REQUIRED, TOO_LONG, TOO_MANY_ROWS."""
    await _lock()
    before = await _found(field_id)
    if not (columns := await columns_of(before, wanted)):
        return before
    after = await _set(before.id, columns)
    audit.changed("CustomField", before.id, _told(before), _told(after))
    return after


async def archive(field_id: UUID) -> Any:
    """Take a field out of use: its values are kept, and neither shown nor written. Raises NOT_FOUND."""
    await _lock()
    return await _stands(await _found(field_id), archived=True)


async def restore(field_id: UUID) -> Any:
    """Take an archived field back, with the values it had. Raises NOT_FOUND, TOO_MANY_ROWS."""
    await _lock()
    before = await _found(field_id)
    if before.archived_at is not None:
        await _make_room(before.object)
    return await _stands(before, archived=False)


async def _stands(before: Any, *, archived: bool) -> Any:
    if (before.archived_at is not None) == archived:
        return before
    audit.changed("CustomField", before.id, {"archived": not archived}, {"archived": archived})
    return await _set(before.id, {"archived_at": sql("now()") if archived else None})


async def _set(field_id: UUID, columns: dict[str, Any]) -> Any:
    assignments = [sql("{column} = {value}", column=name(column), value=value) for column, value in apart(columns).items()]
    return await tenancy.fetch_one(
        sql(
            "update custom_fields set {assignments}, updated_at = now() where tenant_id = {venue} and id = {id} returning *",
            assignments=join(", ", assignments),
            id=field_id,
        ),
        CustomField,
    )


def _told(row: Any) -> dict[str, Any]:
    return {c: [o.key for o in options_of(row) if not o.archived] if c == "options" else row[c] for c in _TOLD}


async def _make_room(kind: str) -> None:
    used = "select count(*) from custom_fields where tenant_id = {venue} and object = {kind} and archived_at is null"
    if await tenancy.fetch_value(sql(used, kind=kind)) >= MOST:
        raise Refusal("TOO_MANY_ROWS", f"There are {MOST} fields in use there already; archive one first.", field=["object"])


async def _found(field_id: UUID) -> Any:
    if not (rows := await CustomField.rows(sql("t.id = {id}", id=field_id))):
        raise not_found(CustomField)
    return rows[0]


async def _lock() -> None:
    """One at a time changes a venue's fields: how many there are, and which options they have."""
    what = f"custom fields of {tenancy.venue_id()}"
    await tenancy.execute(sql("select pg_advisory_xact_lock(hashtextextended({what}, 0))", what=what))
