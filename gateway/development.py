"""Everything on one machine: `foyer dev`, and with it `foyer demo`. Production starts serve, work and schedule by itself."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

from gateway import address, folder
from gateway.folder import SIGNALS
from gateway.supervisor import Program, say, supervise
from tenants import database, migrate
from tenants.settings import settings

Announce = Callable[[str], None]  # called with the gateway's address once it answers


async def _nothing() -> Announce:
    return lambda url: say(f"Foyer is ready: {url}/graphql. Ctrl-C stops it.", colour="green")


def run(prepare: Callable[[], Awaitable[Announce]] = _nothing) -> None:
    """Start everything and stay until a signal ends it. `prepare` runs with the database open, before the programs start.
    Raises FoyerError when something does not start or does not stay."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a log line must not fail on a terminal's encoding
    for each in SIGNALS:
        signal.signal(each, signal.default_int_handler)
    try:
        with folder.locked() as lock, folder.servers() as admin_url:
            asyncio.run(_everything(prepare, admin_url, lock))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Stopped.")


async def _everything(prepare: Callable[[], Awaitable[Announce]], admin_url: str | None, lock: int) -> None:
    _stop_on_signals()
    await migrate_here(admin_url)
    async with database.opened(settings()):
        announce = await prepare()
    url = address.choose()
    programs = [
        Program("gateway", ["serve"], "cyan"),
        Program("worker", ["work"], "magenta"),
        Program("scheduler", ["schedule"], "yellow"),
    ]
    running = asyncio.create_task(supervise(programs, keep_open=lock))
    try:
        await address.until_ready(url, running)
        if not running.done():
            announce(url)
        await asyncio.wait({running})
    finally:
        running.cancel()  # here alone, and only once: awaiting it would cancel its cleaning up as well
        await asyncio.wait({running})
    running.result()


def _stop_on_signals() -> None:
    """The first signal cancels the running task, wherever it is; further ones change nothing."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def stop() -> None:
        for each in SIGNALS:
            loop.add_signal_handler(each, lambda: None)
        say("Stopping.")
        task.cancel()

    for each in SIGNALS:
        loop.add_signal_handler(each, stop)


async def migrate_here(admin_url: str | None) -> None:
    """Make the roles where a superuser is at hand, and run what is missing of the migrations."""
    app_url, owner_url = settings().database_url, settings().database_owner_url
    if not owner_url:
        say("FOYER_DATABASE_OWNER_URL is not set: the database is taken as it is, without migrating it.", colour="yellow")
        return
    if admin_url:
        await migrate.bootstrap(admin_url, owner_url, app_url)
    done = await migrate.migrate(owner_url)
    say(f"{len(done)} migrations run." if done else "The database is up to date.")
