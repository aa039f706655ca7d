"""A house where flags are got by buying, as its staff and its till ask the API; time passes by moving what was written back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jobs import broker
from tenants import tenancy
from tenants.assignments import Assignment
from tenants.flags import Flag
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_key, make_venue
from tests.gateway.clients import ask, client, codes
from tests.tenants.test_upserts import write

FIELDS = """id measure minimum fromOn untilOn lastDays revokeOnRefund archivedAt
  flag { name } performances { externalId } productions { externalId } products { externalId }"""
CREATE = f"""mutation ($flag: ID!, $input: FlagRuleInput!) {{ flagRuleCreate(flagId: $flag, input: $input) {{
  userErrors {{ code field }} jobId flagRule {{ {FIELDS} }} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: FlagRuleInput!) {{ flagRuleUpdate(id: $id, input: $input) {{
  userErrors {{ code field }} jobId flagRule {{ {FIELDS} }} }} }}"""
ARCHIVE = "mutation ($id: ID!) { flagRuleArchive(id: $id) { userErrors { code } jobId flagRule { archivedAt } } }"
DRY_RUN = """query ($flag: ID!, $input: FlagRuleInput!, $rule: ID) {
  flagRuleDryRun(flagId: $flag, input: $input, ruleId: $rule) { wouldAdd { count customers { externalId } }
    wouldKeep { count customers { externalId } } wouldRemove { count customers { externalId } } } }"""
FLAG = """query ($id: ID!) { flag(id: $id) { rules { id } assignments { nodes { source expiresOn customer { externalId }
  causes { source endedAt lines { externalId } } } } } }"""
SELL = "mutation ($rows: [OrderUpsertRow!]!) { ordersUpsert(rows: $rows) { results { id errors { code message } } } }"
DELETE = "mutation ($id: ID!) { orderDelete(id: $id) { deletedId } }"
REMOVE = "mutation ($flag: ID!, $who: [ID!]!) { flagRemove(flagId: $flag, customerIds: $who) { userErrors { code } } }"
ASSIGN = "mutation ($flag: ID!, $who: [ID!]!) { flagAssign(flagId: $flag, customerIds: $who) { userErrors { code } } }"
SCOPES = ("flags:read", "flags:write", "flags:assign", "customers:read", "catalogue:read", "sales:read", "sales:write")
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("Europe/Oslo")).date()


class House:
    """A venue with two performances of each of two productions, a subscription and a membership, and customers; a flag."""

    def __init__(self, asking: Any, venue: Any, key: str, flag: Any, ids: dict[str, str]) -> None:
        self.asking, self.venue, self.key, self.flag, self.ids = asking, venue, key, flag, ids

    async def told(self, query: str, *, token: str = "", **variables: Any) -> Any:
        """What the one root field answers."""
        answer = await ask(self.asking, query, token=token or self.key, **variables)
        assert codes(answer) == [], answer.text
        (only,) = answer.json()["data"].values()
        return only

    async def rule(self, **wanted: Any) -> str:
        """A new rule; everybody was looked at."""
        for kind in ("performance", "production", "product"):
            if f"{kind}Ids" in wanted:
                wanted[f"{kind}Ids"] = [self.ids[each] for each in wanted[f"{kind}Ids"]]
        made = await self.told(CREATE, flag=gid(self.flag), input=wanted)
        assert made["userErrors"] == []
        await self.work()
        return str(made["flagRule"]["id"])

    async def sell(self, line: str, customer: str = "kari", what: str = "a1", *, days: int = 0, **given: Any) -> str:
        """An order of one line, made so many days ago; its id."""
        subject = "product" if what in ("series", "friend") else "performance"
        bought = {"externalId": line, subject: what, "quantity": 1, "price": "500.00", **given}
        at = (NOW - timedelta(days=days)).isoformat()
        row = {"externalId": f"o-{line}", "customer": customer, "channel": "ONLINE", "orderedAt": at, "lines": [bought]}
        (result,) = (await self.told(SELL, rows=[row]))["results"]
        assert result["errors"] == []
        return str(result["id"])

    async def flagged(self) -> dict[str, list[str]]:
        """Who has the flag, and by which lines."""
        shown = await self.told(FLAG, id=gid(self.flag))
        return {
            each["customer"]["externalId"]: sorted(
                line["externalId"] for cause in each["causes"] if not cause["endedAt"] for line in cause["lines"]
            )
            for each in shown["assignments"]["nodes"]
        }

    async def work(self) -> None:
        """Do what is noted for later."""
        async with tenancy.platform():
            noted = """
              update jobs set state = 'DONE', finished_at = now() where tenant_id = {v} and state = 'QUEUED'
              returning name, arguments
            """
            jobs = await tenancy.fetch(sql(noted, v=self.venue.id))
        for job in jobs:
            await broker.DECLARED[job.name](self.venue.id, tuple(json.loads(job.arguments)))

    async def night(self) -> None:
        """What happens by night."""
        async with tenancy.scope(self.venue.id):
            tenancy.later("flags.evaluate_venue")
        await self.work()

    async def days_pass(self, days: int) -> None:
        """Everything that was written and given lies so many days further back."""
        async with tenancy.scope(self.venue.id):
            for table, columns in (
                ("orders", ["ordered_at"]),
                ("ticket_lines", ["created_at"]),
                ("assignments", ["assigned_at", "ended_at", "expires_on"]),
                ("assignment_causes", ["caused_at", "expires_on"]),
                ("flags", ["expires_on"]),
            ):
                moved = ", ".join(f"{c} = {c} - {days}{'' if c == 'expires_on' else ' * interval $$1 day$$'}" for c in columns)
                await tenancy.execute(sql(f"update {table} set {moved} where tenant_id = {{venue}}"))
        await self.night()

    async def ends(self) -> list[tuple[str, str | None]]:
        """Of each assignment there was, the source and how it ended."""
        async with tenancy.scope(self.venue.id):
            rows = await Assignment.rows(sql("true"), tail=sql("order by t.id"))
        return [(row.source, row.end_reason) for row in rows]


@asynccontextmanager
async def a_house() -> AsyncIterator[House]:
    """One, open for business."""
    async with client() as asking:
        broker.load()
        venue = await make_venue()
        rows = [{"external_id": f"{work}{n}", "production": work} for work in "ab" for n in (1, 2)]
        await write(venue, "performances", *rows, create_missing=True)
        await write(venue, "customers", *({"external_id": name} for name in ("kari", "ola", "per")))
        kinds = (("series", "SUBSCRIPTION"), ("friend", "MEMBERSHIP"))
        await write(venue, "products", *({"external_id": name, "name": name, "kind": kind, "months": 1} for name, kind in kinds))
        ids = {}
        async with tenancy.scope(venue.id):
            flag = await Flag.create(name="VIP", abbreviation="VIP")
            for kind in ("Performance", "Production", "Product", "Customer"):
                found = f"select external_id, id from {kind.lower()}s where tenant_id = {{venue}}"
                ids |= {row.external_id: f"{kind}_{row.id.hex}" for row in await tenancy.fetch(sql(found))}
        yield House(asking, venue, await make_key(venue, *SCOPES), flag, ids)
