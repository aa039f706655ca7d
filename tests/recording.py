"""Writes down what goes over the connection: every message of a scope is one round trip."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from tenants import database, tenancy

GOLDEN = Path(__file__).parent / "queries"


@contextmanager
def recorded() -> Iterator[list[Any]]:
    """The statements sent while this is open, in order, with `query` and `args`; BEGIN and COMMIT are among them."""
    sent: list[Any] = []
    real = database.connection

    @asynccontextmanager
    async def recording(timeout: float) -> AsyncIterator[Any]:
        async with real(timeout) as connection:
            with connection.query_logger(sent.append):
                try:
                    yield connection
                finally:
                    await asyncio.sleep(0)  # asyncpg tells of a statement in the loop's next turn

    database.connection = recording  # type: ignore[assignment]
    try:
        yield sent
    finally:
        database.connection = real


async def plan_of(statement: Any, **planner: str) -> Any:
    """PostgreSQL's plan for a recorded statement, as the weak role, in the open scope; `planner` are settings for it."""
    for name, value in planner.items():
        tenancy.ahead(f"set local {name} = {value}")
    async with tenancy.current().speaking() as connection:
        (text,) = await connection.fetchrow(f"explain (format json) {statement.query}", *statement.args)
    import json

    return json.loads(text)[0]["Plan"]


def nodes_of(plan: Any) -> Iterator[Any]:
    """A plan and all the plans within it."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def matches_golden(name: str, sent: list[Any], venue: UUID) -> bool:
    """Whether these statements are the ones in tests/queries/<name>.sql. FOYER_WRITE_GOLDEN=1 writes the file instead."""
    lines = [f"-- {len(sent)} round trips"]
    for statement in sent:
        text = " ".join(statement.query.replace(str(venue), "<venue>").split())
        lines.append(re.sub(r" (?=(from|where|order by|group by|cross join|left join|limit) )", "\n", text) + ";")
    text, file = "\n\n".join(lines) + "\n", GOLDEN / f"{name}.sql"
    if os.environ.get("FOYER_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.read_text() == text
    return True
