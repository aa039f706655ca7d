"""Idempotency keys of a request: what each is for, what is answered again, what is kept for the next time."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    Node,
    OperationType,
    Undefined,
    VariableNode,
    Visitor,
    get_operation_ast,
    print_ast,
    value_from_ast_untyped,
    visit,
)

from gateway.documents import Operation
from gateway.http import Question
from resolvers.fields import Rule
from schema.directives import IDEMPOTENT
from tenants import idempotency
from tenants.errors import Refusal
from tenants.permissions import Caller

_PRINTABLE = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, the root fields it is for (as the answer names them), and a digest of all that they ask."""

    key: str
    fields: Sequence[str]
    fingerprint: bytes


@dataclass(slots=True)
class Answer:
    """What an operation comes to: its data, its errors as clients are told them, and what it has cost."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    cost: dict[str, Any] | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """It as clients get it. What could not be run at all has no data."""
        if self.data is None and not any("path" in error for error in self.errors):
            return {"errors": self.errors}
        return {"data": self.data, "errors": self.errors} if self.errors else {"data": self.data}


def claims_in(
    operation: Operation, question: Question, caller: Caller, header: str | None, rules: Mapping[tuple[OperationType, str], Rule]
) -> list[Claim]:
    """What the header, or the directives of the document, ask to be done once.

    Raises IDEMPOTENCY_KEY_REFUSED where that cannot be promised, IDEMPOTENCY_KEY_REUSED when two fields share a key.
    """
    variables = _variables(operation, question)
    directives = {name: key for name, nodes in operation.roots.items() if (key := _key_of(nodes, variables)) is not None}
    if header is not None and directives:
        raise _refused("Send the Idempotency-Key header or the directive @idempotent, not both.")
    if operation.type is not OperationType.MUTATION:
        raise _refused("A query changes nothing: send it without an idempotency key.")
    for name in operation.roots if header is not None else directives:
        _may_be_kept(rules[operation.type, operation.roots[name][0].name.value], caller)
    if not operation.roots:
        return []  # nothing but `__typename`
    if header is not None:
        return [Claim(_checked(header), tuple(operation.roots), _digest(caller, question.query, operation.name, variables))]
    if len({*directives.values()}) < len(directives):
        raise Refusal("IDEMPOTENCY_KEY_REUSED", "Two fields of one operation cannot share an idempotency key.")
    return [
        Claim(_checked(key), (name,), _digest(caller, *_asked(operation, operation.roots[name], variables)))
        for name, key in sorted(directives.items(), key=lambda item: item[1])  # one order for all, so that none waits in a circle
    ]


def _may_be_kept(rule: Rule, caller: Caller) -> None:
    if rule.secret:
        raise _refused("This mutation answers a secret, and secrets are not kept to be answered again: send it without a key.")
    if rule.scope != "venue" or caller.at is None:
        raise _refused("Idempotency keys are kept by a venue: send what works across venues, or as a stranger, without one.")


def _refused(sentence: str) -> Refusal:
    return Refusal("IDEMPOTENCY_KEY_REFUSED", sentence)


def _checked(key: Any) -> str:
    if not isinstance(key, str) or not _PRINTABLE.fullmatch(key):
        raise Refusal("BAD_USER_INPUT", "An idempotency key is 1 to 255 printable ASCII characters.")
    return key


def _variables(operation: Operation, question: Question) -> dict[str, Any]:
    """As they were sent, with the operation's defaults."""
    node = get_operation_ast(operation.document, operation.name)
    stated = {d.variable.name.value: d.default_value for d in (node.variable_definitions if node else None) or ()}
    defaults = {name: value_from_ast_untyped(value) for name, value in stated.items() if value}
    return defaults | (question.variables or {})


def _key_of(nodes: Sequence[FieldNode], variables: dict[str, Any]) -> Any:
    for node in nodes:
        for directive in node.directives or ():
            if directive.name.value == IDEMPOTENT.name:
                return value_from_ast_untyped((directive.arguments or ())[0].value, variables)
    return None


def _asked(operation: Operation, nodes: Sequence[FieldNode], variables: dict[str, Any]) -> list[Any]:
    """What one field asks: its name, its arguments, and how the answer is to look."""
    arguments = {a.name.value: value_from_ast_untyped(a.value, variables) for a in nodes[0].arguments or ()}
    given = {name: value for name, value in arguments.items() if value is not Undefined}
    fragments = [d for d in operation.document.definitions if isinstance(d, FragmentDefinitionNode)]
    shown: list[Node] = [node.selection_set for node in nodes if node.selection_set]
    used = _Used()
    for part in (*shown, *fragments):
        visit(part, used)
    texts = [print_ast(part) for part in (*shown, *fragments)]
    return [nodes[0].name.value, given, texts, {name: variables.get(name) for name in sorted(used.names)}]


class _Used(Visitor):
    """The names of the variables that stand in a part of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


def _digest(caller: Caller, *asked: Any) -> bytes:
    """Of what is asked and of how far the caller reaches: who sees less by now is not shown what was answered before."""
    at = caller.at
    reach = at and [at.role, sorted(map(str, at.organisations)) if at.organisations is not None else None, str(at.promoter)]
    try:
        return hashlib.sha256(json.dumps([reach, asked], sort_keys=True, default=str).encode()).digest()
    except RecursionError:
        raise Refusal("BAD_USER_INPUT", "The variables are nested too deep.") from None


@dataclass(slots=True)
class Replay:
    """The claims of a request while it runs, and what is kept of them by the root field's name in the answer."""

    caller: Caller
    claims: list[Claim]
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    async def of(cls, caller: Caller, claims: list[Claim]) -> Self:
        """Hold all the keys. Raises IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_FLIGHT."""
        replay = cls(caller, claims)
        for claim in claims:
            kept = await idempotency.take(_principal(caller), claim.key, claim.fingerprint)
            replay.kept |= {claim.fields[int(place)]: answer for place, answer in kept.items()}
        return replay

    def settle(self, answer: Answer) -> None:
        """Put what was answered before in its place, and keep what was done now; a field that failed as a whole did nothing."""
        data = answer.data or {}
        failed = {error["path"][0] for error in answer.errors if len(error.get("path", ())) == 1}
        done = {name for name in data if name not in failed and name not in self.kept}
        for name in [name for name in self.kept if name in data and name not in failed]:
            data[name] = self.kept[name]["data"]
            answer.errors += [{**error, "path": [name, *error["path"][1:]]} for error in self.kept[name]["errors"]]
        for claim in self.claims:
            if done & {*claim.fields} or not any(name in self.kept for name in claim.fields):
                idempotency.keep(_principal(self.caller), claim.key, self._to_keep(claim, done, data, answer.errors))

    def _to_keep(self, claim: Claim, done: set[str], data: dict[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
        """By the field's place, because another request may give it another name in the answer."""
        found = {}
        for place, name in enumerate(claim.fields):
            if name in self.kept:
                found[str(place)] = self.kept[name]
            elif name in done:
                own = [error for error in errors if error.get("path", [None])[0] == name]
                found[str(place)] = {"data": data[name], "errors": own}
        return found


def _principal(caller: Caller) -> Any:
    assert caller.id is not None
    return caller.id
