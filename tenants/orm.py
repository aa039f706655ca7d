"""Tortoise's client, over the connection of the open scope and no other. A forgotten scope fails before any SQL."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from tenants import tenancy


class client_class(AsyncpgDBClient):  # noqa: N801  # the name Tortoise looks for in an engine module
    """BEGIN and COMMIT are the scope's."""

    execute_many = TransactionWrapper.execute_many  # the other one would begin a transaction

    def acquire_connection(self) -> Any:
        """The scope's connection, for one statement. Raises NoScope."""
        return tenancy.current().speaking()

    def _in_transaction(self) -> Any:
        return _Savepoint(self, tenancy.savepoint())


class _Savepoint:
    """What Tortoise's own in_transaction() becomes inside a scope (get_or_create uses it)."""

    def __init__(self, client: client_class, savepoint: AbstractAsyncContextManager[None]) -> None:
        self._client, self._savepoint = client, savepoint

    async def __aenter__(self) -> client_class:
        await self._savepoint.__aenter__()
        return self._client

    async def __aexit__(self, *error: Any) -> None:
        await self._savepoint.__aexit__(*error)
