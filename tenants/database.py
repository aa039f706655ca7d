"""The connection pool of a process, and Tortoise on top of it. Statements run through tenants.tenancy, never from here."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from operator import itemgetter
from typing import Any

import asyncpg
from tortoise import Tortoise

from tenants.connections import Connections
from tenants.errors import NoScope, Unavailable
from tenants.settings import Settings

LATER = 2.0  # seconds after its limit a statement is given up here, in case the server did not
# Each module whose records Tortoise must know. The catalogue test fails when a table has no record.
RECORDS = [
    "tenants.venues",
    "tenants.people",
    "tenants.sign_in",
    "tenants.sessions",
    "tenants.resets",
    "tenants.keys",
    "tenants.key_secrets",
    "tenants.organisations",
    "tenants.support",
    "tenants.catalogue",
    "tenants.custom_fields.records",
    "tenants.performances",
    "tenants.products",
    "tenants.customers",
    "tenants.customer_tokens",
    "tenants.customer_codes",
    "tenants.orders",
    "tenants.flags",
    "tenants.benefits",
    "tenants.couplings",
    "tenants.flag_rules.records",
    "tenants.pools",
    "tenants.pool_terms",
    "tenants.attributes",
    "tenants.syncs",
    "tenants.assignments",
    "tenants.campaign_links",
    "tenants.personal_links",
    "tenants.discounts",
    "tenants.jobs",
    "tenants.audit_entries",
    "tenants.documents",
    "tenants.files",
    "tenants.images.records",
    "tenants.imports.records",
    "tenants.imports.saved",
]

_pool: Connections | None = None


class Row(asyncpg.Record):
    """A row as it came from PostgreSQL, its columns readable as attributes: what GraphQL shows, without a copy."""

    def __getattr__(self, column: str) -> Any:
        try:
            return self[column]
        except KeyError:
            raise AttributeError(column) from None


@cache
def row_class(record: type[Any]) -> type[Row]:
    """Row for the rows of one record: `row.record` says which. Its columns are attributes of the class: one that is looked for in
    vain first, and then as a column, takes several times as long."""
    columns = [column for column in record.columns() if not hasattr(Row, column)]
    return type(f"{record.__name__}Row", (Row,), {"record": record, **{c: property(itemgetter(c)) for c in columns}})


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    """Open the pool and the ORM for this process and event loop; close both at the end."""
    global _pool
    engine = {"engine": "tenants.orm", "credentials": {"host": "", "port": 0, "user": "", "password": "", "database": ""}}
    await Tortoise.init(
        config={
            "connections": {"default": engine},
            "apps": {"models": {"models": RECORDS, "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,
    )
    gc.freeze()  # what was imported stays: a collection that looks at it again and again costs a fifth of an import
    pool = Connections(
        settings.database_pool,
        dsn=settings.database_url,
        timeout=settings.database_timeout,
        command_timeout=settings.statement_timeout + LATER,
        record_class=Row,
        server_settings={"application_name": "foyer"},
    )
    await pool.release(await pool.acquire(timeout=settings.database_timeout))  # a wrong address is told at the start
    _pool = pool
    try:
        yield
    finally:
        _pool = None
        try:
            await asyncio.wait_for(pool.close(), settings.statement_timeout)
        except TimeoutError:
            pool.terminate()


def usage() -> tuple[int, int]:
    """Connections that serve somebody now, and the most there may be."""
    return (_pool.get_size() - _pool.get_idle_size(), _pool.get_max_size()) if _pool else (0, 0)


class connection:  # noqa: N801  # it is used like a function
    """A pooled connection, for as long as one is inside. Raises Unavailable when none is free, or the server does not answer,
    within `timeout` seconds."""

    def __init__(self, timeout: float) -> None:
        if _pool is None:
            raise NoScope("The database is not open in this process.")
        self._pool, self._timeout, self._lent = _pool, timeout, None

    async def __aenter__(self) -> Any:
        try:
            self._lent = await self._pool.acquire(timeout=self._timeout)
        except (TimeoutError, OSError, asyncpg.PostgresConnectionError, asyncpg.TooManyConnectionsError) as error:
            raise Unavailable("The database does not answer.") from error
        return self._lent

    async def __aexit__(self, *error: object) -> None:
        await self._pool.release(self._lent)
