"""Requests made up by schemathesis from both contracts, right ones and wrong ones: no fault of ours may come out.

make fuzz, or with more than 30 of each field: FOYER_FUZZ_CASES=200 make fuzz
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.bench.load import serving
from tests.builders import make_key, make_token, make_venue
from tests.filled import fill

HERE = Path(__file__).parent
HOME = HERE.parent.parent / ".foyer" / "fuzz"
PROGRAM = HOME / "bin" / "schemathesis"
PORT = 8464
# They slow down whoever asks often, or end the token that all the others are asked with.
LEFT_OUT = ("signIn", "signOut", "passwordResetRequest", "passwordChange")

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="schemathesis is not here: `make fuzz` installs it")


@pytest.mark.parametrize("path", ["graphql", "storefront/graphql"])
async def test_nothing_breaks_whatever_is_asked(path: str, monkeypatch: pytest.MonkeyPatch):
    for who in ("PERSON", "SHOPPER", "VENUE"):
        monkeypatch.setenv(f"FOYER_BUDGET_{who}", "999999999/999999999")  # or most requests would never run
    venue = await make_venue()
    filled = await fill(venue, "fuzz")
    shop = path.startswith("storefront")
    secret = await (make_key(venue, kind="PUBLISHABLE") if shop else make_token(venue, platform_admin=True))
    given = {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "FOYER_FUZZ_IDS": " ".join(f"{kind}_{row.hex}" for kind, row in filled.ids.items()),
    }
    command = [
        *(PROGRAM, "run", f"http://127.0.0.1:{PORT}/{path}", "--header", f"Authorization: Bearer {secret}"),
        *("--mode", "all", "--max-examples", os.environ.get("FOYER_FUZZ_CASES", "30"), "--continue-on-failure"),
        # What a rule refuses is BAD_USER_INPUT, though its types are right.
        *("--exclude-checks", "positive_data_acceptance", "--max-response-time", "10"),
        *("--generation-database", "none", "--no-color"),
        *(word for field in LEFT_OUT for word in ("--exclude-name", f"Mutation.{field}")),
    ]
    with serving("gateway.app:create_app", PORT):
        assert subprocess.run(command, check=False, cwd=HOME, env=os.environ | given).returncode == 0
