"""Finding rows by what a venue's own fields hold. The field is looked up first: what it is compared with depends on its type."""

from dataclasses import dataclass
from typing import Annotated, Any

from tenants.custom_fields.records import in_use
from tenants.custom_fields.values import COLUMNS, TABLES, key_of, parse, stored
from tenants.errors import Refusal
from tenants.search import begins
from tenants.shape import Doc, Where
from tenants.sql import Sql, every, name, sql

MOST = 10
OWN_FIELDS = Doc(f"Only those whose own fields (`customFields`) hold this, all of it; at most {MOST} conditions.")
_ORDERED = frozenset({"INTEGER", "DECIMAL", "DATE", "DATETIME"})


@dataclass(frozen=True)
class CustomFieldCondition:
    """What one of the venue's own fields must hold; all that is given holds together, and a key alone asks for any value. Values
    are written as they are answered: `12.5`, `2026-11-21`, `true`, an option's key."""

    key: Annotated[str, Doc("The field's key.")]
    equals: Annotated[str | None, Doc("This value; of a text in any case, with or without accents.")] = None
    one_of: Annotated[list[str] | None, Doc("One of these values.")] = None
    min: Annotated[str | None, Doc("This number, day or time, or more.")] = None
    max: Annotated[str | None, Doc("This number, day or time, or less.")] = None
    begins_with: Annotated[str | None, Doc("A text that begins so, in any case, with or without accents.")] = None
    is_set: Annotated[bool | None, Doc("Whether it holds anything at all; false finds those without a value.")] = None


def own_fields(kind: str) -> Where:
    """The condition of a filter's list of CustomFieldConditions on this kind of object: all of them hold."""

    async def ask(wanted: list[CustomFieldCondition]) -> list[Sql]:
        if len(wanted) > MOST:
            raise _no(MOST, None, f"A filter asks for at most {MOST} fields.")
        known = (await in_use())[kind]
        return [_condition(at, known.get(each.key), each, kind) for at, each in enumerate(wanted)]

    return Where(every, ask=ask)


def holds(field: Any, conditions: list[Sql], *, anything: bool = True) -> Sql:
    """The condition under which an object `t` holds a value `v` of this field that fulfils these, or else holds none."""
    kept = _column(field)
    return sql(
        "{is_} exists (select from {table} v where v.tenant_id = {venue} and v.object_id = t.id and v.field_id = {field} "
        "and v.{kept} is not null and {conditions})",
        is_=sql("" if anything else "not"),
        table=name(TABLES[field.object]),
        field=field.id,
        kept=name(kept),
        conditions=every(conditions),
    )


def _condition(at: int, field: Any, wanted: CustomFieldCondition, kind: str) -> Sql:
    if field is None:
        raise _no(at, "key", f"There is no field {wanted.key[:80]!r} on {kind.lower()}s.", code="UNKNOWN_FIELD")
    column = name(_column(field))
    conditions = []
    for part, comparison in (("equals", "v.{c} = {value}"), ("min", "v.{c} >= {value}"), ("max", "v.{c} <= {value}")):
        if (text := getattr(wanted, part)) is not None:
            if part != "equals" and field.type not in _ORDERED:
                raise _no(at, part, f"{field.key} holds {field.type}, which has no order to compare by.")
            conditions.append(sql(comparison, c=column, value=_compared(at, part, field, text)))
    if wanted.one_of is not None:
        values = [_compared(at, "oneOf", field, text) for text in wanted.one_of]
        conditions.append(sql("v.{c} = any({values})", c=column, values=values))
    if wanted.begins_with is not None:
        if field.type != "TEXT":
            raise _no(at, "beginsWith", f"{field.key} holds {field.type}; only texts begin with something.")
        conditions.append(begins("v.text_key", _compared(at, "beginsWith", field, wanted.begins_with)))
    if wanted.is_set is False and conditions:
        raise _no(at, "isSet", "What holds nothing cannot hold something too.")
    return holds(field, conditions, anything=wanted.is_set is not False)


def _column(field: Any) -> str:
    """The column that an index serves."""
    return "text_key" if COLUMNS[field.type] == "text" else COLUMNS[field.type]


def _compared(at: int, part: str, field: Any, text: str) -> Any:
    """A value as its index holds it."""
    try:
        value = parse(field, text)
    except ValueError as wrong:
        raise _no(at, part, str(wrong)) from None
    if value is None:
        raise _no(at, part, "An empty value is asked for with `isSet: false`.")
    return key_of(field, value) if COLUMNS[field.type] == "text" else stored(field, value)


def _no(at: int, part: str | None, sentence: str, *, code: str = "BAD_USER_INPUT") -> Refusal:
    return Refusal(code, sentence, field=["where", "customFields", *([str(at)] if part else []), *([part] if part else [])])
