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


async def read(statement: Sql, **values: Any) -> list[Any]:
    """The rows of a `select` that finds them by the hash of a secret; the same Sql each time, with other values. Raises NoScope
    for any other, and inside a scope, which has a connection already."""
    return await _said(_HOLDER, statement, values)


async def note_use(statement: Sql, **values: Any) -> None:
    """Remember that a secret was used: an `update` of the one column that says so. Raises NoScope as read() does."""
    await _said(_USE, statement, values)


async def _said(form: re.Pattern[str], statement: Sql, values: dict[str, Any]) -> list[Any]:
    if tenancy.is_open():
        raise NoScope("There is a scope, and it has a connection.")
    text, names = _written(form, statement, tuple(values))
    async with database.connection(settings().database_timeout) as connection:
        try:
            rows: list[Any] = await connection.fetch(text, *[values[name] for name in names])
            return rows
        except asyncpg.PostgresError:
            raise
        except BaseException:  # whether it was done, nobody knows: it may be at it still
            connection.terminate()
            raise


@lru_cache(maxsize=20)
def _written(form: re.Pattern[str], statement: Sql, names: tuple[str, ...]) -> tuple[str, list[str]]:
    text, order = statement.render({name: name for name in names})
    if not form.match(text):
        raise NoScope("Outside a scope only the holder of a secret is read, by its hash, and its use is noted.")
    return text, order
