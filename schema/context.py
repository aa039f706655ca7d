"""What a resolver may ask of the request it serves. The gateway fills it in."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import strawberry

from tenants.audit import Entry
from tenants.pages import Listing, Page, Through, Window
from tenants.permissions import Caller


class Loaders(Protocol):
    """Rows by key that the caller sees, gathered over one request into one statement per kind."""

    def one(self, record: Any, row_id: UUID | None) -> Awaitable[Any]:
        """The row of this id, or None."""

    def several(self, record: Any, row_ids: Iterable[UUID]) -> Awaitable[list[Any]]:
        """The rows of these ids, without those that are not there."""

    def many(self, record: Any, column: str, value: UUID) -> Awaitable[list[Any]]:
        """The rows whose `column` is `value`, in order of id."""

    def page(self, listing: Listing[Any], owner: str | Through, value: UUID, descending: bool, window: Window) -> Awaitable[Page]:
        """A page of the rows that belong to `value`, in the listing's first order."""

    def by(self, load: Callable[[list[UUID]], Awaitable[dict[UUID, Any]]], value: UUID) -> Awaitable[Any]:
        """What a function of the core says of a key; it is asked about many at once."""

    def keep(self, record: Any, rows: Iterable[Any]) -> None:
        """Remember rows of a record that were read in another way."""

    def forget(self) -> None:
        """Read everything afresh, after something was written."""


class Budget(Protocol):
    """What the operation was charged beforehand, and what its caller has left, in points."""

    cost: int
    remaining: int

    @property
    def limit(self) -> int:
        """The most there can be at a time."""

    @property
    def restore_rate(self) -> int:
        """How many come back each second."""

    @property
    def reset_at(self) -> datetime:
        """When there are `limit` again."""


class Context(Protocol):
    """One request."""

    caller: Caller
    load: Loaders
    answered: Collection[str]
    """The root fields, by their name in the answer, that an earlier request with the same key has done."""
    watched: dict[UUID, bool]
    """Filled in by a subscription: the ids of the jobs it shows, and whether each may still get on."""
    trace: str
    budget: Budget | None
    """None where nothing is charged."""
    faults: Callable[[str, str], list[str]]
    """Why a contract would refuse a document; empty when it would be answered."""
    entries: list[Entry]  # of the audit log, to be written once the request's scope has ended


Info = strawberry.Info[Context, None]
Row: Any = strawberry.Parent[Any]  # type: ignore[misc]  # the row a field belongs to
