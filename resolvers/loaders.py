"""Rows by key, gathered over one request: each kind of row costs one statement, however many ask."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader

from tenants import pages
from tenants.organisations import visible
from tenants.pages import Listing, Page, Through, Window
from tenants.sql import name, sql

Batch = Callable[[list[UUID]], Awaitable[list[Any]]]


class Loaders:
    """The loaders of one request (schema.context.Loaders), made when first asked for."""

    def __init__(self) -> None:
        self._loaders: dict[Hashable, DataLoader[UUID, Any]] = {}
        self._kept: dict[Any, list[Any]] = defaultdict(list)

    def one(self, record: Any, row_id: UUID | None) -> Awaitable[Any]:
        """The row of this id that the caller sees, or None."""
        return self._one(record).load(row_id) if row_id else _none()

    async def several(self, record: Any, row_ids: Iterable[UUID]) -> list[Any]:
        """The rows of these ids that the caller sees."""
        return [row for row in await asyncio.gather(*(self.one(record, i) for i in row_ids)) if row is not None]

    def many(self, record: Any, column: str, value: UUID) -> Awaitable[list[Any]]:
        """The rows whose `column` is `value` that the caller sees, in order of id."""

        async def load(values: list[UUID]) -> list[Any]:
            found: dict[UUID, list[Any]] = defaultdict(list)
            for row in await _rows(record, column, values):
                found[row[column]].append(row)
            self.keep(record, (row for rows in found.values() for row in rows))
            return [found[v] for v in values]

        return self._loader((record, column), load).load(value)

    def page(self, listing: Listing[Any], owner: str | Through, value: UUID, descending: bool, window: Window) -> Awaitable[Page]:
        """A page of the rows that belong to `value` and that the caller sees, in the listing's first order."""

        async def load(values: list[UUID]) -> list[Any]:
            found = await pages.pages(listing, owner, values, descending, window)
            self.keep(listing.record, (row for page in found.values() for row in page.nodes))
            return [found[v] for v in values]

        return self._loader((listing, owner, descending, window), load).load(value)

    def by(self, ask: Callable[[list[UUID]], Awaitable[dict[UUID, Any]]], value: UUID) -> Awaitable[Any]:
        """What a function of the core says of a key; it is asked about many at once."""

        async def load(values: list[UUID]) -> list[Any]:
            found = await ask(values)
            return [found.get(v) for v in values]

        return self._loader(ask, load).load(value)

    def keep(self, record: Any, rows: Iterable[Any]) -> None:
        """Remember rows of a record that were read in another way."""
        self._kept[record] += rows
        if record in self._loaders:
            self._one(record)  # somebody may be waiting for just these

    def forget(self) -> None:
        """Read everything afresh, after something was written."""
        self._loaders.clear()
        self._kept.clear()

    def _one(self, record: Any) -> DataLoader[UUID, Any]:
        loader = self._loaders.get(record) or self._loader(record, partial(_by_id, record))
        if kept := self._kept.pop(record, None):  # most lists are never asked for one of their rows again
            loader.prime_many({row["id"]: row for row in reversed(kept)})
        return loader

    def _loader(self, key: Hashable, load: Batch) -> DataLoader[UUID, Any]:
        if key not in self._loaders:
            self._loaders[key] = DataLoader(load)
        return self._loaders[key]


async def _by_id(record: Any, ids: list[UUID]) -> list[Any]:
    found = {row["id"]: row for row in await _rows(record, "id", ids)}
    return [found.get(i) for i in ids]


async def _rows(record: Any, column: str, values: list[UUID]) -> list[Any]:
    seen = visible(record.table(), "t")
    condition = sql("t.{column} = any({values}::uuid[]) and {seen}", column=name(column), values=values, seen=seen)
    return await record.rows(condition, tail=sql("order by t.id"))  # type: ignore[no-any-return]


async def _none() -> None:
    return None
