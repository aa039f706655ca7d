"""A venue with one row of everything, every text of it marked: what comes out elsewhere with the mark on it has leaked."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from tortoise import Tortoise, fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import facts, grants, people, sessions, tenancy
from tenants.ids import new_id
from tenants.keys import create_key
from tenants.permissions import KEY_SCOPES
from tenants.record import VenueRecord
from tenants.sql import sql
from tenants.venues import Venue
from tests.statements import VENUE_TABLES

# What a column must hold instead of a mark: words of a fixed list, codes, figures of a rule.
GIVEN: dict[str, Any] = {
    "Organisation.archived_at": None,
    "TicketType.restricted": False,
    **dict.fromkeys([f"{group}.archived_at" for group in ("Flag", "Pool", "Attribute", "Benefit", "FlagRule", "CampaignLink")]),
    "Flag.abbreviation": "PROBE",
    "Flag.colour": "#c0392b",
    "Flag.display": "CARD",
    "Flag.expires_after_days": None,
    "Flag.expires_on": date(2030, 8, 1),
    "Pool.kind": "CUSTOMER",
    "Pool.performance_id": None,
    "Attribute.colour": "#c0392b",
    "Sync.reconcile": "UNION",
    "Sync.ended_at": None,
    "Sync.ended_by": None,
    "FlagRule.measure": "TICKETS",
    "FlagRule.minimum": 1,
    "FlagRule.last_days": None,
    "Assignment.pool_id": None,
    "Assignment.attribute_id": None,
    "Assignment.source": "MANUAL",
    "Assignment.expires_on": date(2030, 8, 1),
    **dict.fromkeys([f"Assignment.{column}" for column in ("ended_at", "ended_by", "end_reason")]),
    "AssignmentCause.source": "RULE",
    "AssignmentCause.rule_id": None,
    "AssignmentCause.line_ids": [],
    "AssignmentCause.expires_on": None,
    "AssignmentCause.ended_at": None,
    "Benefit.most_performances": 2,
    "Benefit.most_tickets": 4,
    "Benefit.tickets_per": "TOTAL",
    "Coupling.product_id": None,
    "PoolTerms.production_id": None,
    "PoolTerms.product_id": None,
    "PoolTerms.most_per": "CUSTOMER",
    "CampaignLink.access": "ANYONE",
    "CampaignLink.ends_at": datetime(2026, 11, 21, tzinfo=UTC),
    "PersonalLink.revoked_at": None,
    "Discount.campaign_link_id": None,
    "Discount.basis_points": 1000,
    "Discount.amount": None,
    "Discount.price": None,
    **{f"TicketLine.{right}_id": None for right in "assignment benefit pool campaign_link personal_link product".split()},
    "TicketLine.refund_of": None,
    "Customer.gender": "WOMAN",
    "Customer.country": "NO",
    "Customer.language": "nb",
    "CustomField.object": "CUSTOMER",
    "CustomField.type": "TEXT",
    "CustomField.options": [],
    "CustomField.in_shop": False,
    "CustomField.archived_at": None,
    "Performance.status": "ON_SALE",
    **dict.fromkeys(("Performance.capacity", "Performance.max_per_customer"), 100_000_000),
    "Performance.starts_at": datetime(2099, 10, 1, tzinfo=UTC),
    "Performance.sale_ends_at": datetime(2099, 9, 21, tzinfo=UTC),
    "Order.channel": "ONLINE",
    "Order.currency": "NOK",
    "Order.state": "CONFIRMED",
    "Order.expires_at": None,
    "TicketLine.given_back": 0,
    "Order.place_country": "NO",
    "TicketLine.state": "VALID",
    "Image.performance_id": None,
    "File.stored": "DATABASE",
    "Image.texts": {},
    "Image.focal_x": 50,
    "Image.focal_y": 40,
    "Image.state": "READY",
    "Product.kind": "SUBSCRIPTION",
    "Product.status": "ON_SALE",
    "Product.months": 12,
    "Product.sale_ends_at": datetime(2026, 11, 21, tzinfo=UTC),
    "TicketLine.settled": False,
    "Import.kind": "halls",
    "SavedImportMapping.kind": "halls",
    "SavedImportMapping.mapping": {"fields": [], "empty": []},
    "Import.state": "PLANNED",
    "Import.mapping": {"fields": [], "empty": []},
    "Import.dialect": {"format": "CSV", "encoding": "UTF_8", "separator": "COMMA"},
    "Import.error_code": "INVALID_VALUE",
    "TrustedDocument.contract": "STOREFRONT",
    "TrustedDocument.hash": bytes(32),
    "AuditEntry.actor_kind": "PERSON",
    "AuditEntry.objects": [],
    "AuditEntry.changes": [],
    "AuditEntry.outcome": "REFUSED",
    "AuditEntry.code": "FORBIDDEN",
    "File.purpose": "IMPORT",
    "AuditEntry.actor_role": "VENUE_ADMIN",
    "SupportAccess.settled_at": None,
    "File.complete": True,
    "File.deleted_at": None,
    "Season.ends_on": date(2027, 6, 30),
}
TABLES = (*VENUE_TABLES, "grants", "keys", "jobs", "customer_tokens")
_numbers = count(1_000_001)


@dataclass
class Filled:
    """A venue's rows by the names of their records, the mark on their texts, and the address of a platform admin."""

    venue: Venue
    mark: str
    rows: dict[str, Any] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    given: dict[str, Any] = field(default_factory=dict)
    picture: UUID | None = None
    restricted: UUID | None = None
    subscribed: UUID | None = None
    held: UUID | None = None
    held_line: UUID | None = None
    own_fields: set[UUID] = field(default_factory=set)
    job: UUID | None = None
    key: Any = None
    grant: Any = None
    admin: str = ""
    session: UUID | None = None

    @property
    def ids(self) -> dict[str, UUID]:
        """The id of the row of each kind, those of the platform's tables among them."""
        assert self.job and self.key and self.grant and self.session
        ids = {kind: row.id for kind, row in self.rows.items()}
        ids |= {"Picture": self.picture} if self.picture else {}
        ids |= {"Restricted": self.restricted} if self.restricted else {}
        ids |= {"Held": self.held} if self.held else {}
        people = {"Grant": self.grant.id, "Person": self.grant.person_id, "Session": self.session}
        return {**ids, **people, "Venue": self.venue.id, "Job": self.job, "Key": self.key.id}


async def fill(venue: Venue, mark: str, *, shared: dict[str, Any] | None = None, given: dict[str, Any] | None = None) -> Filled:
    """One row of everything, apart from the `shared` ones that are there already; the performance, the sales, the import, the
    key and the grant belong to the organisation among them. `given` says what columns hold instead of a mark."""
    filled = Filled(venue, mark, dict(shared or {}), frozenset(["Venue", *(shared or ())]), GIVEN | (given or {}))
    async with tenancy.platform():
        asking, other = [
            await people.create_person(f"{mark}.{new_id().hex}@example.org", mark, None, platform_admin=True) for _ in "ab"
        ]
    filled.given["SupportAccess.person_id"], filled.admin = asking.id, other.email
    async with tenancy.scope(venue.id):
        organisation = (await _make(venue_records()["Organisation"], filled)).id
    async with tenancy.scope(venue.id, organisations=frozenset([organisation])):
        filled.job = tenancy.later("some.job", new_id())
    async with tenancy.scope(venue.id):
        for record in venue_records().values():
            await _make(record, filled)
        await _make_picture(filled, organisation)
        if "TicketType" not in filled.shared:
            await _make_restricted(filled)
        made = {kind: row.id for kind, row in filled.rows.items()}
        await _insert("production_tags", production_id=made["Production"], tag_id=made["Tag"])
        filled.subscribed = new_id()
        await _insert(
            "ticket_lines", id=filled.subscribed, external_id=f"{mark} subscription", order_id=made["Order"],
            product_id=made["Product"], quantity=1, price=180_000, amount=180_000,
        )  # fmt: skip
        await _make_held(filled)
        await _insert("product_performances", product_id=made["Product"], performance_id=made["Performance"])
        start = datetime(2026, 9, 1, tzinfo=UTC)
        await _insert("coupling_starts", coupling_id=made["Coupling"], benefit_id=made["Benefit"], sale_starts_at=start)
        await _insert("campaign_clicks", campaign_link_id=made["CampaignLink"], day=date(2026, 9, 1), clicks=next(_numbers))
        await _make_own_values(filled)
        await _insert("counters", name="customers", value=next(_numbers))
        await _insert("file_chunks", file_id=made["File"], position=0, bytes=f"id\n{mark}\n".encode())
        await facts.refresh([made["Customer"]])
        problem = {"row_number": 2, "position": 0, "column_name": "name", "code": "REQUIRED", "message": f"{mark} problem"}
        await _insert("import_problems", import_id=made["Import"], **problem)
        change = {"row_number": 2, "position": 0, "field": "name", "before": f"{mark} before", "after": f"{mark} after"}
        await _insert("import_changes", import_id=made["Import"], **change)
        answer = json.dumps({"0": {"data": f"{mark} answer", "errors": []}})
        await _insert("idempotency_keys", principal_id=new_id(), key=f"{mark} key", fingerprint=b"f", answers=answer)
        filled.key, _ = await create_key(f"{mark} key", "SECRET", KEY_SCOPES, organisation_ids=[organisation])
        terms = grants.Terms("MARKETING", (organisation,))
        filled.grant = await grants.create(f"{mark}.{new_id().hex}@example.org", f"{mark} person", terms)
    async with tenancy.platform():
        await sessions.start(filled.grant.person_id)
        filled.session = (await sessions.of(filled.grant.person_id))[0].id
    return filled


async def _make_held(filled: Filled) -> None:
    """An order that is held until it is paid."""
    made, mark = {kind: row.id for kind, row in filled.rows.items()}, filled.mark
    filled.held, filled.held_line, at = new_id(), new_id(), datetime(2099, 10, 1, tzinfo=UTC)
    held = {"channel": "ONLINE", "currency": "NOK", "state": "RESERVED", "ordered_at": at, "expires_at": at}
    await _insert("orders", id=filled.held, external_id=f"{mark} held", customer_id=made["Customer"], **held)
    line = {"order_id": filled.held, "performance_id": made["Performance"], "state": "RESERVED"}
    await _insert("ticket_lines", id=filled.held_line, external_id=f"{mark} held line", quantity=1, price=1, amount=1, **line)


async def _make_own_values(filled: Filled) -> None:
    """What the venue's own fields hold: one of the same key on each kind of object, all shown in the shop that may be."""
    key = filled.rows["CustomField"].key
    for kind, on in (("CUSTOMER", "Customer"), ("PERFORMANCE", "Performance"), ("ORDER", "Order")):
        about = {"object": kind, "key": key, "type": "TEXT", "in_shop": kind == "PERFORMANCE"}
        await _insert("custom_fields", id=new_id(), name=f"{filled.mark} {kind}", **about)
        asked = "select id from custom_fields where tenant_id = {venue} and object = {kind} and key = {key}"
        field_id = await tenancy.fetch_value(sql(asked, kind=kind, key=key))
        filled.own_fields.add(field_id)
        text = f"{filled.mark} {on} value"
        its = {"object_id": filled.rows[on].id, "field_id": field_id, "text": text, "text_key": text.lower()}
        await _insert(f"{kind.lower()}_values", **its)


async def _make_picture(filled: Filled, organisation: UUID) -> None:
    """A file that is a picture, which an image may be made of, and which the one there is was made into."""
    record = venue_records()["File"]
    values = {"name": f"{filled.mark} picture", "purpose": "IMAGE", "complete": True, "organisation_ids": [organisation]}
    filled.picture = (await record.create(**values)).id
    await _insert("image_renditions", hash=filled.rows["Image"].hash, width=640, format="webp", file_id=filled.picture)


async def _make_restricted(filled: Filled) -> None:
    """A ticket type for members only, which no shop shows."""
    record = venue_records()["TicketType"]
    filled.restricted = (await record.create(name=f"{filled.mark} restricted", restricted=True)).id


def venue_records() -> dict[str, Any]:
    """Every record of a venue's rows, by its name."""
    found = Tortoise.apps["models"].values()
    return {record.__name__: record for record in found if issubclass(record, VenueRecord)}


async def _make(record: Any, filled: Filled) -> Any:
    kind = record.__name__
    if kind not in filled.rows:
        values = {}
        for column, about in record._meta.fields_map.items():
            if column not in ("pk", "id", "tenant_id", "created_at", "updated_at"):
                values[column] = await _value(kind, column, about, filled)
        filled.rows[kind] = await record.create(**values)
    return filled.rows[kind]


async def _value(kind: str, column: str, about: Any, filled: Filled) -> Any:
    if f"{kind}.{column}" in filled.given:
        return filled.given[f"{kind}.{column}"]
    if column == "job_id":
        return filled.job
    if (kind, column) == ("CustomField", "key"):
        return f"{filled.mark}_key".lower()
    if column == "texts":
        return {"name:en": f"{filled.mark} {kind}.name in English"}
    if isinstance(about, ArrayField | fields.UUIDField):
        target = "".join(word.capitalize() for word in column.removesuffix("s").removesuffix("_id").split("_"))
        if target not in venue_records():
            raise LookupError(f"{kind}.{column} names no record: say in tests/filled.py what it should hold")
        row = await _make(venue_records()[target], filled)
        return [row.id] if isinstance(about, ArrayField) else row.id
    if column.endswith("_key"):  # as a search compares it
        return f"{filled.mark} {kind}.{column.removesuffix('_key')}".lower()
    return _plain(f"{filled.mark} {kind}.{column}", about)


def _plain(mark: str, about: Any) -> Any:
    if isinstance(about, fields.BooleanField):
        return True
    if isinstance(about, fields.IntField | fields.BigIntField):
        return next(_numbers)
    if isinstance(about, fields.DatetimeField):
        return datetime(2026, 10, 1, 12, tzinfo=UTC)
    if isinstance(about, fields.DateField):
        return date(2026, 8, 1)
    if isinstance(about, fields.JSONField):
        return {"creates": 1}
    if isinstance(about, fields.TextField):
        return mark
    raise LookupError(f"{mark} is a {type(about).__name__}: say in tests/filled.py what it should hold")


async def _insert(table: str, **values: Any) -> None:
    columns = ", ".join(values)
    given = ", ".join(f"{{{column}}}" for column in values)
    statement = f"insert into {table} (tenant_id, {columns}) values ({{venue}}, {given}) on conflict do nothing"
    await tenancy.execute(sql(statement, **values))
