"""How much anyone may ask for at a time: leaky buckets of points, one for each caller and one for each venue, kept in Valkey.

A bucket is one number: the moment at which it is full again. Points are taken before an operation runs; what it did not cost
after all is given back. Small sums from buckets that are all but full are taken on credit: most requests cost no round trip, and
Valkey is told of them and of what is given back a moment later. Without Valkey each process counts for itself.
"""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from gateway.valkey import Silent, Valkey, at
from tenants.errors import Refusal, Throttled
from tenants.permissions import Caller, Kind
from tenants.settings import Settings
from tenants.sign_in import network

FOR_OTHERS = 0.8  # of a venue's budget: the rest is for its staff, so that a rush in the shop does not close the box office
LATER = 0.2  # seconds after which Valkey is told what is owed, unless a request of the same caller takes it along before
SMALL, ALL_BUT_FULL = 0.01, 0.9  # of a bucket: what is taken on credit, and what must be left in it then
MOST_LOCAL, MOST_AT_ONCE = 10_000, 100

# What is owed to each bucket is settled first, either way; then they take all or nothing. Answers how many milliseconds to wait
# (0: taken), and what each then holds. Figures go as one text, for redis-py takes its time over each value and each number.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local asked = cjson.decode(ARGV[1])
local cost, wait, full, told = asked[1], 0, {}, {}
for i, key in ipairs(KEYS) do
  local size, rate, owed = asked[3 * i - 1], asked[3 * i] / 1000, asked[3 * i + 1]
  full[i] = math.max(now, (tonumber(redis.call('GET', key)) or now) - owed / rate)
  wait = math.max(wait, full[i] - now + (cost - size) / rate)
end
for i, key in ipairs(KEYS) do
  local size, rate = asked[3 * i - 1], asked[3 * i] / 1000
  if wait <= 0 then full[i] = full[i] + cost / rate end
  local left = math.ceil(full[i] - now)
  if left > 0 then redis.call('SET', key, string.format('%.3f', full[i]), 'PX', left) else redis.call('DEL', key) end
  told[i + 1] = math.floor(size - (full[i] - now) * rate)
end
told[1] = math.ceil(wait)
return cjson.encode(told)
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
            "ANONYMOUS": _figures(settings.budget_stranger),
            "PERSON": _figures(settings.budget_person),
            "KEY": _figures(settings.budget_key),
            "STOREFRONT": _figures(settings.budget_shopper),
            "CUSTOMER": _figures(settings.budget_shopper),
            "VENUE": _figures(settings.budget_venue),
        }
        self._valkey = valkey or at(settings.redis_url)
        self._script = self._valkey.client.register_script(_TAKE)
        self._owed: dict[str, tuple[Bucket, int]] = {}
        self._full: OrderedDict[str, float] = OrderedDict()
        self._telling: asyncio.Task[None] | None = None
        self._made = lru_cache(MOST_LOCAL)(self._make)

    async def take(self, caller: Caller, cost: int) -> Bill:
        """Charge an operation to its caller and to the venue. Raises OverBudget, and QUERY_TOO_COMPLEX for what never fits."""
        buckets = self._buckets(caller)
        if cost > buckets[0].size:
            sentence = f"The operation may cost {cost} points; at most {buckets[0].size} are allowed. Ask for smaller pages."
            raise Refusal("QUERY_TOO_COMPLEX", sentence)
        wait, left = self._on_credit(buckets, cost) or await self._take(buckets, cost)
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
        if points:
            for bucket in buckets:
                self._owe(bucket, points)

    def _on_credit(self, buckets: Sequence[Bucket], cost: int) -> tuple[float, list[int]] | None:
        """What _take() would answer, without asking; None where it must be asked. Valkey adds up what all processes gave on
        credit, and tells it to each with its next message: nobody gets more in the long run."""
        left = [math.floor(self._left(bucket)) - cost for bucket in buckets]
        for bucket, rest in zip(buckets, left, strict=True):
            if cost > bucket.size * SMALL or rest < bucket.size * ALL_BUT_FULL:
                return None
        for bucket in buckets:
            self._owe(bucket, -cost)
        return 0.0, left

    def _owe(self, bucket: Bucket, points: int) -> None:
        """Have Valkey put points back or, when they are negative, take them."""
        _, owed = self._owed.get(bucket.key, (bucket, 0))
        self._owed[bucket.key] = (bucket, owed + points)
        now = time.monotonic()
        self._fills(bucket, max(now, self._full.get(bucket.key, now)) - points / bucket.rate)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(LATER)
        while self._owed:
            await self._take([bucket for bucket, _ in self._owed.values()][:MOST_AT_ONCE], 0)

    async def _take(self, buckets: Sequence[Bucket], cost: int) -> tuple[float, list[int]]:
        """The milliseconds to wait, and what each bucket holds."""
        keys, figures = [b.key for b in buckets], [cost]
        for bucket in buckets:
            figures += bucket.size, bucket.rate, self._owed.pop(bucket.key, (bucket, 0))[1]
        try:
            told = await self._valkey.ask(lambda client: self._script(keys=keys, args=[orjson.dumps(figures)], client=client))
            wait, *left = orjson.loads(told)
        except Silent:
            return self._take_alone(buckets, cost)
        for bucket, rest in zip(buckets, left, strict=True):
            self._know(bucket, rest + self._owed.get(bucket.key, (bucket, 0))[1])
        return wait, left

    def _take_alone(self, buckets: Sequence[Bucket], cost: int) -> tuple[float, list[int]]:
        """The same by what this process knows."""
        held = [self._left(bucket) for bucket in buckets]
        wait = max(0.0, *((cost - rest) * 1000 / b.rate for b, rest in zip(buckets, held, strict=True)))
        left = [rest if wait else rest - cost for rest in held]
        for bucket, rest in zip(buckets, left, strict=True):
            self._know(bucket, rest)
        return wait, [math.floor(rest) for rest in left]

    def _left(self, bucket: Bucket) -> float:
        """The points in a bucket, as far as this process knows; one that it has not heard of is full."""
        return bucket.size - max(0.0, self._full.get(bucket.key, 0.0) - time.monotonic()) * bucket.rate

    def _know(self, bucket: Bucket, left: float) -> None:
        self._fills(bucket, time.monotonic() + (bucket.size - left) / bucket.rate)

    def _fills(self, bucket: Bucket, at: float) -> None:
        self._full[bucket.key] = at
        self._full.move_to_end(bucket.key)
        if len(self._full) > MOST_LOCAL:
            self._full.popitem(last=False)

    def _buckets(self, caller: Caller) -> Sequence[Bucket]:
        """The caller's own and the venue's. A publishable key is everybody's, so there each address has its own."""
        address = caller.address if caller.kind in ("ANONYMOUS", "STOREFRONT") else None
        return self._made(caller.kind, caller.id, address, caller.at.venue if caller.at else None)

    def _make(self, kind: Kind, its: UUID | None, address: str | None, venue: UUID | None) -> Sequence[Bucket]:
        size, rate = self._sizes[kind]
        own = f"{kind}:{its.hex if its else ''}"
        if address is not None:
            own += hashlib.sha256(network(address).encode()).hexdigest()[:16]
        buckets = [Bucket(f"budget:{own}", size, rate)]
        if venue:
            size, rate = self._sizes["VENUE"]
            size = size if kind == "PERSON" else int(size * FOR_OTHERS)
            buckets.append(Bucket(f"budget:VENUE:{venue.hex}", size, rate))
        return buckets


def _figures(setting: str) -> tuple[int, int]:
    size, rate = setting.split("/")
    return int(size), int(rate)
