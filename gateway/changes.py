"""The contracts as the code has them, compared with those that landed last: nothing that partners use goes unnoticed."""

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from graphql import BreakingChange, DangerousChangeType, GraphQLSchema, SafeChangeType, build_schema, find_schema_changes

from schema.changes import FILE, end_of, listed

Change = dict[str, str]

_TRUNKS = ("origin/main", "main")
# An enum may get values, an input fields and a field arguments: clients are told to expect that.
_ADDED = {
    *(DangerousChangeType.VALUE_ADDED_TO_ENUM, DangerousChangeType.TYPE_ADDED_TO_UNION),
    *(DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED, DangerousChangeType.OPTIONAL_ARG_ADDED),
    *(DangerousChangeType.IMPLEMENTED_INTERFACE_ADDED, SafeChangeType.TYPE_ADDED, SafeChangeType.FIELD_ADDED),
    *(SafeChangeType.OPTIONAL_INPUT_FIELD_ADDED, SafeChangeType.OPTIONAL_ARG_ADDED, SafeChangeType.DIRECTIVE_ADDED),
}
_BREAKING = {DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE, DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE}


def landed(file: Path) -> str:
    """The printed contract as it landed last: where this branch left the main one, or else as it lies here (no git, or a
    clone too shallow to tell)."""
    for trunk in _TRUNKS:
        base = _git(file, "merge-base", "HEAD", trunk)
        if base and (text := _git(file, "show", f"{base.strip()}:./{file.name}")):
            return text
    return _git(file, "show", f"HEAD:./{file.name}") or file.read_text()


def _git(file: Path, *words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=file.parent, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def between(contract: str, before: GraphQLSchema, after: GraphQLSchema) -> list[Change]:
    """What has changed, as lines of changes.jsonl without their date; what is only said otherwise is no change."""
    found = [
        {"contract": contract, "kind": _kind(change), "change": change.description}
        for change in find_schema_changes(before, after)
        if change.type is not SafeChangeType.DESCRIPTION_CHANGED
    ]
    old = dict(deprecations(before))
    going = [(place, reason) for place, reason in deprecations(after) if old.get(place) != reason]
    told = [{"contract": contract, "kind": "DEPRECATED", "change": f"{p} is deprecated.", "reason": r} for p, r in going]
    return sorted([*found, *told], key=lambda line: line["change"])


def _kind(change: Any) -> str:
    if isinstance(change, BreakingChange) or change.type in _BREAKING:
        return "BREAKING"
    return "ADDED" if change.type in _ADDED else "CHANGED"


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Everything deprecated and the reason given, such as `Query.venue`, `Query.venues(first:)`, `ErrorCode.EXPIRED`."""
    for kind in schema.type_map.values():
        for name, part in {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.items():
            if part.deprecation_reason:
                yield f"{kind.name}.{name}", part.deprecation_reason
            for argument, about in (getattr(part, "args", None) or {}).items():
                if about.deprecation_reason:
                    yield f"{kind.name}.{name}({argument}:)", about.deprecation_reason


def unlisted(contract: str, file: Path, now: str) -> list[Change]:
    """The changes since the contract landed that changes.jsonl does not tell; a breaking one must have its reason there."""
    known = {(line["contract"], line["change"]) for line in listed() if line["kind"] != "BREAKING" or line.get("reason")}
    found = between(contract, build_schema(landed(file)), build_schema(now))
    return [line for line in found if (line["contract"], line["change"]) not in known]


def write(lines: list[Change], today: date) -> None:
    """Add lines to the file."""
    told = [json.dumps({"on": str(today), **line}, ensure_ascii=False) for line in lines]
    FILE.write_text("".join(f"{line}\n" for line in [*FILE.read_text().splitlines(), *told]))


def sentence(line: Change) -> str:
    """Why a change may not land as it is."""
    if line["kind"] != "BREAKING":
        return f"{line['contract']}: {line['change']} Run `make contracts`, so that schema/changes.jsonl tells partners of it."
    entry = json.dumps({"on": "…", **line, "reason": "…"}, ensure_ascii=False)
    return (
        f"{line['contract']}: {line['change']} That breaks queries that worked. Deprecate it instead; if it must be, add to "
        f"schema/changes.jsonl, with the day and the reason, {entry}"
    )


def hasty(contract: str, schema: GraphQLSchema) -> list[str]:
    """A sentence for everything deprecated without a replacement, a day, or a year's notice from the day it was told."""
    told = {(line["contract"], line["change"]): line["on"] for line in listed()}
    wrong = []
    for place, reason in deprecations(schema):
        end, on = end_of(reason), told.get((contract, f"{place} is deprecated."))
        if end is None:
            wrong.append(f"{contract}: {place} does not say what to use and until when; make its reason with deprecated().")
        elif on and end < (begun := date.fromisoformat(on)).replace(year=begun.year + 1, day=min(begun.day, 28)):
            wrong.append(f"{contract}: {place} was deprecated on {on} and may go on {end}: a year is the least.")
    return wrong
