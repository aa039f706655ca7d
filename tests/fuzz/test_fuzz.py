"""Requests made up by schemathesis from both contracts, right ones and wrong ones: no fault of ours may come out.

make fuzz; for more than 30 of each field, or some fields only: FOYER_FUZZ_CASES=200 FOYER_FUZZ_FIELDS="offers purchaseReserve"
"""

import os
import subprocess
from pathlib import Path

import pytest

from tenants.permissions import KEY_SCOPES
from tests.bench.load import PLENTY, serving
from tests.builders import make_customer_token, make_key, make_token, make_venue
from tests.filled import Filled, fill

HERE = Path(__file__).parent
HOME = HERE.parent.parent / ".foyer" / "fuzz"
PROGRAM = HOME / "bin" / "schemathesis"
PORT = 8464
# They slow down whoever asks often, or end the token that all the others are asked with.
LEFT_OUT = ("signIn", "signOut", "passwordResetRequest", "passwordChange", "customerSignOut")
KINDS = {"Held": "Order", "Restricted": "TicketType", "Picture": "File"}  # what tests/filled.py names otherwise than ids do

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="schemathesis is not here: `make fuzz` installs it")


@pytest.mark.parametrize("who", ["a person", "a program", "a shop", "a customer"])
async def test_nothing_breaks_whatever_is_asked(who: str, monkeypatch: pytest.MonkeyPatch):
    for name, value in PLENTY.items():
        monkeypatch.setenv(name, value)  # or most requests would never run
    filled = await fill(await make_venue(), "fuzz")
    path = "graphql" if who in ("a person", "a program") else "storefront/graphql"
    given = {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "FOYER_FUZZ_IDS": " ".join(f"{KINDS.get(kind, kind)}_{row.hex}" for kind, row in filled.ids.items()),
    }
    command = [
        *(PROGRAM, "run", f"http://127.0.0.1:{PORT}/{path}", "--header", f"Authorization: Bearer {await _secret(who, filled)}"),
        *("--mode", "all", "--max-examples", os.environ.get("FOYER_FUZZ_CASES", "30"), "--continue-on-failure"),
        # What a rule refuses has a code of its own, and its types are right; hooks.py says which codes are faults of ours.
        *("--exclude-checks", "positive_data_acceptance,not_a_server_error", "--max-response-time", "10"),
        *("--generation-database", "none", "--no-color"),
        *(word for field in LEFT_OUT for word in ("--exclude-name", f"Mutation.{field}")),
    ]
    if only := os.environ.get("FOYER_FUZZ_FIELDS"):
        command += ["--include-name-regex", rf"^\w+\.({'|'.join(only.split())})$"]
    with serving("gateway.app:create_app", PORT):
        assert subprocess.run(command, check=False, cwd=HOME, env=os.environ | given).returncode == 0


async def _secret(who: str, filled: Filled) -> str:
    if who == "a person":
        return await make_token(filled.venue, platform_admin=True)
    if who == "a customer":
        return await make_customer_token(filled.venue, filled.rows["Customer"].id)
    if who == "a program":
        return await make_key(filled.venue, *KEY_SCOPES)
    return await make_key(filled.venue, kind="PUBLISHABLE")
