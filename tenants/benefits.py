"""Benefits: ticket types that a flag lets its customers buy, so often (Requirements B1-B6)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import forms
from tenants.catalogue import TicketType
from tenants.errors import Refusal
from tenants.flags import Flag
from tenants.organisations import visible
from tenants.record import VenueRecord, not_found
from tenants.shape import MISSING, Choice, Doc, Longest, Needed, Of, Range
from tenants.sql import sql

TICKETS_PER = {
    "PERFORMANCE": "So many for each performance, or each subscription.",
    "TOTAL": "So many in all.",
}
TICKETS_PER_CHOICE = Choice("TicketsPer", TICKETS_PER, "What a number of tickets is counted over.")


class Benefit(VenueRecord):
    """A ticket type that customers with the flag may buy: for `most_performances` of them (null: any number), `most_tickets` each
    or in all. Where the type is priced on a product, subscriptions are counted in place of performances (D25). What is used is
    counted per assignment of the flag (D23)."""

    external_id = fields.TextField(null=True)
    flag_id = fields.UUIDField()
    ticket_type_id = fields.UUIDField()
    most_performances = fields.IntField(null=True)
    most_tickets = fields.IntField()
    tickets_per = fields.TextField()
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "benefits"


@dataclass(frozen=True)
class BenefitChange:
    """How often a benefit may be used; what is left out of a change stays as it is."""

    most_performances: Annotated[
        int | None,
        Doc("For how many performances, or subscriptions, each customer may use it; null: for any number."),
        Range(1, 20),
    ] = MISSING
    most_tickets: Annotated[int, Doc("How many tickets, for each of them or in all."), Range(1, 50), Needed()] = MISSING
    tickets_per: Annotated[str, TICKETS_PER_CHOICE, Doc("Whether tickets are counted for each or in all."), Needed()] = MISSING
    external_id: Annotated[
        str | None,
        Doc("The id by which another system knows it, and lines of orders name it; unique in the venue."),
        Longest(200),
    ] = MISSING


@dataclass(frozen=True)
class BenefitInput(BenefitChange):
    """A benefit of a flag. Its flag and its ticket type stay: make another one for another type."""

    flag_id: Annotated[UUID, Of("Flag"), Doc("The flag that gives it."), Needed()] = MISSING
    ticket_type_id: Annotated[
        UUID, Of("TicketType"), Doc("The ticket type it lets customers buy, which must be a restricted one."), Needed()
    ] = MISSING


async def create(wanted: BenefitInput) -> Any:
    """A new benefit. Raises REQUIRED, INVALID_VALUE (everybody could buy the type), NOT_UNIQUE, UNKNOWN_REFERENCE, FORBIDDEN,
    WRONG_STATE."""
    columns = await forms.columns_of(wanted, new=True)
    if (await _flag(columns["flag_id"])).archived_at:
        raise Refusal("WRONG_STATE", "The flag was archived.", field=["flagId"])
    await _restricted(columns["ticket_type_id"])
    same = sql("t.flag_id = {flag_id} and t.ticket_type_id = {ticket_type_id} and t.archived_at is null", **columns)
    if await Benefit.rows(same):
        raise Refusal("NOT_UNIQUE", "The flag has a benefit with this ticket type already.", field=["ticketTypeId"])
    return await forms.create(Benefit, columns)


async def update(benefit_id: UUID, wanted: BenefitChange) -> Any:
    """Change how often it may be used; what was used counts. Raises NOT_FOUND, FORBIDDEN, and what create() raises."""
    columns = await forms.columns_of(wanted)
    await _flag((await forms.held(Benefit, benefit_id)).flag_id)
    return await forms.update(Benefit, benefit_id, columns)


async def archive(benefit_id: UUID) -> Any:
    """Take it out of use: nothing more is bought by it. Raises NOT_FOUND, FORBIDDEN."""
    await _flag((await forms.held(Benefit, benefit_id)).flag_id)
    return await forms.archive(Benefit, benefit_id)


async def of_flags(flags: list[UUID]) -> dict[UUID, list[Any]]:
    """The benefits in use of each of these flags, as they were made."""
    which = sql(
        "t.flag_id = any({flags}::uuid[]) and t.archived_at is null and {seen}", flags=flags, seen=visible("benefits", "t")
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in await Benefit.rows(which, tail=sql("order by t.id")):
        found[row.flag_id].append(row)
    return found


async def _flag(flag_id: UUID) -> Any:
    """Locked, so that two do not write its benefits at once; and the caller's own."""
    try:
        return await forms.held(Flag, flag_id)
    except Refusal as refusal:
        if refusal.code == "NOT_FOUND":
            raise Refusal("UNKNOWN_REFERENCE", not_found(Flag).message, field=["flagId"]) from None
        raise Refusal(refusal.code, refusal.message, field=["flagId"]) from None


async def _restricted(ticket_type_id: UUID) -> None:
    found = await TicketType.rows(sql("t.id = {id}", id=ticket_type_id), tail=sql("for share"))
    if not found:
        raise Refusal("UNKNOWN_REFERENCE", not_found(TicketType).message, field=["ticketTypeId"])
    if not found[0].restricted:
        sentence = "Everybody may buy this ticket type: make it restricted first, or take another one."
        raise Refusal("INVALID_VALUE", sentence, field=["ticketTypeId"])
