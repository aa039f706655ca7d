"""Handing files in: it is said what will come, then the bytes come, once, and are held to what was said. What does not arrive
whole, or is something else, leaves nothing behind."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenants import content, files, links, tenancy
from tenants.errors import Refusal
from tenants.files import File
from tenants.links import Link
from tenants.organisations import visible
from tenants.permissions import Caller, require
from tenants.record import not_found
from tenants.shape import Choice
from tenants.sql import sql

LINK = "upload"
LIFE = timedelta(hours=1)
PURPOSE = Choice(
    "UploadPurpose",
    {
        "IMPORT": "Rows for `importCreate`, as CSV or XLSX. Needs `imports:write`.",
        "IMAGE": "A picture for a production or a performance. Needs `catalogue:write`.",
    },
    "What a file is handed in for.",
)


@dataclass(frozen=True)
class Purpose:
    """The permission it needs, the most bytes, the types that may be declared, and those that the bytes may turn out to be."""

    needs: str
    largest: int
    declared: tuple[str, ...]
    actual: tuple[str, ...]


_TABLES = ("text/csv", "text/plain", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel", content.XLSX)
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/avif")
PURPOSES = {
    "IMPORT": Purpose("imports:write", files.LARGEST, _TABLES, ("text/plain", content.XLSX)),
    "IMAGE": Purpose("catalogue:write", 20 << 20, _PICTURES, _PICTURES),
}


async def announce(caller: Caller, purpose: str, name: str, content_type: str, size: int) -> tuple[File, Link]:
    """A file to come and where its bytes go. Raises FORBIDDEN, WRONG_CONTENT_TYPE, INVALID_VALUE, FILE_TOO_LARGE,
    NOT_CONFIGURED."""
    rule = PURPOSES[purpose]
    require(caller, rule.needs)
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in rule.declared:
        sentence = f"For this purpose send one of {', '.join(rule.declared)}."
        raise Refusal("WRONG_CONTENT_TYPE", sentence, field=["contentType"])
    if size < 1:
        raise Refusal("INVALID_VALUE", "A file has at least one byte.", field=["size"])
    if size > rule.largest:
        raise _too_large(rule)
    file = await File.create(
        name=name[:300], size=size, purpose=purpose, content_type=kind, organisation_ids=tenancy.current().reach
    )
    return file, links.made(LINK, caller, purpose, file.id, life=LIFE)


async def begin(file_id: UUID) -> Any:
    """Take the one try that there is for the bytes of an announced file; answers the file. Raises NOT_FOUND."""
    taken = await tenancy.fetch_one(
        sql(
            "update files t set begun_at = now() where t.tenant_id = {venue} and t.id = {id} and t.begun_at is null "
            "and not t.complete and {seen} returning t.*",
            id=file_id,
            seen=visible("files", "t"),
        ),
        File,
    )
    if taken is None:
        raise not_found(File)
    return taken


async def receive(venue: UUID, file: Any, arriving: AsyncIterator[bytes], *, size: int | None = None) -> None:
    """Keep the bytes of a file that has begun, `size` of them when that was said. Opens its own scopes. Whatever goes wrong, the
    file is gone afterwards. Raises FILE_TOO_LARGE, WRONG_SIZE, WRONG_CONTENT_TYPE, and what `arriving` raises."""
    rule = PURPOSES[file.purpose]
    try:
        checked = _checked(arriving, rule, file.content_type)
        most = rule.largest if size is None else size
        arrived = await files.fill(venue, file, checked, largest=most)
        if arrived == 0 or (size is not None and arrived != size):
            raise Refusal("WRONG_SIZE", f"{arrived} bytes arrived, {size or 'at least 1'} were expected.")
        await files.complete(venue, file.id, arrived)
    except BaseException as error:
        await files.discard(venue, file.id)
        if isinstance(error, Refusal) and error.code == "FILE_TOO_LARGE":
            raise (_too_large(rule) if size is None else Refusal("WRONG_SIZE", f"More than {size} bytes arrived.")) from None
        raise


async def _checked(arriving: AsyncIterator[bytes], rule: Purpose, declared: str | None) -> AsyncIterator[bytes]:
    """The same bytes, held back until there are enough to know what they are."""
    head: bytes | None = b""
    async for part in arriving:
        if head is None:
            yield part
        elif len(head := head + part) >= content.ENOUGH:
            _check(head, rule, declared)
            yield head
            head = None
    if head:
        _check(head, rule, declared)
        yield head


def _check(head: bytes, rule: Purpose, declared: str | None) -> None:
    actual = content.type_of(head)
    if actual not in rule.actual:
        sentence = f"This looks like {actual}; send {'CSV or XLSX' if 'text/csv' in rule.declared else ', '.join(rule.actual)}."
        raise Refusal("WRONG_CONTENT_TYPE", sentence)
    if declared and declared in rule.actual and declared != actual:
        raise Refusal("WRONG_CONTENT_TYPE", f"It was declared as {declared} and looks like {actual}.")


def _too_large(rule: Purpose) -> Refusal:
    return Refusal("FILE_TOO_LARGE", f"At most {rule.largest} bytes are taken.")
