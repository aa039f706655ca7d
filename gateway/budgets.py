"""How much anyone may ask for at a time: leaky buckets of points, one for each caller and one for each venue, kept in Valkey.

A bucket is one number: the moment at which it is full again. Points are taken before an operation runs; what it did not cost
after all is given back. Without Valkey each process counts for itself.
"""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.valkey import Silent, Valkey, at
from tenants.errors import Refusal, Throttled
from tenants.permissions import Caller
from tenants.settings import Settings
from tenants.sign_in import network

FOR_OTHERS = 0.8  # of a venue's budget: the rest is for its staff, so that a rush in the shop does not close the box office
LATER = 0.05  # seconds after which points are given back, unless a request of the same caller takes them along before
MOST_LOCAL, MOST_AT_ONCE = 10_000, 100

# The buckets take all or nothing. Answers how many milliseconds to wait (0: taken), and what each then holds.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local cost, wait, full, told = tonumber(ARGV[1]), 0, {}, {}
for i, key in ipairs(KEYS) do
  local size, rate, back = tonumber(ARGV[3 * i - 1]), ARGV[3 * i] / 1000, tonumber(ARGV[3 * i + 1])
  full[i] = math.max(now, (tonumber(redis.call('GET', key)) or now) - back / rate)
  wait = math.max(wait, full[i] - now + (cost - size) / rate)
end
for i, key in ipairs(KEYS) do
  local size, rate = tonumber(ARGV[3 * i - 1]), ARGV[3 * i] / 1000
  if wait <= 0 then full[i] = full[i] + cost / rate end
  local left = math.ceil(full[i] - now)
  if left > 0 then redis.call('SET', key, string.format('%.3f', full[i]), 'PX', left) else redis.call('DEL', key) end
  told[i + 1] = math.floor(size - (full[i] - now) * rate)
end
told[1] = math.ceil(wait)
return told
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where points are taken from: at most `size` at a time, and `rate` come back each second."""

    key: str
    size: int
    rate: int


class OverBudget(Throttled):
    """There are not enough points left; `cost` is what the answer says about it."""

    def __init__(self, message: str, *, retry_after: int, cost: dict[str, Any]) -> None:
        super().__init__(message, retry_after=retry_after)
        self.cost = cost


@dataclass(slots=True)
class Bill:
    """What an operation was charged, and what the caller has left (schema.context.Budget)."""

    budgets: "Budgets"
    buckets: Sequence[Bucket]
    cost: int
    remaining: int

    @property
    def limit(self) -> int:
        """The most the caller's bucket holds."""
        return self.buckets[0].size

    @property
    def restore_rate(self) -> int:
        """Points that come back each second."""
        return self.buckets[0].rate

    @property
    def reset_at(self) -> datetime:
        """When the bucket is full again."""
        return datetime.now(UTC) + timedelta(seconds=(self.limit - self.remaining) / self.restore_rate)

    def settled(self, actual: int) -> dict[str, Any]:
        """Give back what it did not cost after all; answers `extensions.cost`."""
        surplus = max(0, self.cost - actual)
        self.budgets.give_back(self.buckets, surplus)
        self.remaining = min(self.limit, self.remaining + surplus)
        return self.told(self.cost - surplus)

    def told(self, actual: int | None) -> dict[str, Any]:
        """What clients are told."""
        return {
            "requestedQueryCost": self.cost,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": self.limit,
                "currentlyAvailable": max(0, self.remaining),
                "restoreRate": self.restore_rate,
            },
        }


class Budgets:
    """The buckets of an installation."""

    def __init__(self, settings: Settings, valkey: Valkey | None = None) -> None:
        self._sizes = {
            "ANONYMOUS": settings.budget_stranger,
            "PERSON": settings.budget_person,
            "KEY": settings.budget_key,
            "STOREFRONT": settings.budget_shopper,
            "CUSTOMER": settings.budget_shopper,
            "VENUE": settings.budget_venue,
        }
        self._valkey = valkey or at(settings.redis_url)
        self._script = self._valkey.client.register_script(_TAKE)
        self._owed: dict[str, tuple[Bucket, int]] = {}
        self._alone: OrderedDict[str, float] = OrderedDict()
        self._giving: set[asyncio.Task[None]] = set()

    async def take(self, caller: Caller, cost: int) -> Bill:
        """Charge an operation to its caller and to the venue. Raises OverBudget, and QUERY_TOO_COMPLEX for what never fits."""
        buckets = self._buckets(caller)
        if cost > buckets[0].size:
            sentence = f"The operation may cost {cost} points; at most {buckets[0].size} are allowed. Ask for smaller pages."
            raise Refusal("QUERY_TOO_COMPLEX", sentence)
        wait, left = await self._take(buckets, cost)
        bill = Bill(self, buckets, cost, left[0])
        if wait > 0:
            seconds = math.ceil(wait / 1000)
            whose = "You have" if left[0] < cost else "The venue has"
            raise OverBudget(
                f"{whose} fewer than the {cost} points left that this may cost. Try again in {seconds} s.",
                retry_after=seconds,
                cost=bill.told(None),
            )
        return bill

    def give_back(self, buckets: Sequence[Bucket], points: int) -> None:
        """Have points put back, soon."""
        if not points:
            return
        for bucket in buckets:
            self._owed[bucket.key] = (bucket, points + self._owed.get(bucket.key, (bucket, 0))[1])
        if not self._giving:
            task = asyncio.create_task(self._give())
            self._giving.add(task)
            task.add_done_callback(self._giving.discard)

    async def _give(self) -> None:
        await asyncio.sleep(LATER)
        while self._owed:
            await self._take([bucket for bucket, _ in self._owed.values()][:MOST_AT_ONCE], 0)

    async def _take(self, buckets: Sequence[Bucket], cost: int) -> tuple[float, list[int]]:
        """The milliseconds to wait, and what each bucket holds."""
        given = [(b.size, b.rate, self._owed.pop(b.key, (b, 0))[1]) for b in buckets]
        keys, figures = [b.key for b in buckets], [cost, *(figure for three in given for figure in three)]
        try:
            wait, *left = await self._valkey.ask(lambda client: self._script(keys=keys, args=figures, client=client))
        except Silent:
            return self._take_alone(keys, given, cost)
        return wait, left

    def _take_alone(self, keys: list[str], given: list[tuple[int, int, int]], cost: int) -> tuple[float, list[int]]:
        """The same by this process for itself."""
        now = time.monotonic() * 1000
        full = [
            max(now, self._alone.get(key, now) - back * 1000 / rate) for key, (_, rate, back) in zip(keys, given, strict=True)
        ]
        waits = [f - now + (cost - size) * 1000 / rate for f, (size, rate, _) in zip(full, given, strict=True)]
        taken = 0 if max(waits) > 0 else cost
        for i, (key, (_, rate, _)) in enumerate(zip(keys, given, strict=True)):
            full[i] += taken * 1000 / rate
            self._alone[key] = full[i]
            self._alone.move_to_end(key)
        while len(self._alone) > MOST_LOCAL:
            self._alone.popitem(last=False)
        left = [math.floor(size - (f - now) * rate / 1000) for f, (size, rate, _) in zip(full, given, strict=True)]
        return max(0.0, *waits), left

    def _buckets(self, caller: Caller) -> list[Bucket]:
        """The caller's own and the venue's. A publishable key is everybody's, so there each address has its own."""
        size, rate = _figures(self._sizes[caller.kind])
        own = f"{caller.kind}:{caller.id.hex if caller.id else ''}"
        if caller.kind in ("ANONYMOUS", "STOREFRONT"):
            own += hashlib.sha256(network(caller.address).encode()).hexdigest()[:16]
        buckets = [Bucket(f"budget:{own}", size, rate)]
        if caller.at:
            size, rate = _figures(self._sizes["VENUE"])
            size = size if caller.kind == "PERSON" else int(size * FOR_OTHERS)
            buckets.append(Bucket(f"budget:VENUE:{caller.at.venue.hex}", size, rate))
        return buckets


def _figures(setting: str) -> tuple[int, int]:
    size, rate = setting.split("/")
    return int(size), int(rate)
