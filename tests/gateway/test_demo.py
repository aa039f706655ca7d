"""`foyer demo` as a whole, in a folder of its own: started, used, stopped, killed and started again."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.demonstration import EXAMPLE

PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to start in."""
    yield tmp_path
    for home in elsewhere(tmp_path):
        shutil.rmtree(home)


def elsewhere(folder: Path) -> set[str]:
    """Where the servers keep their data when they cannot in the folder: root's PostgreSQL may not enter pytest's."""
    return set(re.findall(r"Their data is in (\S+):", "".join(log.read_text() for log in folder.glob("log*"))))


def environment() -> dict[str, str]:
    """Without this suite's own settings, on a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {k: v for k, v in os.environ.items() if not k.startswith("FOYER_")} | {"FOYER_PORT": str(port)}


@contextmanager
def started(folder: Path, name: str, given: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A demo that has become ready. What the test leaves running is killed, not stopped: the next start copes with it."""
    log = folder / name
    with log.open("wb") as out:
        command = [sys.executable, "-m", "gateway.cli", "demo"]
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=out, stderr=out)
    try:
        until(lambda: process.poll() is not None or "Ctrl-C stops everything" in log.read_text())
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def notes(folder: Path) -> Any:
    return json.loads((folder / ".foyer" / "demo.json").read_text())


def ask(told: Any, secret: str, query: str = EXAMPLE, venue: str | None = None, path: str = "") -> Any:
    headers = {"Authorization": f"Bearer {secret}"} | ({"X-Venue": venue} if venue else {})
    return httpx.post(f"{told['base_url']}{path}/graphql", json={"query": query}, headers=headers).json()


def sign_in(told: Any, email: str, password: str) -> str:
    query = "mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }"
    body = {"query": query, "variables": {"email": email, "password": password}}
    return str(httpx.post(f"{told['base_url']}/graphql", json=body).json()["data"]["signIn"]["token"])


def programs(folder: Path) -> list[str]:
    """The command lines of all processes at work in this folder, and of its servers."""
    homes = [str(folder), *elsewhere(folder)]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            if (process / "cwd").samefile(folder) or any(home in command for home in homes):
                found.append(command)
    return found


def test_a_demo_is_ready_for_everybody_stops_cleanly_and_keeps_its_data(folder: Path):
    given = environment()
    with started(folder, "log1", given) as process:
        first = notes(folder)
        assert {login["role"] for login in first["logins"]} == {
            "PLATFORM_ADMIN", "VENUE_ADMIN", "BOX_OFFICE", "MARKETING", "PROMOTER"
        }  # fmt: skip
        assert [(key["role"], key["venue"]) for key in first["keys"]] == [
            (role, slug) for slug in ("storhuset", "lilla-scenen", "de-vaart") for role in ("PARTNER", "STOREFRONT")
        ]  # fmt: skip
        for customer in first["customers"]:
            shown = ask(first, customer["token"], "{ customer { firstName lastName orders { totalCount } } }", path="/storefront")
            mine = shown["data"]["customer"]
            assert f"{mine['firstName']} {mine['lastName']}" == customer["name"] and mine["orders"]["totalCount"] > 0
        assert [customer["venue"] for customer in first["customers"]] == ["storhuset", "lilla-scenen", "de-vaart"]
        assert (folder / ".foyer" / "demo.json").stat().st_mode & 0o077 == 0
        for login in first["logins"]:
            assert ask(first, login["access_token"], "{ __typename }")["data"] == {"__typename": "Query"}
            given_out = sign_in(first, login["email"], login["password"])
            assert ask(first, given_out, "{ __typename }")["data"] == {"__typename": "Query"}
        admins = [login for login in first["logins"] if login["role"] == "VENUE_ADMIN"]
        counts = [ask(first, a["access_token"])["data"]["customers"]["totalCount"] for a in admins]
        assert counts == [5_000, 1_400, 3_600]
        second = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "demo"], check=False, cwd=folder, env=given, capture_output=True, text=True
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == f"Error: Foyer is running in this folder already, as process {process.pid}. Stop it first.\n"
        listed = subprocess.check_output([sys.executable, "-m", "gateway.cli", "venue", "list"], cwd=folder, env=given, text=True)
        assert [line.split()[0] for line in listed.splitlines()] == ["de-vaart", "lilla-scenen", "storhuset"]

        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert programs(folder) == []
        log = (folder / "log1").read_text()
        assert "Traceback" not in log
        assert log.splitlines()[-1].endswith("Stopped.")

    with started(folder, "log2", given) as process:
        again = notes(folder)
        assert (again["keys"], again["venues"]) == (first["keys"], first["venues"])
        assert again["logins"][0]["access_token"] != first["logins"][0]["access_token"]
        assert ask(again, again["logins"][1]["access_token"])["data"]["customers"]["totalCount"] == 5_000
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_start_after_a_kill_ends_what_was_left_and_goes_on(folder: Path):
    given = environment()
    with started(folder, "log1", given) as process:
        before = notes(folder)
        process.kill()
        process.wait()

    with started(folder, "log2", given) as process:
        after = notes(folder)
        assert after["base_url"] == before["base_url"]
        assert ask(after, before["logins"][1]["access_token"])["data"]["customers"]["totalCount"] == 5_000
        running = programs(folder)
        assert sum("gateway.cli serve" in each for each in running) == 1
        assert sum("valkey-server" in each for each in running) == 1
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert programs(folder) == []


def test_a_chosen_port_that_is_taken_is_an_error(folder: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        given = environment() | {"FOYER_PORT": str(port)}
        failed = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "dev"], check=False, cwd=folder, env=given, capture_output=True, text=True
        )
    (folder / "log").write_text(failed.stdout)
    assert failed.returncode == 1
    assert failed.stderr == f"Error: Port {port}, which FOYER_PORT names, is taken by another program.\n"
    assert programs(folder) == []


def test_one_server_given_without_the_other_is_an_error(folder: Path):
    given = environment() | {"FOYER_REDIS_URL": "redis://localhost"}
    failed = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "dev"], check=False, cwd=folder, env=given, capture_output=True, text=True
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: Set both FOYER_DATABASE_URL and FOYER_REDIS_URL, or neither")
