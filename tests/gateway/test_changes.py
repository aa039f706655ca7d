"""What may change in a contract, and what partners are told of it."""

import json
import shutil
import subprocess
from datetime import date

import pytest
from click.testing import CliRunner
from graphql import build_schema

from gateway import changes, printed
from gateway.commands.contracts import schema as command
from resolvers import contracts
from schema import changes as nouns
from tests.asking import ask, caller_at, shopper_at
from tests.builders import make_venue

BEFORE = """
type Query { hall(id: ID!, kind: Kind = A): Hall halls(first: Int, where: Where): [Hall!]! }
type Hall { name: String! places: Int }
enum Kind { A B }
input Where { name: String, kind: Kind = A }
"""


def found(old: str, new: str) -> list[tuple[str, str]]:
    lines = changes.between("graphql", build_schema(BEFORE), build_schema(BEFORE.replace(old, new)))
    return [(line["kind"], line["change"]) for line in lines]


@pytest.mark.parametrize(("contract", "made"), [("graphql", contracts.graphql), ("storefront", contracts.storefront)])
def test_the_contracts_differ_from_what_landed_last_only_in_ways_that_are_told(contract, made):
    assert [changes.sentence(line) for line in printed.untold() if line["contract"] == contract] == []
    assert changes.hasty(contract, made._schema) == []


def test_every_line_says_when_where_and_what_and_why_when_something_is_lost():
    for line in nouns.listed():
        assert (
            date.fromisoformat(line["on"])
            and line["contract"] in printed.FILES
            and line["change"]
            and line["kind"] in nouns.KINDS
        )
        assert bool(line.get("reason")) is (line["kind"] in ("DEPRECATED", "BREAKING")), line


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("places: Int", "seats: Int", ["Field Hall.places was removed."]),
        ("name: String!", "name: String", ["Field Hall.name changed type from String! to String."]),
        ("places: Int", "places: String", ["Field Hall.places changed type from Int to String."]),
        ("first: Int", "first: Int!", ["Argument Query.halls(first:) has changed type from Int to Int!."]),
        ("first: Int", "first: Int, last: Int!", ["A required argument Query.halls(last:) was added."]),
        ("first: Int, ", "", ["Argument Query.halls(first:) was removed."]),
        ("enum Kind { A B }", "enum Kind { A }", ["Enum value Kind.B was removed."]),
        ("name: String,", "name: String!,", ["Field Where.name changed type from String to String!."]),
        ("name: String,", "name: String, of: ID!,", ["A required field Where.of was added."]),
        ("id: ID!, kind: Kind = A", "id: ID!, kind: Kind = B", ["Query.hall(kind:) has changed defaultValue from A to B."]),
    ],
)
def test_what_breaks_a_query_is_named(old, new, told):
    assert [change for kind, change in found(old, new) if kind == "BREAKING"] == told


def test_what_breaks_nothing_passes():
    assert found("places: Int", "places: Int city: String") == [("ADDED", "Field Hall.city was added.")]
    assert found("first: Int", "first: Int, last: Int") == [("ADDED", "An optional argument Query.halls(last:) was added.")]
    assert found("A B", "A B C") == [("ADDED", "Enum value Kind.C was added.")]
    assert found("places: Int", "places: Int!") == [("CHANGED", "Field Hall.places changed type from Int to Int!.")]
    assert found("type Hall", '"A room." type Hall') == []


def test_a_deprecation_names_what_to_use_and_a_day_a_year_off(tmp_path, monkeypatch):
    reason = nouns.deprecated("`seats`", date(2027, 11, 22))
    after = build_schema(BEFORE.replace("places: Int", f'places: Int @deprecated(reason: "{reason}")'))
    (line,) = changes.between("graphql", build_schema(BEFORE), after)
    assert line["kind"], line["change"] == ("DEPRECATED", "Hall.places is deprecated.")
    assert line["reason"] == "Use `seats`. It may go from 2027-11-22 on."

    monkeypatch.setattr(nouns, "FILE", tmp_path / "changes.jsonl")
    for on, wrong in (("2026-11-22", []), ("2026-11-23", ["2026-11-23"])):
        nouns.FILE.write_text(json.dumps({"on": on, **line}))
        assert [sentence.split()[5] for sentence in changes.hasty("graphql", after)] == wrong
    silent = build_schema(BEFORE.replace("places: Int", 'places: Int @deprecated(reason: "old")'))
    assert changes.hasty("graphql", silent)[0].startswith("graphql: Hall.places does not say what to use and until when")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with this contract landed on main, and nothing told yet."""
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "changes.jsonl").write_text("")
    file = folder / "schema.graphql"
    file.write_text(BEFORE)
    for words in ("init -q -b main", "add .", "-c user.name=x -c user.email=x@example.org commit -qm x"):
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    for module in (nouns, changes):
        monkeypatch.setattr(module, "FILE", folder / "changes.jsonl")
    monkeypatch.setattr(printed, "FILES", {"graphql": file})
    return file


def test_printing_tells_what_is_new_and_refuses_what_breaks_until_a_reason_stands_there(checkout, monkeypatch):
    after = BEFORE.replace("places: Int", "seats: Int")
    monkeypatch.setattr(printed, "contracts", lambda: {checkout: after})
    checkout.write_text(after)  # what a hand has printed is no baseline: the one that landed is

    refused = CliRunner().invoke(command, ["--write"])
    assert refused.exit_code == 1
    assert "graphql: Field Hall.places was removed. That breaks queries that worked." in refused.output
    assert [(line["kind"], line["change"]) for line in nouns.listed()] == [("ADDED", "Field Hall.seats was added.")]

    entry = {"contract": "graphql", "kind": "BREAKING", "change": "Field Hall.places was removed."}
    changes.write([{**entry, "reason": ""}], date(2026, 11, 22))
    assert CliRunner().invoke(command, ["--check"]).exit_code == 1
    changes.write([{**entry, "reason": "It was never right."}], date(2026, 11, 22))
    assert CliRunner().invoke(command, ["--check"]).exit_code == 0


def test_without_a_history_the_printed_contract_is_the_one_that_landed(checkout):
    checkout.write_text(BEFORE.replace("places", "seats"))
    assert "places" in changes.landed(checkout)
    shutil.rmtree(checkout.parent.parent / ".git")
    assert "seats" in changes.landed(checkout)


async def test_partners_ask_what_has_changed_since_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr(nouns, "FILE", tmp_path / "changes.jsonl")
    lines = [
        {"on": "2026-11-01", "contract": "graphql", "kind": "ADDED", "change": "Field Hall.seats was added."},
        {
            "on": "2026-11-22",
            "contract": "graphql",
            "kind": "DEPRECATED",
            "change": "Hall.places is deprecated.",
            "reason": "Use `seats`. It may go from 2027-12-01 on.",
        },
        {"on": "2026-11-22", "contract": "storefront", "kind": "ADDED", "change": "Hall was added."},
    ]
    nouns.FILE.write_text("\n".join(map(json.dumps, lines)))
    nouns.changes.cache_clear()
    venue = await make_venue()
    query = "query ($day: Date) { schemaChanges(since: $day) { on kind change reason goesOn } }"

    staff = await ask(caller_at(venue, may={"self:read"}), query, day="2026-11-02")
    shop = await ask(shopper_at(venue), "{ schemaChanges { on kind change reason goesOn } }")

    nouns.changes.cache_clear()
    assert staff.data["schemaChanges"] == [
        {
            "on": "2026-11-22",
            "kind": "DEPRECATED",
            "change": "Hall.places is deprecated.",
            "reason": "Use `seats`. It may go from 2027-12-01 on.",
            "goesOn": "2027-12-01",
        }
    ]
    assert shop.data["schemaChanges"] == [
        {"on": "2026-11-22", "kind": "ADDED", "change": "Hall was added.", "reason": None, "goesOn": None}
    ]
