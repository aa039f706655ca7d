"""Mails about accounts."""

from uuid import UUID

from jobs.broker import job
from tenants import letters, mail, resets, tenancy

PLATFORM = "Foyer"  # what the house is called for those who have none


@job("people.password_reset", platform=True, minutes=2)
async def send_password_reset(reset_id: UUID) -> None:
    """Mail the token. Started again after a failure it mails another, and the first is worth nothing."""
    async with tenancy.platform():
        prepared = await resets.prepare(reset_id)
    if prepared:
        who, token = prepared
        about = {"name": who.name, "email": who.email, "house": who.house or PLATFORM, **resets.way_in(token)}
        await mail.send(who.email, *letters.write("password_reset", [who.language, *(who.languages or ())], **about))
