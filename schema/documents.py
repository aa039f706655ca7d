"""Trusted documents, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.nodes import Node, node, text
from schema.shapes import enum_of, input_of
from tenants import documents

Contract: Any = enum_of(documents.CONTRACT)
TrustedDocumentInput: Any = input_of(documents.TrustedDocumentInput)


@node(
    documents.TrustedDocument,
    needs="documents:write",
    description="A document that the venue's programs may ask for by its id, without sending it.",
)
class TrustedDocument(Node):
    """See the description."""

    contract: Contract = text("Which contract it is for.")
    document_id: str = text("What programs send as `documentId`.")
    app: str = text("The program that asks with it.")
    created_at: datetime = text("When it was first registered.")

    @strawberry.field(description="The SHA-256 of its text in hexadecimal; `sha256:` before it makes an id that always finds it.")
    def sha256(document: strawberry.Parent[Any]) -> str:  # noqa: N805
        """As clients send it."""
        return str(document.hash.hex())

    text: str = text("The document.")


@strawberry.type(description="Documents that were registered or removed.")
class TrustedDocumentPayload(Payload):
    """See the description."""

    documents: list[TrustedDocument] | None = strawberry.field(default=None, description="Those documents.")
