"""The `.foyer` folder of a development start: its lock, and the servers whose data it holds."""

import fcntl
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.supervisor import say
from tenants.embedded import Servers
from tenants.errors import FoyerError

HOME = Path(".foyer")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # all of them mean: stop
EXTERNAL = ("FOYER_DATABASE_URL", "FOYER_REDIS_URL")


@contextmanager
def locked() -> Iterator[int]:
    """Nobody else runs Foyer in this folder. The programs inherit the lock's descriptor, so that a new start waits for those
    that a killed one has left behind. Raises FoyerError."""
    HOME.mkdir(exist_ok=True)
    lock = os.open(HOME / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        waiting_since = time.monotonic()
        while not _taken(lock):
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


def _taken(lock: int) -> bool:
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
def servers() -> Iterator[str | None]:
    """The servers given in the environment, or our own: then `.foyer/env` tells every command of this folder where they are,
    for as long as they run, and the superuser's URL is answered. Raises FoyerError."""
    given = [name for name in EXTERNAL if name in os.environ]
    if 0 < len(given) < len(EXTERNAL):
        raise FoyerError(f"Set both {' and '.join(EXTERNAL)}, or neither for servers of Foyer's own.")
    os.environ.setdefault("FOYER_ENVIRONMENT", "development")
    os.environ.setdefault("FOYER_SIGNING_SECRETS", _signing_secret())
    file = HOME / "env"
    file.unlink(missing_ok=True)
    if given:
        yield None
        return
    own = own_servers()
    started = time.monotonic()
    try:
        own.start()
        _tell(own, file)
        say(f"PostgreSQL and Valkey run ({time.monotonic() - started:.1f} s).")
        if not own.home.is_relative_to(HOME.resolve()):
            say(f"Their data is in {own.home}: this folder is closed to their user, or its path is too long.", colour="yellow")
        yield own.database_url("postgres", "postgres")
    finally:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)  # nothing disturbs the end
        file.unlink(missing_ok=True)
        own.stop()


def _signing_secret() -> str:
    """This folder's, made once, so that links outlive a restart."""
    file = HOME / "signing-secret"
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def own_servers() -> Servers:
    """Ours, not started. When their data must lie elsewhere, `.foyer/servers` leads there; where no such link is, what lies there
    was left by an earlier checkout of this place, and goes."""
    link = HOME / "servers"
    own = Servers(link)
    if not own.home.is_relative_to(HOME.resolve()) and not os.path.lexists(link):
        shutil.rmtree(own.home, ignore_errors=True)
        link.symlink_to(own.home)
    return own


def _tell(own: Servers, file: Path) -> None:
    told = {
        "FOYER_DATABASE_URL": own.database_url("foyer_app"),
        "FOYER_DATABASE_OWNER_URL": own.database_url("foyer_owner"),
        "FOYER_REDIS_URL": own.redis_url,
        "FOYER_ENVIRONMENT": os.environ["FOYER_ENVIRONMENT"],
        "FOYER_SIGNING_SECRETS": os.environ["FOYER_SIGNING_SECRETS"],
    }
    os.environ.update(told)
    file.touch(0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in told.items()))
