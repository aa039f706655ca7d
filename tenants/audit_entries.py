"""The audit log as it is kept and read; tenants.audit says how it is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants.pages import CREATED, Listing
from tenants.permissions import ROLE
from tenants.record import PlatformRecord, VenueRecord
from tenants.shape import Choice, Doc, Where

ACTOR_KIND = Choice(
    "AuditActorKind",
    {
        "PERSON": "Somebody with a login.",
        "KEY": "A program with a key.",
        "CUSTOMER": "A customer who is signed in to the venue's shop.",
        "JOB": "A background job.",
        "PLATFORM": "Whoever runs the installation.",
    },
    "What kind of actor did something.",
)
OUTCOME = Choice(
    "AuditOutcome",
    {
        "DONE": "It was done.",
        "REFUSED": "A rule said no, and nothing was written; the code says which.",
        "FAILED": "It broke on our side, and nothing was written.",
    },
    "What became of something that was tried.",
)


class _Told:
    """What the venue's and the platform's entries have in common."""

    actor_kind = fields.TextField()
    actor = fields.TextField(null=True)
    actor_name = fields.TextField()
    action = fields.TextField()
    objects = ArrayField("text", default=list)
    changes: Any = fields.JSONField(default=list)
    counts: Any = fields.JSONField(default=dict)
    outcome = fields.TextField()
    code = fields.TextField(null=True)
    trace_id = fields.TextField()
    network = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)


class AuditEntry(_Told, VenueRecord):
    """One thing that was tried at a venue. `actor` and `objects` are global ids, `changes` a list of object, field, before and
    after, `organisation_ids` what the actor might touch (None: the whole venue), `network` where it came from, truncated,
    `support_reason` why the venue had let the actor in, if that is a platform admin."""

    organisation_ids = ArrayField("uuid", null=True)
    actor_role = fields.TextField(null=True)
    support_reason = fields.TextField(null=True)

    class Meta:
        table = "audit_entries"


class PlatformAuditEntry(_Told, PlatformRecord):
    """The same of what concerns no venue. Nobody reads it through the API."""

    class Meta:
        table = "platform_audit_entries"


_NAMED = Where("t.id in (select o.entry_id from audit_objects o where o.tenant_id = {venue} and o.object = {value})")


@dataclass(frozen=True)
class AuditFilter:
    """Which entries; all that is given holds together."""

    actor: Annotated[str | None, Doc("Only what the person, key or customer of this id did."), Where("t.actor = {value}")] = None
    actor_role: Annotated[
        str | None, Doc("Only what was done in this role, such as SUPPORT."), ROLE, Where("t.actor_role = {value}")
    ] = None
    action: Annotated[str | None, Doc("Only this, such as `keyCreate`."), Where("t.action = {value}")] = None
    object: Annotated[str | None, Doc("Only what was done to the object of this id."), _NAMED] = None
    outcome: Annotated[str | None, Doc("Only what ended like this."), OUTCOME, Where("t.outcome = {value}")] = None
    created_from: Annotated[
        datetime | None, Doc("Only what was tried at this time or later."), Where("t.created_at >= {value}")
    ] = None
    created_before: Annotated[datetime | None, Doc("Only what was tried earlier than this."), Where("t.created_at < {value}")] = (
        None
    )


LISTING = Listing(AuditEntry, {"CREATED": CREATED}, AuditFilter)
