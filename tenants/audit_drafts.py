"""Entries of the audit log in the making; tenants.audit fills and writes them."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was changed; `object` is a global id."""

    object: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Standing:
    """As what an actor stands at a venue: its role, the organisations it is limited to (None: the whole venue), its grant."""

    venue: UUID
    role: str | None = None
    organisations: list[UUID] | None = None
    grant: UUID | None = None


@dataclass
class Entry:
    """An entry in the making. `at` are the venues it is for, and the actor's standing there."""

    action: str
    actor_kind: str
    actor: str | None
    actor_name: str
    trace: str
    network: str
    at: list[Standing]
    person: UUID | None = None
    once: tuple[bytes, timedelta] | None = None
    outcome: str = "DONE"
    code: str | None = None
    objects: list[str] = field(default_factory=list)
    details: list[Any] = field(default_factory=list)

    def touched(self, objects: Iterable[str]) -> None:
        """Name objects it was about."""
        self.objects = list(dict.fromkeys([*self.objects, *objects]))

    @property
    def changes(self) -> list[Change]:
        """What it has told of values."""
        return [each for each in self.details if isinstance(each, Change)]

    @property
    def about(self) -> list[str]:
        """The ids of all that it was about, each once."""
        return list(dict.fromkeys([*self.objects, *(change.object for change in self.changes)]))

    def ended(self, outcome: str, code: str | None = None) -> "Entry":
        """The same, as it did not go well: what was told of changes is not true any more."""
        self.outcome, self.code = outcome, code
        self.details.clear()
        return self


@lru_cache(maxsize=1000)
def network(address: str) -> str:
    """Where a request came from, as far as is needed to tell attackers apart and no further: the /24 or the /48 of an address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
