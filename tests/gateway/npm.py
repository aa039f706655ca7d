"""Scripts in Node: their packages are installed into .foyer on first use, by the lock beside them."""

import asyncio
import fcntl
import shutil
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
INSTALLED = Path(__file__).parents[2] / ".foyer"


async def installed(name: str, within: str = "npm") -> Path:
    """The folder in which the scripts of tests/npm/NAME run, or of another folder than `npm`. Skips the test where that cannot
    be."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no Node here (node and npm)")
    folder, scripts = INSTALLED / f"npm-{name}", TESTS / within / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # the test processes share the folder
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        wanted, stamp = (scripts / "package-lock.json").read_text(), folder / "installed"
        shutil.copytree(scripts, folder, dirs_exist_ok=True)
        if not stamp.exists() or stamp.read_text() != wanted:
            try:
                await run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            except RuntimeError as error:
                pytest.skip(f"the packages of {name} cannot be installed here: {error}")
            stamp.write_text(wanted)
    return folder


async def run(folder: Path, *command: str) -> str:
    """What a command prints. Raises RuntimeError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {(out + errors).decode()[-3000:]}")
    return out.decode()
