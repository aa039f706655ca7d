"""The gateway compiles what it is asked again, and says so."""

import re

from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client
from tests.recording import recorded


async def test_figures_say_what_is_compiled():
    token = await make_token(await make_venue())
    async with client() as asking:
        before = _selections((await asking.get("/metrics")).text)
        for _ in range(3):
            await ask(asking, "{ me { asked: name __typename } }", token=token)
        after = _selections((await asking.get("/metrics")).text)

    counted = {outcome: after[outcome] - before.get(outcome, 0) for outcome in after}
    assert counted == {**dict.fromkeys(counted, 0), "new": 1, "compiled": 2}


async def test_asking_for_nothing_but_the_type_is_cheap_and_no_surprise():
    token = await make_token(await make_venue())
    async with client() as asking:
        await ask(asking, "{ __typename }", token=token)
        before = _selections((await asking.get("/metrics")).text)
        with recorded() as of_nobody:
            answers = [await ask(asking, "{ __typename }") for _ in range(3)]
        with recorded() as of_a_person:
            answers += [await ask(asking, "{ __typename }", token=token) for _ in range(3)]
        with recorded() as of_probes:
            probed = [(await asking.get(path)).status_code for path in ("/live", "/ready")]
        after = _selections((await asking.get("/metrics")).text)

    assert [answer.json() for answer in answers] == [{"data": {"__typename": "Query"}}] * 6
    assert (of_nobody, [each.query.split()[0] for each in of_a_person]) == ([], ["select"] * 3)
    assert (probed, [each.query.split()[0] for each in of_probes]) == ([200, 200], ["begin", "select", "commit"])
    assert after == before


def _selections(figures: str) -> dict[str, float]:
    found = re.findall(r'foyer_selections_total\{contract="graphql",outcome="(\w+)"\} (\S+)', figures)
    return {outcome: float(count) for outcome, count in found}
