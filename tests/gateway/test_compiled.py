"""The gateway compiles what it is asked again, and says so."""

import re

from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client


async def test_figures_say_what_is_compiled():
    token = await make_token(await make_venue())
    async with client() as asking:
        before = _selections((await asking.get("/metrics")).text)
        for _ in range(3):
            await ask(asking, "{ me { asked: name __typename } }", token=token)
        after = _selections((await asking.get("/metrics")).text)

    counted = {outcome: after[outcome] - before.get(outcome, 0) for outcome in after}
    assert counted == {**dict.fromkeys(counted, 0), "new": 1, "compiled": 2}


def _selections(figures: str) -> dict[str, float]:
    found = re.findall(r'foyer_selections_total\{contract="graphql",outcome="(\w+)"\} (\S+)', figures)
    return {outcome: float(count) for outcome, count in found}
