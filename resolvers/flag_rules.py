"""Rules by which customers get a flag: write them, end them, try them out."""

from typing import Any
from uuid import UUID

import strawberry

from resolvers.fields import mutation, query
from resolvers.listings import single
from resolvers.writing import within_input
from schema import flag_rules as nouns
from schema.connections import argument
from schema.context import Info
from schema.nodes import local_id
from schema.shapes import core_of, input_of
from tenants.flag_rules import terms, trial
from tenants.ids import global_id

Input: Any = input_of(terms.FlagRuleInput)
FlagId: Any = argument(strawberry.ID, "The flag's id.")
RuleId: Any = argument(strawberry.ID, "The rule's id.")
New: Any = argument(Input, "What it asks for.")
Changed: Any = argument(Input, "What to change.")
Tried: Any = argument(Input, "The rule; of a change, what is to change.")
Instead: Any = argument(strawberry.ID | None, "The rule that would be changed; null: it would be a new one.")
UNSET: Any = strawberry.UNSET
DEAR = 100  # points: it may read all that was ever sold


@strawberry.type
class FlagRuleQueries:
    """One rule, and what one would do; a flag lists its rules."""

    flag_rule = single(nouns.FlagRule, description="A rule of a flag by its id.")

    @query(
        "flags:write",
        description="Who would gain and who would lose the flag if this rule were written now. Nothing is written.",
        cost=DEAR,
    )
    async def flag_rule_dry_run(
        self, info: Info, flag_id: FlagId, input: Tried, rule_id: Instead = UNSET
    ) -> nouns.FlagRuleDryRun | None:
        """Before it is written."""
        flag = local_id(flag_id, "Flag", field=("flagId",))
        rule = local_id(rule_id, "FlagRule", field=("ruleId",)) if rule_id else None
        with within_input():
            told: Any = await trial.dry_run(flag, core_of(terms.FlagRuleInput, input), rule)
        return told  # type: ignore[no-any-return]


@strawberry.type
class FlagRuleMutations:
    """Write and end."""

    @mutation(
        "flags:write",
        payload=nouns.FlagRulePayload,
        description="Make a rule of a flag. A job gives the flag to everybody who fulfils it already; whoever fulfils it later "
        "gets it with the order.",
    )
    async def flag_rule_create(self, info: Info, flag_id: FlagId, input: New) -> nouns.FlagRulePayload | None:
        """Of a flag that is the caller's."""
        flag = local_id(flag_id, "Flag", field=("flagId",))
        with within_input():
            return _payload(*await terms.create(flag, core_of(terms.FlagRuleInput, input)))

    @mutation(
        "flags:write",
        payload=nouns.FlagRulePayload,
        description="Change a rule; what is left out stays. A job takes the flag from whoever does not fulfil it as it is now, "
        "and has it for nothing else: `flagRuleDryRun` tells who that is.",
    )
    async def flag_rule_update(self, info: Info, id: RuleId, input: Changed) -> nouns.FlagRulePayload | None:
        """Everybody is looked at anew."""
        rule = local_id(id, "FlagRule", field=("id",))
        with within_input():
            return _payload(*await terms.update(rule, core_of(terms.FlagRuleInput, input)))

    @mutation(
        "flags:write",
        payload=nouns.FlagRulePayload,
        description="End a rule. A job takes the flag from whoever has it for nothing else. Twice is once.",
    )
    async def flag_rule_archive(self, info: Info, id: RuleId) -> nouns.FlagRulePayload | None:
        """Its flag stays."""
        return _payload(*await terms.archive(local_id(id, "FlagRule", field=("id",))))


def _payload(rule: Any, job: UUID | None) -> nouns.FlagRulePayload:
    return nouns.FlagRulePayload(flag_rule=rule, job_id=strawberry.ID(global_id("Job", job)) if job else None)
