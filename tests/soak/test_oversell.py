"""A small sale of the soak, in a database and with gateways of its own: exact with the guard, oversold without it."""

import os
import subprocess
import sys

from tests.soak.gateways import ROOT


def test_nothing_is_oversold_with_the_guard_and_something_is_without():
    given = os.environ | {"FOYER_SOAK_ADMIN_URL": os.environ["FOYER_TEST_ADMIN_URL"]}
    command = [sys.executable, "-m", "tests.soak", "small"]
    ran = subprocess.run(command, check=False, cwd=ROOT, env=given, capture_output=True, text=True, timeout=180)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-4000:]
