"""Mails about accounts."""

from uuid import UUID

from jobs.broker import job
from tenants import mail, resets, tenancy

_TEXT = """\
Hello {name},

somebody, probably you, asked for a new password for {email} at Foyer. With this token you can
choose one, once, within half an hour:

{token}

If it was not you, there is nothing to do: your password stays as it is.
"""


@job("people.password_reset", platform=True, minutes=2)
async def send_password_reset(reset_id: UUID) -> None:
    """Mail the token. Started again after a failure it mails another, and the first is worth nothing."""
    async with tenancy.platform():
        prepared = await resets.prepare(reset_id)
    if prepared:
        person, token = prepared
        await mail.send(person.email, "A new password for Foyer", _TEXT.format(name=person.name, email=person.email, token=token))
