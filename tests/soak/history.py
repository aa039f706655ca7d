"""What buyers saw: counted for the report, and kept for the checker."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class History:
    """`orders` by idempotency key, None where that was refused; `paid` by payment reference, the order and its total in minor
    units as the shop was told; `wrong` is what a buyer may never be told."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    orders: dict[str, str | None] = field(default_factory=dict)
    paid: dict[str, tuple[str, int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
