"""The judge of the suite's statements (tests/statements.py) is judged: what it catches, what it lets pass, that it is heard."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.catalogue import Season
from tenants.sql import sql
from tests.builders import make_venue
from tests.statements import TEST, fault, faults, sent

ROOT = Path(__file__).parents[2]


def logged(*statements: str, role: str = "foyer_app") -> str:
    """As PostgreSQL writes them down."""
    return "".join(f"{role}|LOG:  execute __asyncpg_stmt_1__: {s}\n".replace("\n  ", "\n\t  ") for s in statements)


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("select * from halls where id = $1", "reads or changes halls without tenant_id"),
        ('SELECT "tenant_id","id" FROM "halls" WHERE "id"=$1', "reads or changes halls without tenant_id"),
        ('UPDATE "halls" SET "name"=$1 WHERE "id"=$2', "reads or changes halls without tenant_id"),
        ("delete from orders o where o.id = any($1)", "reads or changes orders without tenant_id"),
        ("select 1 from halls where tenant_id is not null", "reads or changes halls without tenant_id"),
        (
            "select * from orders o join customers c on c.id = o.customer_id where o.tenant_id = $1",
            "reads or changes customers without tenant_id",
        ),
        (
            "select * from orders o where o.tenant_id = $1 and exists (select from ticket_lines where order_id = o.id)",
            "reads or changes ticket_lines without tenant_id",
        ),
        ("select * from halls h, seasons s where h.tenant_id = s.tenant_id", "compares tenant_id with no value"),
        ("select * from jobs j left join imports i on i.job_id = j.id", "reads or changes imports without tenant_id"),
        ("insert into halls (id, name) values ($1, $2)", "inserts into halls without tenant_id"),
        ("insert into halls select * from staged", "inserts into halls without tenant_id"),
        ("update halls set tenant_id = $1 where tenant_id = $2", "gives rows another venue"),
        ("truncate halls", "names a venue's table without tenant_id"),
        ("copy halls from stdin", "names a venue's table without tenant_id"),
        ("set app.tenant = 'a'", "sets something for longer than its transaction"),
        ("begin; set search_path = x", "sets something for longer than its transaction"),
        ("select set_config('app.tenant', $1, true)", "sets something for longer than its transaction"),
        ("reset all", "sets something for longer than its transaction"),
    ],
)
def test_it_catches(statement: str, wrong: str):
    assert fault(statement) == wrong


@pytest.mark.parametrize(
    "statement",
    [
        "begin read only; set local statement_timeout = 10000; set local app.tenant = '0199'",
        'SELECT "tenant_id","id" FROM "halls" WHERE "tenant_id"=$1 AND "id"=$2',
        'UPDATE "halls" SET "name"=$1 WHERE "halls"."tenant_id"=$2',
        "select * from halls t where t.tenant_id = $1 order by t.name for update",
        "select exists (select from prices where tenant_id = $1) or exists (select from orders where tenant_id = $1)",
        "select * from production_tags p join tags t on t.tenant_id = p.tenant_id where p.tenant_id = $1",
        "insert into halls (tenant_id, id) select $1, s.id from staged s on conflict (tenant_id, external_id) do nothing",
        "update halls t set name = s.name from staged s where t.tenant_id = $1 and t.id = s.id",
        'create temporary table staged (id uuid, "name" text) on commit drop',
        'COPY "staged"("id", "name") FROM STDIN',
        "select name from jobs where name = 'halls.count' -- and from halls",
        "select * from halls /* attack: everybody's */",
        "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new",
        "commit",
    ],
)
def test_it_lets_pass(statement: str):
    assert fault(statement) is None


def test_it_reads_statements_of_many_lines_and_of_the_weak_role_only():
    long = "select *\n  from halls\n  where id = $1"
    log = logged(long, long) + logged("select * from orders", role="foyer_owner") + "foyer_app|FATAL:  gone\n\tfrom orders\n"

    assert list(sent(log)) == ["select *\n\t  from halls\n\t  where id = $1"]
    assert faults(log) == ["It reads or changes halls without tenant_id: select * from halls where id = $1"]


async def test_the_log_holds_what_the_suite_sends():
    venue, canary = await make_venue(), f"canary_{uuid4().hex}"
    async with tenancy.scope(venue.id):
        await tenancy.fetch(sql(f"select id as {canary}\n  from halls where tenant_id = {{venue}}"))
        await tenancy.fetch(sql(f"select id as {canary}\n  from halls /* attack: the judge sees it all the same */"))
        await Season.filter(name=canary).first()

    statements = list(sent(Path(os.environ["FOYER_TEST_LOG"]).read_text(errors="replace")))
    assert [" ".join(s.split()) for s in statements if canary in s] == [
        f"select id as {canary} from halls where tenant_id = $1",
        f"select id as {canary} from halls /* attack: the judge sees it all the same */",
    ]
    assert any('FROM "seasons"' in s and '"tenant_id"=$1' in s for s in statements)


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_bad_statement_fails_a_run_whose_tests_all_pass(tmp_path: Path, processes: str):
    (tmp_path / "test_fine.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    log = tmp_path / "postgres.log"
    command = [sys.executable, "-m", "pytest", "-p", "tests.statements", "-c", os.devnull, "--rootdir", tmp_path, "-n", processes]

    def run() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "FOYER_TEST_LOG": str(log), "PYTHONPATH": str(ROOT)}
        for name in [name for name in environment if name.startswith("PYTEST_")]:
            del environment[name]
        return subprocess.run([*command, tmp_path], env=environment, capture_output=True, text=True, check=False)

    log.write_text(logged("select * from halls where tenant_id = $1"))
    assert (run().returncode, "3 passed" in run().stdout) == (0, True)

    log.write_text(logged("select * from halls where tenant_id = $1", "select name\n  from halls"))
    failed = run()
    assert failed.returncode == 1
    assert "1 failed, 2 passed" in failed.stdout
    assert "It reads or changes halls without tenant_id: select name from halls" in failed.stdout
    assert TEST in failed.stdout
