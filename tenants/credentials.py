"""Whose secret is this? What every request asks outside a scope: one statement alone is one round trip, and a scope would make
three of it (BEGIN, the statement, COMMIT).

Only platform tables are reached: no venue is set, so a venue's table raises as it does in platform(). Nothing is cached: what is
revoked is refused at the next request, on every process.
"""

import re
from functools import lru_cache
from typing import Any

import asyncpg

from tenants import database, tenancy
from tenants.errors import NoScope
from tenants.settings import settings
from tenants.sql import Sql

_HOLDER = re.compile(r"\s*select\s.*\bsecret_hash = \$", re.DOTALL)
_USE = re.compile(r"update (sessions|key_secrets|customer_tokens) set last_used_at = now\(\) where id = \$1\s")


async def read(statement: Sql) -> list[Any]:
    """The rows of a `select` that finds them by the hash of a secret. Raises NoScope for any other, and inside a scope, which
    has a connection already."""
    text, arguments = statement.render({})
    if tenancy.is_open() or not _may_be_said(_HOLDER, text):
        raise NoScope("Outside a scope only the holder of a secret is read, by its hash.")
    return await _said(text, arguments)


async def note_use(statement: Sql) -> None:
    """Remember that a secret was used: an `update` of the one column that says so. Raises NoScope as read() does."""
    text, arguments = statement.render({})
    if tenancy.is_open() or not _may_be_said(_USE, text):
        raise NoScope("Outside a scope only the use of a secret is noted.")
    await _said(text, arguments)


@lru_cache(maxsize=20)
def _may_be_said(form: re.Pattern[str], text: str) -> bool:
    return form.match(text) is not None


async def _said(text: str, arguments: list[Any]) -> list[Any]:
    async with database.connection(settings().database_timeout) as connection:
        try:
            return await connection.fetch(text, *arguments)  # type: ignore[no-any-return]
        except asyncpg.PostgresError:
            raise
        except BaseException:  # whether it was done, nobody knows: it may be at it still
            connection.terminate()
            raise
