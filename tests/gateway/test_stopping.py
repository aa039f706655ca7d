import asyncio
import os
import signal
import socket
import sys
from uuid import uuid4

import httpx

from tests.builders import make_token
from tests.gateway.clients import ask, codes

SIGN_IN = 'mutation ($email: String!) { signIn(email: $email, password: "velkommen inn") { token } }'


async def test_a_gateway_that_is_told_to_stop_answers_what_it_has_begun():
    email = f"{uuid4().hex}@example.org"
    await make_token(email=email, password="velkommen inn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"FOYER_PORT": str(port), "FOYER_ENVIRONMENT": "production"}
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "serve", env=environment, stderr=asyncio.subprocess.PIPE
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as asking:
        async with asyncio.timeout(30):
            while not await ready(asking):
                await asyncio.sleep(0.05)

        begun = [asyncio.create_task(ask(asking, SIGN_IN, email=email)) for _ in range(8)]
        await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
        gateway.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*begun)
        _, log = await asyncio.wait_for(gateway.communicate(), 30)

    assert [(answer.status_code, codes(answer)) for answer in answers] == [(200, [])] * 8
    assert len({answer.json()["data"]["signIn"]["token"] for answer in answers}) == 8
    lines = [line for line in log.decode().splitlines() if "foyer.gateway" in line]
    assert len(lines) == 8 and all("POST /graphql 200" in line for line in lines)
    assert email not in log.decode()


async def ready(asking: httpx.AsyncClient) -> bool:
    try:
        return (await asking.get("/ready")).status_code == 200
    except httpx.TransportError:
        return False
