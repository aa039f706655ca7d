"""Venues: the tenants. A platform table; inside a scope only the scope's own venue is ever read."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import audit, standards, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.record import PlatformRecord
from tenants.shape import MISSING, Doc
from tenants.sql import Sql, apart, join, sql
from tenants.sql import name as column_name

MOST_LANGUAGES, MOST_ORIGINS = 20, 20


class Venue(PlatformRecord):
    """A theatre or concert hall. `slug` is its name in addresses and headers, `time_zone` an IANA name, `currency` ISO 4217."""

    owner = "id"

    slug = fields.TextField()
    name = fields.TextField()
    time_zone = fields.TextField()
    currency = fields.TextField()
    languages = ArrayField("text")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    allowed_origins = ArrayField("text", default=list)
    trusted_documents_only = fields.BooleanField(default=False)
    shop_url = fields.TextField(null=True)
    contact_name = fields.TextField(null=True)
    contact_email = fields.TextField(null=True)
    contact_phone = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "venues"

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return "venues"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """The open scope's venue if it fulfils `where`, a condition over `t`; another is never there."""
        return await tenancy.fetch(
            sql("select t.* from venues t where t.id = {venue} and {where} {tail}", where=where, tail=tail or sql("")), cls
        )


@dataclass(frozen=True)
class VenueUpdate:
    """What to change of the venue; what is left out stays as it is."""

    name: Annotated[str, Doc("Its name, up to 200 characters.")] = MISSING
    time_zone: Annotated[str, Doc("An IANA name, such as `Europe/Oslo`.")] = MISSING
    currency: Annotated[str, Doc("ISO 4217, such as `NOK`. It stays once there are prices or orders.")] = MISSING
    languages: Annotated[list[str], Doc(f"BCP 47, such as `nb-NO`, the main one first; 1 to {MOST_LANGUAGES}.")] = MISSING
    latitude: Annotated[float | None, Doc("Degrees north, -90 to 90; together with the longitude.")] = MISSING
    longitude: Annotated[float | None, Doc("Degrees east, -180 to 180; together with the latitude.")] = MISSING
    allowed_origins: Annotated[
        list[str], Doc(f"Web origins its shop may call from, such as `https://shop.example.org`; up to {MOST_ORIGINS}.")
    ] = MISSING
    trusted_documents_only: Annotated[
        bool, Doc("Whether its shop may ask only with documents registered before (`trustedDocumentsRegister`).")
    ] = MISSING
    shop_url: Annotated[str | None, Doc("Where its shop is, such as `https://shop.example.org/tickets`.")] = MISSING
    contact_name: Annotated[str | None, Doc("Whom customers turn to, up to 200 characters.")] = MISSING
    contact_email: Annotated[str | None, Doc("The address customers write to.")] = MISSING
    contact_phone: Annotated[str | None, Doc("The number customers call, up to 40 characters.")] = MISSING


async def create(slug: str, name: str, *, time_zone: str, currency: str, languages: Sequence[str]) -> Any:
    """A new venue, empty. Inside platform(). Raises REQUIRED, TOO_LONG, INVALID_VALUE and NOT_UNIQUE."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", slug, re.ASCII):
        raise Refusal("INVALID_VALUE", "A slug is 2 to 40 small letters, digits and hyphens.", field=["slug"])
    given = VenueUpdate(name=name, time_zone=time_zone, currency=currency, languages=list(languages))
    made = await tenancy.fetch_one(
        sql(
            "insert into venues (id, slug, {columns}) values ({id}, {slug}, {values}) on conflict (slug) do nothing returning *",
            id=new_id(),
            slug=slug,
            **_columns(_checked(given)),
        ),
        Venue,
    )
    if made is None:
        raise Refusal("NOT_UNIQUE", f"There is a venue with the slug {slug} already.", field=["slug"])
    audit.changed("Venue", made.id, None, {"slug": slug, **_checked(given)})
    return made


async def current() -> Any:
    """The scope's venue."""
    return (await Venue.rows(sql("true")))[0]


async def everywhere() -> list[Any]:
    """All venues by slug. Inside platform()."""
    return await tenancy.fetch(sql("select * from venues order by slug"), Venue)


async def update(wanted: VenueUpdate) -> Any:
    """Change the scope's venue and answer it. Raises REQUIRED, TOO_LONG, INVALID_VALUE, IN_USE."""
    changes = _checked(wanted)
    before = await tenancy.fetch_one(sql("select * from venues where id = {venue} for update"), Venue)
    place = [changes.get(axis, before[axis]) for axis in ("latitude", "longitude")]
    if place.count(None) == 1:
        raise Refusal("REQUIRED", "A place needs both its latitude and its longitude.", field=["latitude"])
    if changes.get("currency", before.currency) != before.currency and await _has_amounts():
        raise Refusal("IN_USE", f"The venue has prices or orders in {before.currency}.", field=["currency"])
    if not changes:
        return before
    assignments = [sql("{column} = {value}", column=column_name(column), value=value) for column, value in apart(changes).items()]
    audit.changed("Venue", before.id, {c: before[c] for c in changes}, changes)
    if changes.get("time_zone", before.time_zone) != before.time_zone:
        tenancy.later("facts.refresh_venue")  # lead times are whole days there
    return await tenancy.fetch_one(
        sql(
            "update venues set {assignments}, updated_at = now() where id = {venue} returning *",
            assignments=join(", ", assignments),
        ),
        Venue,
    )


async def _has_amounts() -> bool:
    return bool(
        await tenancy.fetch_value(
            sql(
                "select exists (select from prices where tenant_id = {venue})"
                " or exists (select from orders where tenant_id = {venue})"
            )
        )
    )


async def allows_origin(origin: str) -> bool:
    """Whether any venue lets its shop call from there: all a browser's preflight can be told. Inside platform()."""
    return bool(
        await tenancy.fetch_value(sql("select exists (select from venues where {origin} = any(allowed_origins))", origin=origin))
    )


def _columns(values: dict[str, Any]) -> dict[str, Sql]:
    return {
        "columns": join(", ", [column_name(column) for column in values]),
        "values": join(", ", list(apart(values).values())),
    }


def _checked(wanted: VenueUpdate) -> dict[str, Any]:
    """The columns to be written, each value in its one form."""
    given = {f.name: getattr(wanted, f.name) for f in dataclasses.fields(wanted)}
    return {column: _RULES[column](value, _camel(column)) for column, value in given.items() if value is not MISSING}


def _camel(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _text(most: int) -> Callable[[Any, str], str]:
    def check(value: Any, field: str) -> str:
        if not (text := (value or "").strip()):
            raise Refusal("REQUIRED", "This may not be empty.", field=[field])
        if len(text) > most:
            raise Refusal("TOO_LONG", f"This has at most {most} characters.", field=[field])
        return text

    return check


def _some(rule: Callable[[str, str], str], least: int, most: int) -> Callable[[Any, str], list[str]]:
    def check(value: Any, field: str) -> list[str]:
        values = list(dict.fromkeys(rule(part, field) for part in value or []))
        if not least <= len(values) <= most:
            raise Refusal("INVALID_VALUE", f"Give {least} to {most} of these.", field=[field])
        return values

    return check


def _degrees(most: int) -> Callable[[Any, str], float]:
    def check(value: float, field: str) -> float:
        if not -most <= value <= most:
            raise Refusal("INVALID_VALUE", f"Degrees lie between -{most} and {most}.", field=[field])
        return value

    return check


def _or_none(rule: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    return lambda value, field: None if value is None or value == "" else rule(value, field)


def _needed(rule: Callable[[str, str], str]) -> Callable[[Any, str], str]:
    return lambda value, field: rule(value or "", field)


_RULES: dict[str, Callable[[Any, str], Any]] = {
    "name": _text(200),
    "time_zone": _needed(standards.time_zone),
    "currency": _needed(standards.currency),
    "languages": _some(standards.language, 1, MOST_LANGUAGES),
    "latitude": _or_none(_degrees(90)),
    "longitude": _or_none(_degrees(180)),
    "allowed_origins": _some(standards.origin, 0, MOST_ORIGINS),
    "trusted_documents_only": lambda value, field: bool(value),
    "shop_url": _or_none(standards.web_address),
    "contact_name": _or_none(_text(200)),
    "contact_email": _or_none(standards.email),
    "contact_phone": _or_none(_text(40)),
}
