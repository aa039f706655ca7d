"""Files to come, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.errors import Payload
from schema.imports import File
from schema.nodes import text
from schema.shapes import enum_of
from tenants import uploads

UploadPurpose: Any = enum_of(uploads.PURPOSE)


@strawberry.type(description="A header of an HTTP request.")
class Header:
    """See the description."""

    name: str = text("Its name.")
    value: str = text("Its value.")


@strawberry.type(description="Where the bytes of a file go.")
class StagedUploadPayload(Payload):
    """See the description."""

    file: File | None = strawberry.field(
        default=None, description="The file to come. Name its id where it is used, once the bytes have arrived."
    )
    url: str | None = strawberry.field(
        default=None,
        description="Where to send the bytes with PUT, once, without an Authorization header. Whoever knows it may use it.",
    )
    headers: list[Header] | None = strawberry.field(default=None, description="The headers to send with them.")
    expires_at: datetime | None = strawberry.field(default=None, description="Until when the address is good.")
