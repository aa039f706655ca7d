"""What a resolver may ask of the request it serves. The gateway fills it in."""

from collections.abc import Awaitable
from typing import Any, Protocol
from uuid import UUID

import strawberry

from tenants.permissions import Caller


class Loaders(Protocol):
    """Rows by key, gathered over one request into one statement per kind."""

    def one(self, record: Any, row_id: UUID | None) -> Awaitable[Any]:
        """The row of this id, or None."""

    def many(self, record: Any, column: str, value: UUID) -> Awaitable[list[Any]]:
        """The rows whose `column` is `value`, in order of id."""


class Context(Protocol):
    """One request."""

    caller: Caller
    load: Loaders


Info = strawberry.Info[Context, None]
