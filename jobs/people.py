"""Mails about accounts. Started again after a failure, a job mails another token."""

from typing import Any
from uuid import UUID

from jobs.broker import job
from tenants import letters, mail, resets, tenancy
from tenants.settings import settings

PLATFORM = "Foyer"  # what the house is called for those who have none


@job("people.password_reset", platform=True, minutes=2)
async def send_password_reset(reset_id: UUID) -> None:
    """To somebody who has asked for a new password."""
    async with tenancy.platform():
        prepared = await resets.prepare(reset_id)
    if prepared:
        await _send("password_reset", *prepared)


@job("people.password_reset_by_house", minutes=2)
async def send_password_reset_by_house(venue: UUID, reset_id: UUID) -> None:
    """To somebody for whom their home venue has asked."""
    async with tenancy.scope(venue):
        prepared = await resets.prepare(reset_id)
    if prepared:
        await _send("password_reset_by_house", *prepared)


@job("people.invitation", minutes=2)
async def send_invitation(venue: UUID, grant_id: UUID) -> None:
    """To somebody who was let in, with a token when they have no password yet."""
    async with tenancy.scope(venue):
        prepared = await resets.invite(grant_id)
    if prepared:
        await _send("invitation" if prepared[1] else "access", *prepared)


async def _send(kind: str, who: Any, token: str | None) -> None:
    way = resets.way_in(token) if token else {"link": settings().console_url}
    about = {"name": who.name, "email": who.email, "house": who.house or PLATFORM, **way}
    await mail.send(who.email, *letters.write(kind, [who.language, *(who.languages or ())], **about))
