"""Everything on one machine: `foyer dev`, and under it `foyer demo`. Production starts serve, work and schedule itself."""

import asyncio
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from gateway.supervisor import Program, say, supervise
from tenants import database, migrate
from tenants.embedded import Servers
from tenants.errors import FoyerError
from tenants.settings import settings

HOME = Path(".foyer")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 60.0
EXTERNAL = ("FOYER_DATABASE_URL", "FOYER_REDIS_URL")

Announce = Callable[[str], None]  # called with the gateway's address once it answers


async def _nothing() -> Announce:
    return lambda url: say(f"Foyer is ready: {url}/graphql. Ctrl-C stops it.", colour="green")


def run(prepare: Callable[[], Awaitable[Announce]] = _nothing) -> None:
    """Start everything and stay until a signal stops it. `prepare` runs with the database open, before the programs start.
    Raises FoyerError when something cannot start or does not stay."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a log line must not fail on a terminal's encoding
    for each in SIGNALS:
        signal.signal(each, signal.default_int_handler)
    try:
        with _alone_in_folder() as lock, _servers() as admin_url:
            asyncio.run(_everything(prepare, admin_url, lock))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Stopped.")


@contextmanager
def _alone_in_folder() -> Iterator[int]:
    """The folder's lock. The programs inherit it, so that a new start waits for those a killed one has left behind."""
    HOME.mkdir(exist_ok=True)
    lock = os.open(HOME / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        waiting_since = time.monotonic()
        while not _locked(lock):
            holder = int(os.pread(lock, 20, 0) or 0)
            if _alive(holder):
                raise FoyerError(f"Foyer is running in this folder already, as process {holder}. Stop it first.")
            if time.monotonic() > waiting_since + 30:
                raise FoyerError(f"Programs of a killed start still run and hold {HOME / 'lock'}; end them first.")
            time.sleep(0.1)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return process > 0


@contextmanager
def _servers() -> Iterator[str | None]:
    """The servers given in the environment, or our own: then `.foyer/env` tells every command of this folder where they are,
    for as long as they run, and the superuser's URL is answered."""
    given = [name for name in EXTERNAL if name in os.environ]
    if 0 < len(given) < len(EXTERNAL):
        raise FoyerError(f"Set both {' and '.join(EXTERNAL)}, or neither for servers of Foyer's own.")
    os.environ.setdefault("FOYER_ENVIRONMENT", "development")
    file = HOME / "env"
    file.unlink(missing_ok=True)
    if given:
        yield None
        return
    servers = Servers(HOME / "servers")
    started = time.monotonic()
    try:
        servers.start()
        _tell(servers, file)
        say(f"PostgreSQL and Valkey run ({time.monotonic() - started:.1f} s).")
        if not servers.home.is_relative_to(HOME.resolve()):
            say(f"Their data is in {servers.home}: from here it is too far, or closed, for the servers' user.", colour="yellow")
        yield servers.database_url("postgres", "postgres")
    finally:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        file.unlink(missing_ok=True)
        servers.stop()


def _tell(servers: Servers, file: Path) -> None:
    told = {
        "FOYER_DATABASE_URL": servers.database_url("foyer_app"),
        "FOYER_DATABASE_OWNER_URL": servers.database_url("foyer_owner"),
        "FOYER_REDIS_URL": servers.redis_url,
        "FOYER_ENVIRONMENT": os.environ["FOYER_ENVIRONMENT"],
    }
    os.environ.update(told)
    file.touch(0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in told.items()))


async def _everything(prepare: Callable[[], Awaitable[Announce]], admin_url: str | None, lock: int) -> None:
    _stop_on_signals()
    await _migrate(admin_url)
    async with database.opened(settings()):
        announce = await prepare()
    url = _choose_address()
    programs = [
        Program("gateway", ["serve"], "cyan"),
        Program("worker", ["work"], "magenta"),
        Program("scheduler", ["schedule"], "yellow"),
    ]
    running = asyncio.create_task(supervise(programs, keep_open=lock))
    try:
        await _until_ready(url, running)
        announce(url)
        await asyncio.wait({running})
    finally:
        running.cancel()  # once, and not by awaiting it: its own cleaning up must not be cancelled
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


async def _migrate(admin_url: str | None) -> None:
    app_url, owner_url = settings().database_url, settings().database_owner_url
    if not owner_url:
        say("FOYER_DATABASE_OWNER_URL is not set: the database is taken as it is, without migrating it.", colour="yellow")
        return
    if admin_url:
        await migrate.bootstrap(admin_url, owner_url, app_url)
    done = await migrate.migrate(owner_url)
    say(f"{len(done)} migrations run." if done else "The database is up to date.")


def _choose_address() -> str:
    """The gateway's address. Its port is the one chosen by FOYER_PORT, or the first free one from 8000 on."""
    host, port = settings().host, settings().port
    chosen = "FOYER_PORT" in os.environ
    while not _free(host, port):
        if chosen:
            raise FoyerError(f"Port {port}, chosen by FOYER_PORT, is taken by another program.")
        say(f"Port {port} is taken; trying {port + 1}.", colour="yellow")
        port += 1
    os.environ["FOYER_PORT"] = str(port)
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def _until_ready(url: str, running: asyncio.Task[None]) -> None:
    waiting_since = time.monotonic()
    while not running.done():
        if await asyncio.to_thread(_ready, url):
            return
        if time.monotonic() > waiting_since + READY_SECONDS:
            raise FoyerError(f"{url}/ready does not say that the gateway is ready after {READY_SECONDS:g} s.")
        await asyncio.sleep(0.1)


def _ready(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
