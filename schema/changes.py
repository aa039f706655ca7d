"""What has changed in the contracts, by date: changes.jsonl, one line per change, shown to partners and held to by a test.

`foyer schema --write` adds what is new and what is deprecated. A change that breaks somebody's query is written there by hand.
"""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import strawberry

from schema.nodes import text
from schema.shapes import enum_of
from tenants.shape import Choice

FILE = Path(__file__).parent / "changes.jsonl"
KINDS = {
    "ADDED": "Something new. What you send today goes on working.",
    "CHANGED": "Something was loosened: it takes more than before, or is never null any more.",
    "DEPRECATED": "Something will go; the reason says what to use in its place and when.",
    "BREAKING": "Something went or changed its type; the reason says why.",
}
_DEPRECATION = re.compile(r"Use (?P<replacement>.+)\. It may go from (?P<on>\d{4}-\d\d-\d\d) on\.")

SchemaChangeKind: Any = enum_of(Choice("SchemaChangeKind", KINDS, "What a change of the contract means for you."))


@strawberry.type(description="A change of this contract.")
class SchemaChange:
    """See the description."""

    on: date = text("When it was made.")
    kind: SchemaChangeKind = text("What it means for you.")
    change: str = text("What was changed.")
    reason: str | None = text("Why, and what to use in its place; null when nothing is lost.")
    goes_on: date | None = text("The day from which something deprecated may be gone.")


@cache
def changes(contract: str) -> list[SchemaChange]:
    """All changes of a contract (`graphql` or `storefront`), the newest first."""
    lines = [line for line in listed() if line["contract"] == contract]
    return [_shown(line) for line in sorted(lines, key=lambda line: line["on"], reverse=True)]


def listed() -> list[dict[str, str]]:
    """The lines of the file."""
    return [json.loads(line) for line in FILE.read_text().splitlines()]


def deprecated(replacement: str, on: date) -> str:
    """The `deprecation_reason` of a field, argument or value: what to use in its place, and from when it may go."""
    return f"Use {replacement}. It may go from {on} on."


def end_of(reason: str) -> date | None:
    """The day that a reason of deprecated() names; None for any other text."""
    match = _DEPRECATION.fullmatch(reason)
    return date.fromisoformat(match["on"]) if match else None


def _shown(line: dict[str, str]) -> SchemaChange:
    reason = line.get("reason")
    return SchemaChange(
        on=date.fromisoformat(line["on"]),
        kind=SchemaChangeKind[line["kind"]],
        change=line["change"],
        reason=reason,
        goes_on=end_of(reason) if reason and line["kind"] == "DEPRECATED" else None,
    )
