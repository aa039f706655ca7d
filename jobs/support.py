"""Mails about support access."""

from uuid import UUID

from jobs.broker import job
from tenants import letters, mail, support, tenancy
from tenants.settings import settings


@job("support.requested", minutes=2)
async def tell_of_request(venue: UUID, access: UUID, admin: UUID) -> None:
    """Tell an admin of the venue who asks to be let in, and why."""
    async with tenancy.scope(venue, readonly=True):
        found = await support.request_for(access, admin)
    if found:
        asked, to = found
        console = settings().console_url
        about = {"name": to.name, "house": to.house, "who": asked.name, "address": asked.email, "reason": asked.reason}
        link = f"{console.rstrip('/')}/support" if console else None
        await mail.send(to.email, *letters.write("support_request", [to.language, *to.languages], **about, link=link))
