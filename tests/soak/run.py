"""One sale from its opening until all that was held has lapsed, and what came of it."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

from jobs import purchases
from tests.soak.buyers import Buyer
from tests.soak.checker import Checker
from tests.soak.gateways import Gateways
from tests.soak.history import History
from tests.soak.house import House, a_house
from tests.soak.plan import Plan
from tests.soak.trouble import trouble

LAST_BUYERS = 10  # at once, for each of what is left


@dataclass
class Outcome:
    """`sold` by limit: how many there are, were sold, were sold beyond; `exceptions` by the checker's question."""

    history: History
    trouble: Counter[str]
    sold: dict[str, tuple[int, int, int]]
    exceptions: dict[str, int]
    seconds: float

    @property
    def oversold(self) -> int:
        return sum(beyond for _, _, beyond in self.sold.values())

    @property
    def undersold(self) -> int:
        return sum(limit - sold for limit, sold, _ in self.sold.values())


async def sale(plan: Plan, gateways: Gateways, admin_url: str, owner: Any) -> Outcome:
    """All buyers at once, with trouble; then the last ones, for what was given back."""
    house, history = await a_house(plan), History()
    began = time.monotonic()
    going_wrong = asyncio.create_task(trouble(gateways, admin_url, plan.trouble))
    await asyncio.gather(*(Buyer(house, gateways, history, n).comes() for n in range(plan.buyers)))
    going_wrong.cancel()
    went_wrong = await going_wrong
    seconds = time.monotonic() - began
    for step in count():
        await asyncio.sleep(plan.hold + 0.1)
        await purchases.expire()
        if not await _last(plan, gateways, house, history, step):
            break
    checker = Checker(await owner(), house)
    return Outcome(history, went_wrong, await checker.sold(), await checker.questions(history), seconds)


async def _last(plan: Plan, gateways: Gateways, house: House, history: History, step: int) -> bool:
    """What was given back is sold too, or it would be lost to the house; answers whether some of it lapses once more."""
    last = [Buyer(house, gateways, history, n, "last") for n in range(max(plan.friends, LAST_BUYERS))]
    buying = [buyer.takes_what_is_left(kind, step) for kind in ("seats", "campaign", "pool") for buyer in last[:LAST_BUYERS]]
    return any(await asyncio.gather(*buying, *(buyer.takes_what_is_left("benefit", step) for buyer in last[: plan.friends])))
