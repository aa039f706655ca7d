"""Buyers: each fills a basket, sends it as often as it takes to know what became of it, and pays, gives up, or walks away."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.buying import COMMIT, RELEASE, RESERVE, SHOP, SHOPPER_RESERVE
from tests.soak.gateways import Gateways, question
from tests.soak.history import History
from tests.soak.house import House

LONGEST = 300.0  # seconds until a buyer gives up asking what became of a request
AGAIN = {"SERVICE_UNAVAILABLE", "IDEMPOTENCY_KEY_IN_FLIGHT", "INTERNAL_SERVER_ERROR"}


class Buyer:
    """One of a house's customers, by the shop's server (`named`: it says by which rights) or signed in to the shop."""

    def __init__(self, house: House, gateways: Gateways, history: History, number: int, name: str = "buyer") -> None:
        self.house, self.gateways, self.history, self.number, self.name = house, gateways, history, number, f"{name}-{number}"
        self.named = number % 2 == 0

    async def comes(self) -> None:
        """Somewhen during the arrivals, and several times when refused."""
        plan = self.house.plan
        await asyncio.sleep(random.uniform(0, plan.arrivals))
        buying = [self._baskets(self._lines)]
        if self.number < plan.friends:  # for several evenings at once
            buying += [self._baskets(lambda size, e=evening: {"benefit": min(size, plan.each)}, evening) for evening in range(3)]
        await asyncio.gather(*buying)

    async def takes_what_is_left(self, kind: str, round: int) -> bool:
        """One by one, all paid, until there is none; answers whether something was paid too late, and will be free again."""
        too_late, n = False, 0
        while (order := await self.reserves(key := f"{self.name}-{kind}-{round}-{n}", [self.line(kind, 1)])) is not None:
            paid = await self.pays(order, key)
            too_late |= not paid
            self.history.counts["sold at the end"] += paid
            n += 1
        return too_late

    async def _baskets(self, wanted: Any, evening: int = 9) -> None:
        for attempt in range(self.house.plan.tries):
            key = f"{self.name}-{evening}-{attempt}"
            lines = [self.line(kind, n, evening) for kind, n in wanted(max(1, random.randint(1, 4) - attempt)).items()]
            random.shuffle(lines)
            order = await self.reserves(key, lines)
            if order is not None and await self._decides(order, key):
                return
            await asyncio.sleep(random.uniform(0.2, 1) * self.house.plan.hold)

    def line(self, kind: str, quantity: int, evening: int = 0) -> dict[str, Any]:
        return self.house.line(kind, quantity, named=self.named, evening=evening)

    def _lines(self, size: int) -> dict[str, int]:
        """The kinds of a basket, with quantities."""
        kinds = {random.choice(("seats", "campaign"))} if random.random() < 0.8 else {"seats", "campaign"}
        if self.number < self.house.plan.members and random.random() < 0.9:
            kinds = {"pool"} | (kinds if random.random() < 0.4 else set())
        return {kind: size if n == 0 else random.randint(1, 2) for n, kind in enumerate(kinds)}

    async def reserves(self, key: str, lines: list[Any]) -> dict[str, Any] | None:
        """The order that was made under this key; None when it was refused."""
        house, history = self.house, self.history
        history.counts["attempts"] += 1
        given: dict[str, Any] = {"lines": lines, "campaign": house.campaign}
        if self.named:
            customer = {"customer": f"Customer_{house.customers[self.number].hex}"}
            request = question("/graphql", house.key, RESERVE, key, **given, **customer)
        else:
            request = question(SHOP, house.tokens[self.number], SHOPPER_RESERVE, key, **given)
        if random.random() < 0.1:
            history.counts["hung up"] += 1
            await self.gateways.ask_in_line(request, hang_up=random.uniform(0, 0.1))
        if random.random() < 0.1:
            history.counts["sent twice at once"] += 1
            told, twice = await asyncio.gather(*(self._surely(self.gateways.ask_in_line, request) for _ in range(2)))
            if told != twice:
                history.wrong.append(f"{key} answered {told} and {twice}")
        else:
            told = await self._surely(self.gateways.ask_in_line, request)
        history.orders[key] = told["order"] and told["order"]["id"]
        if told["order"]:
            history.counts["reserved"] += 1
        else:
            history.refused[told["userErrors"][0]["code"]] += 1
        return told["order"]

    async def _decides(self, order: Any, key: str) -> bool:
        """Whether that was the end of it."""
        chance = random.random()
        if chance < 0.6:
            return await self.pays(order, key)
        if chance < 0.7:
            await asyncio.sleep(self._late(order))
            return await self.pays(order, key)
        if chance < 0.85:
            await self._gives_up(order)
        else:
            self.history.counts["walked away"] += 1
        return random.random() < 0.5

    async def pays(self, order: Any, reference: str) -> bool:
        """Whether it was in time."""
        sent, history = datetime.now(UTC), self.history
        told = await self._surely(
            self.gateways.ask, question("/graphql", self.house.key, COMMIT, id=order["id"], reference=reference)
        )
        if not told["order"]:
            code = told["userErrors"][0]["code"]
            history.refused[code] += 1
            if code != "RESERVATION_EXPIRED":
                history.wrong.append(f"the commit of {reference} was refused with {code}")
            return False
        history.counts["committed"] += 1
        history.paid[reference] = order["id"], int(Decimal(told["order"]["total"]["amount"]) * 100)
        if sent > datetime.fromisoformat(order["expiresAt"]) or told["order"]["total"] != order["total"]:
            history.wrong.append(f"{reference} was reserved as {order} and at {sent} committed as {told}")
        return True

    async def _gives_up(self, order: Any) -> None:
        path, token = ("/graphql", self.house.key) if self.named else (SHOP, self.house.tokens[self.number])
        told = await self._surely(self.gateways.ask, question(path, token, RELEASE, id=order["id"]))
        self.history.counts["released"] += 1
        if told["order"]["state"] != "CANCELLED":
            self.history.wrong.append(f"{order['id']} was released and is {told}")

    def _late(self, order: Any) -> float:
        """Seconds until just before, or just after, it is held no longer."""
        left = datetime.fromisoformat(order["expiresAt"]) - datetime.now(UTC)
        return max(0.0, (left + timedelta(seconds=random.uniform(-0.3, 0.3))).total_seconds())

    async def _surely(self, ask: Any, request: bytes) -> Any:
        """What its one root field answers, however often it must be sent. Raises TimeoutError."""
        until, wait = time.monotonic() + LONGEST, 0.1
        while time.monotonic() < until:
            answer = await ask(request)
            if answer and "data" in answer and not answer.get("errors"):
                (only,) = answer["data"].values()
                return only
            why = answer["errors"][0]["extensions"]["code"] if answer else "no answer"
            if answer and why not in AGAIN:
                raise AssertionError(f"{answer} to {request!r}")
            self.history.retried[why] += 1
            await asyncio.sleep(random.uniform(wait / 2, wait))
            wait = min(wait * 2, 2.0)
        raise TimeoutError(f"no answer to {request!r}")
