"""The commands, run as their users run them: as processes of their own."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from tenants import tenancy
from tenants.imports import records
from tenants.sql import sql
from tests.builders import make_venue


def foyer(*arguments: str, folder: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command with this test process's settings, or others."""
    environment = os.environ | settings
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        check=False,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )


def own_database() -> dict[str, str]:
    """Settings for a database that is not there yet."""
    name = f"foyer_cli_{uuid4().hex[:8]}"
    return {
        variable: os.environ[variable].replace("/" + os.environ[variable].rsplit("/", 1)[1], f"/{name}")
        for variable in ("FOYER_DATABASE_URL", "FOYER_DATABASE_OWNER_URL")
    }


def test_migrate_makes_the_roles_and_the_database_and_says_what_it_ran():
    given = own_database()
    nowhere = foyer("migrate", "--plan", **given)
    first = foyer("migrate", "--bootstrap", os.environ["FOYER_TEST_ADMIN_URL"], **given)
    again = foyer("migrate", **given)
    plan = foyer("migrate", "--plan", **given)

    assert nowhere.returncode == 1
    assert "does not exist" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == "0001 platform"
    assert again.stdout == plan.stdout == "Nothing to run: the database is up to date.\n"


def test_migrate_plans_without_running():
    given = own_database()
    foyer("migrate", "--plan", "--bootstrap", os.environ["FOYER_TEST_ADMIN_URL"], **given)
    assert foyer("migrate", "--plan", **given).returncode == 1  # still no such database


async def test_a_venue_is_opened_and_listed():
    slug = f"house-{uuid4().hex[:8]}"
    made = foyer("venue", "create", slug, "Nyhuset", "--time-zone", "Europe/Oslo", "--currency", "NOK", "--language", "no")
    again = foyer("venue", "create", slug, "Nyhuset", "--time-zone", "Europe/Oslo", "--currency", "NOK", "--language", "no")
    listed = foyer("venue", "list")

    assert made.returncode == 0, made.stderr
    assert made.stdout.split()[0] == slug
    assert again.returncode == 1
    assert again.stderr == f"Error: NOT_UNIQUE: There is a venue with the slug {slug} already.\n"
    assert [line.split()[4:] for line in listed.stdout.splitlines() if line.startswith(slug)] == [["Nyhuset"]]


async def test_a_venue_with_an_unknown_zone_is_refused_and_not_made():
    slug = f"house-{uuid4().hex[:8]}"
    refused = foyer("venue", "create", slug, "Nyhuset", "--time-zone", "Europe/Olso", "--currency", "NOK", "--language", "no")

    assert refused.returncode == 1
    assert refused.stderr == "Error: INVALID_VALUE: `Europe/Olso` is not a time zone; Europe/Oslo is one.\n"
    async with tenancy.platform():
        assert not await tenancy.fetch_value(sql("select exists (select from venues where slug = {slug})", slug=slug))


def test_each_wrong_setting_is_told_in_a_sentence(tmp_path: Path):
    told = foyer("venue", "list", folder=tmp_path, FOYER_DATABASE_URL="mysql://x", FOYER_PORT="0", FOYER_ENVIRONMENT="prod")

    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    lines = told.stderr.splitlines()
    assert [line.removeprefix("Error: ").split()[0] for line in lines] == [
        "FOYER_DATABASE_URL",
        "FOYER_ENVIRONMENT",
        "FOYER_PORT",
    ]


def test_a_database_that_is_not_there_is_told_in_a_sentence():
    told = foyer("venue", "list", FOYER_DATABASE_URL="postgresql://foyer_app@127.0.0.1:1/foyer")

    assert told.returncode == 1
    assert told.stderr.startswith("Error: The database does not let us in: ")
    assert "Traceback" not in told.stderr


async def test_a_file_is_planned_then_applied_and_the_second_time_nothing_changes(tmp_path: Path):
    venue = await make_venue()
    file = tmp_path / "halls.csv"
    file.write_text("id;Hall;Places\n1;Store sal;620\n2;Lille sal;many\n")
    command = ("import", "halls", str(file), "--venue", venue.slug)
    mapping = ("--map", "external_id=id", "--map", "name=Hall", "--map", "capacity=Places")

    planned = foyer(*command, *mapping)
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from halls where tenant_id = {venue}")) == 0
    applied = foyer(*command, *mapping, "--apply")
    again = foyer(*command, *mapping, "--apply")

    assert planned.returncode == 2, planned.stderr  # one row is not a hall
    assert planned.stdout.splitlines()[0] == "Read as: CSV, UTF_8, SEMICOLON"
    assert planned.stdout.splitlines()[1] == "Planned: 1 creates, 0 updates, 0 unchanged, 0 conflicts, 1 invalid"
    assert planned.stdout.splitlines()[2].startswith("  row 3, capacity: ")
    assert applied.stdout.splitlines()[-1] == "Applied: 1 creates, 0 updates, 0 unchanged, 0 conflicts, 1 invalid"
    assert again.stdout.splitlines()[-1] == "Applied: 0 creates, 0 updates, 1 unchanged, 0 conflicts, 1 invalid"
    async with tenancy.scope(venue.id):
        halls = await tenancy.fetch(sql("select external_id, name, capacity from halls where tenant_id = {venue}"))
    assert [tuple(hall) for hall in halls] == [("1", "Store sal", 620)]


async def test_an_interrupted_import_is_resumed_and_only_such_a_one(tmp_path: Path):
    venue = await make_venue()
    path = tmp_path / "halls.csv"
    path.write_text("external_id,name\n1,Store sal\n2,Lille sal\n")
    planned = foyer("import", "halls", str(path), "--venue", venue.slug)
    async with tenancy.scope(venue.id):
        task = (await records.Import.all().first()).id
    early = foyer("import", "--venue", venue.slug, "--resume", str(task))
    async with tenancy.scope(venue.id):
        await records.start_applying(task, by_job=False)  # and here the process that was to apply it ends

    resumed = foyer("import", "--venue", venue.slug, "--resume", str(task))

    assert (planned.returncode, early.returncode, resumed.returncode) == (0, 1, 0), resumed.stderr
    assert "Only an import that was being applied can be resumed" in early.stderr
    assert resumed.stdout == "Applied: 2 creates, 0 updates, 0 unchanged, 0 conflicts, 0 invalid\n"
    async with tenancy.scope(venue.id):
        assert await tenancy.fetch_value(sql("select count(*) from halls where tenant_id = {venue}")) == 2


async def test_a_file_for_a_venue_that_is_not_there(tmp_path: Path):
    file = tmp_path / "halls.csv"
    file.write_text("name\nStore sal\n")
    refused = foyer("import", "halls", str(file), "--venue", "nowhere")
    assert refused.stderr == "Error: NOT_FOUND: There is no venue nowhere; `foyer venue list` shows them.\n"


def test_the_printed_contracts_are_up_to_date():
    assert foyer("schema", "--check").returncode == 0
