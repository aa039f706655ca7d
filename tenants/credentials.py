"""Whose secret is this? The one read outside a scope, because every request makes it: one statement alone is one round trip,
and a scope would make three of it (BEGIN, the statement, COMMIT).

It reads platform tables only: no venue is set, so a venue's table raises as it does in platform(). Nothing is cached: what is
revoked is refused at the next request, on every process.
"""

from typing import Any

from tenants import database, tenancy
from tenants.errors import NoScope
from tenants.settings import settings
from tenants.sql import Sql


async def read(statement: Sql) -> list[Any]:
    """The rows of a `select` that finds them by the hash of a secret. Raises NoScope for any other, and inside a scope, which
    has a connection already."""
    text, arguments = statement.render({})
    if tenancy.is_open() or text.split(maxsplit=1)[0] != "select" or "secret_hash = $" not in text:
        raise NoScope("Outside a scope only the holder of a secret is read, by its hash.")
    async with database.connection(settings().database_timeout) as connection:
        return await connection.fetch(text, *arguments)  # type: ignore[no-any-return]
