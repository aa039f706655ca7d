"""What `foyer demo` adds to `foyer dev`: three invented houses, and a note of who may enter them with what."""

import json
import os
from contextlib import suppress
from datetime import date
from typing import Any

import click

from gateway.development import Announce
from gateway.folder import HOME
from gateway.supervisor import say
from tenants import demo
from tenants.errors import FoyerError
from tenants.settings import settings

FILE = HOME / "demo.json"
EXAMPLE = "{ customers(first: 3) { totalCount nodes { number firstName lastName email } } }"


async def prepare(customers: int = demo.CUSTOMERS) -> Announce:
    """Fill the houses unless they are there, with so many customers together, sign everybody in, and answer what tells of it."""
    if not settings().development:
        raise FoyerError("The demo's passwords are known to everybody: it does not run with FOYER_ENVIRONMENT=production.")
    os.environ.setdefault("FOYER_TOKEN_IDLE_HOURS", "336")  # the tokens in the file are good while the demo runs
    known = _keys_of_last_start()
    FILE.unlink(missing_ok=True)  # while it is there, what it says is true
    if customers > 10 * demo.CUSTOMERS and not known:
        say(
            f"Making houses with {customers:,} customers takes a while: five minutes for each million, or more on a busy machine."
        )
    filled = await demo.fill(date.today(), customers)  # the day here, where somebody looks at it
    for each in filled:
        found = "is made" if each.made else "is as it was left"
        sizes = f"{each.performances} performances, {each.customers:,} customers, {each.orders:,} orders"
        say(f"{each.house.name} {found}: {sizes}.")
    notes: dict[str, Any] = {
        "logins": await demo.people.sign_in(),
        "keys": [key for each in filled for key in await demo.people.hand_out_keys(each.house, known)],
        "customers": [await demo.people.sign_customer_in(each.house) for each in filled],
        "venues": [{"id": str(e.house.id), "slug": e.house.slug, "name": e.house.name} for e in filled],
    }
    return lambda url: _announce({"base_url": url, **notes})


def _keys_of_last_start() -> list[dict[str, str]]:
    try:
        return list(json.loads(FILE.read_text())["keys"])
    except (OSError, ValueError, KeyError):
        return []


def _announce(notes: dict[str, Any]) -> None:
    part = FILE.with_suffix(".part")
    part.touch(0o600)
    part.write_text(json.dumps(notes, indent=2, ensure_ascii=False) + "\n")
    part.replace(FILE)
    say("Foyer is ready.", colour="green")
    with suppress(OSError):
        click.echo(_welcome(notes))


def _welcome(notes: dict[str, Any]) -> str:
    url, logins = notes["base_url"], notes["logins"]
    admin = next(login for login in logins if login["role"] == "VENUE_ADMIN")
    people = "\n".join(f"    {p['role']:<15} {p['venue'] or '-':<14} {p['email']:<28} {p['password']}" for p in logins)
    return f"""
  GraphQL   {url}/graphql   (open it in a browser to look around)
  Shop      {url}/storefront/graphql

  Who can sign in, where, and the password:
{people}

  Their tokens and the venues' keys are in {os.path.relpath(FILE)}. To begin with, as {admin["email"]}:

curl -s {url}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {admin["access_token"]}' -d '{json.dumps({"query": EXAMPLE})}'

  Ctrl-C stops everything. The data stays for the next start.
"""  # noqa: E501  # one line to paste
