"""Links to what is downloaded, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.context import Info
from schema.nodes import text
from tenants import downloads


@strawberry.type(
    description="An address that needs no Authorization header: a browser can follow it. It is made for you and good for a "
    "quarter of an hour, unless your session or key ends before. Ask for a new one each time."
)
class Link:
    """See the description."""

    url: str = text("Where to send GET. Whoever knows it may use it, so keep it to yourself.")
    expires_at: datetime = text("Until when it is good.")


def download_of(info: Info, kind: str, row: Any) -> Link:
    """A link for whoever asks. Raises NOT_CONFIGURED."""
    made: Any = downloads.link(info.context.caller, kind, row.id)
    return made  # type: ignore[no-any-return]
