"""Trusted documents: what a venue has said its programs may ask, each found by its id in one of the two contracts."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import audit, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.pages import CREATED, Listing
from tenants.record import VenueRecord
from tenants.shape import Choice, Doc, Where
from tenants.sql import join, sql

CONTRACT = Choice(
    "Contract",
    {"GRAPHQL": "`/graphql`, of staff and partners.", "STOREFRONT": "`/storefront/graphql`, of the venue's shop."},
    "Which of the two contracts.",
)
MOST_AT_ONCE, MOST = 500, 5000
LONGEST, LONGEST_NAME = 20_000, 100
_CUSTOM = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_HASHED = re.compile(r"(sha256:)?[0-9a-f]{64}")

# What is wrong with a document of a contract; empty when it would be answered.
Faults = Callable[[str, str], list[str]]


class TrustedDocument(VenueRecord):
    """A document that may be asked for by `document_id`: `sha256:` and the hash of its text, or an id of its makers' own."""

    contract = fields.TextField()
    document_id = fields.TextField()
    hash = fields.BinaryField()
    app = fields.TextField()
    text = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "trusted_documents"


@dataclass(frozen=True)
class TrustedDocumentFilter:
    """Which documents; all that is given holds together."""

    app: Annotated[str | None, Doc("Only those of this program."), Where("t.app = {value}")] = None
    contract: Annotated[str | None, Doc("Only those of this contract."), CONTRACT, Where("t.contract = {value}")] = None


@dataclass(frozen=True)
class TrustedDocumentInput:
    """A document to be trusted."""

    text: Annotated[str, Doc(f"The document, up to {LONGEST} characters.")]
    document_id: Annotated[
        str | None,
        Doc(
            "What programs will send as `documentId`: an id of your tools' own, such as a Relay compiler's, of up to 100 letters,"
            " digits, `_`, `.` and `-`. Left out, it is `sha256:` and the text's SHA-256 in hexadecimal."
        ),
    ] = None


LISTING = Listing(TrustedDocument, {"CREATED": CREATED}, TrustedDocumentFilter)


def hash_of(text: str) -> str:
    """The SHA-256 of a document in hexadecimal, as clients send it."""
    return hashlib.sha256(text.encode()).hexdigest()


async def register(app: str, contract: str, documents: Sequence[TrustedDocumentInput], faults: Faults) -> list[Any]:
    """Trust these documents, all or none, and answer their rows. One that is there already stays and counts for the new app.

    Raises REQUIRED, TOO_LONG, TOO_MANY_ROWS, INVALID_VALUE, NOT_UNIQUE, and GRAPHQL_VALIDATION_FAILED for what would be refused.
    """
    if not (app := app.strip()):
        raise Refusal("REQUIRED", "Name the program that asks with these documents.", field=["app"])
    if len(app) > LONGEST_NAME:
        raise Refusal("TOO_LONG", f"The name has at most {LONGEST_NAME} characters.", field=["app"])
    if len(documents) > MOST_AT_ONCE:
        raise Refusal("TOO_MANY_ROWS", f"Register at most {MOST_AT_ONCE} documents at once.", field=["documents"])
    wanted: dict[str, str] = {}
    for number, given in enumerate(documents):
        document_id = _id_of(given, ("documents", str(number), "documentId"))
        _check(given.text, contract, faults, ("documents", str(number), "text"))
        if wanted.setdefault(document_id, given.text) != given.text:
            raise Refusal(
                "NOT_UNIQUE", f"Two documents share the id {document_id}.", field=["documents", str(number), "documentId"]
            )
    if not wanted:
        return []
    rows = await tenancy.fetch(_insert(app, contract, wanted), TrustedDocument)
    taken = {row.document_id for row in rows}
    if lost := next((document_id for document_id in wanted if document_id not in taken), None):
        raise Refusal("NOT_UNIQUE", f"The id {lost} stands for another document; remove that one first.", field=["documents"])
    if await tenancy.fetch_value(sql("select count(*) from trusted_documents where tenant_id = {venue}")) > MOST:
        raise Refusal("TOO_MANY_ROWS", f"A venue trusts at most {MOST} documents; remove old ones first.", field=["documents"])
    audit.counted(registered=len(rows))
    return sorted(rows, key=lambda row: list(wanted).index(row.document_id))


def _id_of(given: TrustedDocumentInput, field: Sequence[str]) -> str:
    own = f"sha256:{hash_of(given.text)}"
    if given.document_id is None or given.document_id == own:
        return own
    if not _CUSTOM.fullmatch(given.document_id):
        raise Refusal(
            "INVALID_VALUE", "An id is the text's own `sha256:…`, or up to 100 letters, digits, _ . and -.", field=field
        )
    return given.document_id


def _check(text: str, contract: str, faults: Faults, field: Sequence[str]) -> None:
    if len(text) > LONGEST:
        raise Refusal("TOO_LONG", f"A document has at most {LONGEST} characters.", field=field)
    if told := faults(contract, text):
        raise Refusal("GRAPHQL_VALIDATION_FAILED", " ".join(told), field=field)


def _insert(app: str, contract: str, wanted: dict[str, str]) -> Any:
    rows = [
        sql(
            "({venue}, {id}, {contract}, {document_id}, {hash}, {app}, {text})",
            id=new_id(),
            contract=contract,
            document_id=document_id,
            hash=bytes.fromhex(hash_of(text)),
            app=app,
            text=text,
        )
        for document_id, text in wanted.items()
    ]
    return sql(
        """
        insert into trusted_documents as t (tenant_id, id, contract, document_id, hash, app, text) values {rows}
        on conflict (tenant_id, contract, document_id) do update set app = excluded.app
        where t.tenant_id = {venue} and t.hash = excluded.hash
        returning t.*
        """,
        rows=join(", ", rows),
    )


async def remove(ids: Sequence[UUID]) -> list[Any]:
    """Trust these documents no longer; answers those that there were."""
    if len(ids) > MOST_AT_ONCE:
        raise Refusal("TOO_MANY_ROWS", f"Remove at most {MOST_AT_ONCE} documents at once.", field=["ids"])
    gone = sql(
        "delete from trusted_documents t where t.tenant_id = {venue} and t.id = any({ids}::uuid[]) returning t.*", ids=[*ids]
    )
    rows = await tenancy.fetch(gone, TrustedDocument)
    audit.counted(removed=len(rows))
    return rows


async def find(contract: str, document_id: str) -> str | None:
    """The text of a trusted document of the scope's venue; its hash finds it whatever its own id is."""
    if _HASHED.fullmatch(document_id):
        where = sql("t.hash = {hash}", hash=bytes.fromhex(document_id.removeprefix("sha256:")))
    else:
        where = sql("t.document_id = {document_id}", document_id=document_id)
    return await tenancy.fetch_value(  # type: ignore[no-any-return]
        sql(
            "select t.text from trusted_documents t where t.tenant_id = {venue} and t.contract = {contract} and {where} limit 1",
            contract=contract,
            where=where,
        )
    )
