"""How many buy, for how much, and what goes wrong meanwhile."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """One run, of so many `buyers`, or `unguarded` ones where the guard is off. `seats` are a performance's, `uses` a campaign's,
    `allotment` a pool's, which has so many `members`: all are far fewer than are asked for. Each of the `friends` has a benefit
    of `each` tickets in all. Holds last `hold` seconds, buyers come within `arrivals` seconds, each tries so often (`tries`), and
    every `trouble` seconds (0: never) something is killed."""

    buyers: int
    unguarded: int
    gateways: int
    seats: int
    uses: int
    allotment: int
    friends: int
    members: int
    hold: int
    arrivals: float
    tries: int
    trouble: float
    each: int = 2


BUYERS = int(os.environ.get("BUYERS", "2000"))
LARGE = Plan(
    buyers=BUYERS,
    unguarded=max(BUYERS // 4, 200),
    gateways=4,
    seats=50,
    uses=100,
    allotment=150,
    friends=100,
    members=200,
    hold=5,
    arrivals=5,
    tries=2,
    trouble=3,
)
SMALL = Plan(
    buyers=40,
    unguarded=40,
    gateways=2,
    seats=6,
    uses=8,
    allotment=8,
    friends=4,
    members=10,
    hold=1,
    arrivals=0,
    tries=1,
    trouble=0,
)
