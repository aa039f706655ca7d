"""Has the mails written that jobs of a venue wait for, and reads them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs import broker
from jobs.broker import DECLARED
from tenants import tenancy
from tenants.sql import sql


@dataclass(frozen=True)
class Mail:
    """One mail as it lies in the folder."""

    to: str
    subject: str
    text: str


async def mailed(venue: Any, job: str) -> list[Mail]:
    """The mails that this job writes for a venue, in the order they were asked for. Each is written once."""
    broker.load()
    async with tenancy.scope(venue.id):
        waiting = sql("delete from jobs where tenant_id = {venue} and name = {job} returning id, arguments::text", job=job)
        rows = sorted(await tenancy.fetch(waiting), key=lambda row: row.id)
    before = {*_files()}
    for row in rows:
        await DECLARED[job](venue.id, tuple(json.loads(row.arguments)))
    return [_read(file) for file in sorted({*_files()} - before)]


def token_in(mail: Mail) -> str:
    """The one-time token that a mail holds."""
    return re.findall(r"fpr_[\w-]{43}", mail.text)[0]


def _files() -> list[Path]:
    return list(Path(".foyer/mail").glob("*.txt"))


def _read(file: Path) -> Mail:
    heading, _, text = file.read_text().partition("\n\n")
    lines = dict(line.split(": ", 1) for line in heading.splitlines())
    return Mail(lines["To"], lines["Subject"], text)
