"""Reads every statement the suite has sent, from PostgreSQL's own log, and fails the run on one that forgets the venue.

House rule: a statement names `tenant_id` for each venue table in it, whatever the policy would add. The policy forgives a
forgotten one and hides it; the planner (4 times slower) and Citus (every shard) do not.
A statement that carries the comment `/* attack` breaks the rule on purpose.
"""

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tenants.migrate import migrations

ROLE = "foyer_app"
SENT = re.compile(rf"^{ROLE}\|LOG:  (?:statement|execute [^:]*): ")
FILE, TEST = "tests/tenants/test_statements.py", "test_every_statement_of_this_run_names_its_venue"

VENUE_TABLES = sorted(
    table for m in migrations() for table in re.findall(r"create table (\w+) \(\s*tenant_id uuid not null", m.text)
)
_TABLE = "|".join(VENUE_TABLES)
_NO_ALIAS = (
    "where|on|set|join|left|right|full|inner|cross|using|order|group|having|limit|offset|fetch|for|returning|union|except|"
    "intersect"
)
_ALIAS = rf"(?:as )?(?!(?:{_NO_ALIAS})\b)(\w+)"
_READ = re.compile(rf"(?:\bfrom|\bjoin|\bupdate|\busing|,) (?:only )?(?:public\.)?({_TABLE})\b(?! ?[(.])(?: {_ALIAS})?")
_INSERT = re.compile(rf"\binsert into (?:public\.)?({_TABLE})\b(?: as \w+)? ?(\([^)]*\))?")
_MENTION = re.compile(rf"(?<![\w.$])(?:{_TABLE})\b")
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_SET = re.compile(r"(?:^|; ?)(?:set|reset|discard) (?!local\b|transaction\b)|\bset_config ?\( ?'app")
_MOVE = re.compile(r"\bset (?:(?! where ).)*?(?<![\w.])tenant_id ?=")


def sent(log: str) -> Iterator[str]:
    """The statements of the weak role, each once, in the order of the log."""
    seen = set()
    statement: list[str] = []
    for line in [*log.splitlines(), ""]:
        if statement and line.startswith("\t"):
            statement.append(line)
            continue
        if statement and (text := "\n".join(statement)) not in seen:
            seen.add(text)
            yield text
        statement = [line[found.end() :]] if (found := SENT.match(line)) else []


def fault(statement: str) -> str | None:
    """What is wrong with a statement, in a few words; None when it is right."""
    if "/* attack" in statement:
        return None
    text = " ".join(_COMMENT.sub(" ", statement).replace('"', "").lower().split())
    if _SET.search(text):
        return "sets something for longer than its transaction"
    text = _TEXT.sub("''", text)
    if _MOVE.search(text):
        return "gives rows another venue"
    return _forgets(text)


def _forgets(text: str) -> str | None:
    for table, columns in _INSERT.findall(text):
        if not re.search(r"\btenant_id\b", columns):
            return f"inserts into {table} without tenant_id"
    read = _READ.findall(text)
    plain = len(re.findall(r"(?<![\w.])tenant_id ?=", text))
    for table, alias in read:
        name = alias or table
        if re.search(rf"\b{name}\.tenant_id ?=|= ?{name}\.tenant_id\b", text):
            continue
        plain -= 1
        if alias or plain < 0:
            return f"reads or changes {table} without tenant_id"
    if read and not re.search(r"tenant_id ?= ?(?:\$\d|'')", text):
        return "compares tenant_id with no value"
    if _MENTION.search(text) and not read and "tenant_id" not in text:
        return "names a venue's table without tenant_id"
    return None


def faults(log: str) -> list[str]:
    """A sentence for each wrong statement of the weak role."""
    return [f"It {wrong}: {' '.join(statement.split())[:600]}" for statement in sent(log) if (wrong := fault(statement))]


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the last test, in the process that has started the servers: one more, over all that was sent."""
    result = yield
    log = os.environ.get("FOYER_TEST_LOG")
    if log and not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        found = faults(Path(log).read_text(errors="replace"))
        told = "\n\n".join([f"{len(found)} statements forget their venue.", *found]) if found else None
        report = pytest.TestReport(
            f"{FILE}::{TEST}", (FILE, 0, TEST), {}, "failed" if told else "passed", told, "call", duration=0
        )
        session.testscollected += 1
        session.config.hook.pytest_runtest_logreport(report=report)
    return result
