"""Migrations: numbered SQL files, run in order by the owning role, one at a time under a lock."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from tenants.errors import FoyerError

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_036_221_846  # any number, the same for ever: it is the advisory lock of all migrating programs

# In a schema of its own, which the weak role may not even look into.
HISTORY = """
create schema if not exists migrations;
create table if not exists migrations.history (
  number int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())
"""


class MigrationError(FoyerError):
    """The files and the database's history do not agree."""


@dataclass(frozen=True)
class Migration:
    """One file. A first line `-- no-transaction` runs it outside a transaction (CREATE INDEX CONCURRENTLY)."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """What the history holds of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        """Whether it runs in one transaction with its history row."""
        return not self.text.startswith("-- no-transaction")


def migrations() -> list[Migration]:
    """All files, in order. Raises MigrationError on a gap or a number used twice."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        number, _, title = path.stem.partition("_")
        found.append(Migration(int(number), title, path.read_text()))
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise MigrationError("migrations/ must be numbered 0001, 0002 … without a gap")
    return found


async def pending(owner_url: str) -> list[Migration]:
    """What migrate() would run now."""
    connection = await asyncpg.connect(owner_url)
    try:
        return await _pending(connection)
    finally:
        await connection.close()


async def migrate(owner_url: str) -> list[Migration]:
    """Run what is missing and answer it. Safe to start on many machines at once: one works, the others wait."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(HISTORY)
        missing = await _pending(connection)
        for migration in missing:
            await _run(connection, migration)
        return missing
    finally:
        await connection.close()


async def bootstrap(admin_url: str, owner_url: str, app_url: str) -> None:
    """As a superuser: make the owning role (BYPASSRLS), the weak role and the database they are to use, where missing."""
    owner, app = _parts(owner_url), _parts(app_url)
    connection = await asyncpg.connect(admin_url)
    try:
        for role, rights in ((owner, "login bypassrls"), (app, "login nosuperuser nobypassrls nocreatedb nocreaterole")):
            known = await connection.fetchval("select true from pg_roles where rolname = $1", role.user)
            password = await connection.fetchval("select format('password %L', $1::text)", role.password or "")
            await connection.execute(f'{"alter" if known else "create"} role "{role.user}" {rights} {password}')
        if not await connection.fetchval("select true from pg_database where datname = $1", owner.database):
            await connection.execute(f'create database "{owner.database}" owner "{owner.user}"')
        await connection.execute(f'revoke all on database "{owner.database}" from public')
        await connection.execute(f'grant connect, temporary on database "{owner.database}" to "{app.user}"')
    finally:
        await connection.close()
    connection = await asyncpg.connect(owner_url)
    try:
        # The migrations grant to this group; which role is the weak one is the operator's choice.
        await connection.execute(f'grant usage on schema public to "{app.user}"')
        await connection.execute(
            f'alter default privileges in schema public grant select, insert, update, delete on tables to "{app.user}"'
        )
    finally:
        await connection.close()


async def analyze(owner_url: str, *tables: str) -> None:
    """Have the planner count the rows of these tables (of all, if none is named) anew, after many were written at once; by itself
    it does so within a minute or two."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(f"analyze {', '.join(tables)}")
    finally:
        await connection.close()


@dataclass(frozen=True)
class _Parts:
    user: str
    password: str | None
    database: str


def _parts(url: str) -> _Parts:
    split = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(split.query).items()}
    user = unquote(split.username or query.get("user", ""))
    database = unquote(split.path.lstrip("/")) or query.get("database", user)
    for text in (user, database):
        if not text or '"' in text:
            raise MigrationError(f"{url.rsplit('@', maxsplit=1)[-1]} must name a role and a database")
    return _Parts(user, split.password and unquote(split.password), database)


async def _pending(connection: asyncpg.Connection) -> list[Migration]:
    history = {}
    if await connection.fetchval("select to_regclass('migrations.history') is not null"):
        history = {r["number"]: r["checksum"] for r in await connection.fetch("select number, checksum from migrations.history")}
    known = migrations()
    if unknown := set(history) - {m.number for m in known}:
        raise MigrationError(f"The database is newer than this program: it has run {sorted(unknown)}.")
    for migration in known:
        if migration.number in history and history[migration.number] != migration.checksum:
            raise MigrationError(f"Migration {migration.number:04} was changed after it had run; write a new one instead.")
    return [m for m in known if m.number not in history]


async def _run(connection: asyncpg.Connection, migration: Migration) -> None:
    remember = "insert into migrations.history (number, name, checksum) values ($1, $2, $3)"
    row = (migration.number, migration.name, migration.checksum)
    if not migration.in_transaction:
        await connection.execute(migration.text)
        await connection.execute(remember, *row)
        return
    async with connection.transaction():
        await connection.execute(migration.text)
        await connection.execute(remember, *row)
