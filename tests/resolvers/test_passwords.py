import asyncio
import re
import statistics
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from jobs import broker
from jobs.broker import DECLARED
from tenants import people, resets, sessions, tenancy
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, codes
from tests.resolvers.test_grants import CREATE, new_email, told
from tests.resolvers.test_people import PASSWORD, SIGN_IN, elsewhere

REQUEST = "mutation ($email: String!) { it: passwordResetRequest(email: $email) { requested userErrors { code } } }"
RESET = """
mutation ($token: String!, $password: String!) {
  it: passwordReset(token: $token, password: $password) { changed userErrors { code field } }
}
"""
CHANGE = """
mutation ($old: String!, $new: String!) {
  it: passwordChange(oldPassword: $old, newPassword: $new) { changed userErrors { code field } }
}
"""
NEW = "blåbærsyltetøy og vafler"
WHO = "{ me { name } }"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the mails go."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".foyer" / "mail"


async def wanted(after: int = 0) -> list[UUID]:
    """The ids of the wishes that jobs wait for, in order; those of this run that came after so many."""
    noted = "select arguments ->> 0 as id from jobs where name = 'people.password_reset' order by created_at, id"
    async with tenancy.platform():
        return [UUID(row.id) for row in await tenancy.fetch(sql(noted))][after:]


async def mailed(asking: Any, email: str, folder: Path) -> str:
    """The token in the mail that the address gets."""
    before = len(await wanted())
    assert (await ask(asking, REQUEST, email=email)).json()["data"]["it"] == {"requested": True, "userErrors": []}
    (reset,) = await wanted(before)
    broker.load()
    await DECLARED["people.password_reset"](None, (str(reset),))
    text = max(folder.glob("*.txt")).read_text()
    assert f"To: {email}\n" in text
    return re.findall(r"fpr_[\w-]{43}$", text, re.MULTILINE)[0]


async def chosen(asking: Any, token: str, password: str) -> Any:
    """The answer to a new password."""
    answer = await asking.post("/graphql", json={"query": RESET, "variables": {"token": token, "password": password}})
    return answer.json()["data"]["it"]


async def signs_in(email: str, password: str) -> bool:
    async with elsewhere() as asking:
        answer = (await ask(asking, SIGN_IN, email=email, password=password)).json()["data"]["signIn"]
    return answer["token"] is not None


async def test_a_forgotten_password_is_replaced_once_and_every_session_ends(folder):
    email = new_email()
    token = await make_token(await make_venue(), email=email, password=PASSWORD)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        before = codes(await ask(asking, WHO, token=token))
        answer = await chosen(asking, secret, NEW)
        again = await chosen(asking, secret, "another one")
        after = codes(await ask(asking, WHO, token=token))

    assert answer == {"changed": True, "userErrors": []}
    assert again == {"changed": None, "userErrors": [{"code": "INVALID_TOKEN", "field": ["token"]}]}
    assert (before, after) == ([], ["UNAUTHENTICATED"])
    assert [await signs_in(email, password) for password in (PASSWORD, "another one", NEW)] == [False, False, True]


async def test_who_was_just_let_in_gets_a_first_password_by_mail(folder):
    email = new_email()
    admin = await make_token(await make_venue())
    async with elsewhere() as asking:
        await told(asking, CREATE, admin, email=email)
        secret = await mailed(asking, email, folder)
        await chosen(asking, secret, NEW)

    assert await signs_in(email, NEW)


async def test_the_mail_speaks_the_persons_language_and_names_their_house(folder, monkeypatch):
    venue, email = await make_venue(name="Storhuset & Søn"), new_email()
    await make_token(venue, email=email)
    async with tenancy.platform():
        await people.Person.filter(email=email).update(home_tenant_id=venue.id, language="sv-SE")
    here = settings().model_copy(update={"console_url": "https://console.example.org/"})
    monkeypatch.setattr(resets, "settings", lambda: here)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        answer = await chosen(asking, secret, NEW)
    text, page = max(folder.glob("*.txt")).read_text(), max(folder.glob("*.html")).read_text()

    link = f"https://console.example.org/password#{secret}"
    assert "Subject: Nytt lösenord hos Storhuset & Søn\n" in text and f"\n{link}\n" in text
    assert f'<a href="{link}">' in page and "Storhuset &amp; Søn" in page
    assert answer["changed"] is True


async def test_an_address_that_nobody_has_is_answered_alike_and_gets_no_mail(folder):
    email, nobody, disabled = new_email(), new_email(), new_email()
    await make_token(email=email)
    await make_token(email=disabled)
    async with tenancy.platform():
        await tenancy.execute(sql("update persons set disabled_at = now() where email = {email}", email=disabled))
    before = len(await wanted())
    async with elsewhere() as asking:
        answers = [await ask(asking, REQUEST, email=each) for each in (email, nobody, disabled)]
    broker.load()
    for reset in await wanted(before):
        await DECLARED["people.password_reset"](None, (str(reset),))

    assert [a.json() for a in answers] == [{"data": {"it": {"requested": True, "userErrors": []}}}] * 3
    assert len(await wanted(before)) == 3
    assert [re.findall("^To: (.*)$", mail.read_text(), re.MULTILINE) for mail in folder.glob("*.txt")] == [[email]]


async def test_asking_takes_as_long_for_an_address_that_nobody_has():
    known = [new_email() for _ in range(20)]
    for email in known:
        await make_token(email=email)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for email in [each for one in known for each in (one, new_email())]:
        async with elsewhere() as asking:
            began = time.perf_counter()
            await ask(asking, REQUEST, email=email)
            seconds[email in known].append(time.perf_counter() - began)

    one, other = (statistics.median(each) for each in seconds.values())
    assert abs(one - other) / other < 0.5  # on a machine that does other things as well; the work is the same


@pytest.mark.parametrize(
    ("password", "code"), [("short", "INVALID_VALUE"), ("Password123", "INVALID_VALUE"), ("x" * 129, "TOO_LONG")]
)
async def test_a_weak_password_is_refused_and_the_token_stays_good(folder, password, code):
    email = new_email()
    token = await make_token(await make_venue(), email=email, password=PASSWORD)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        weak = await chosen(asking, secret, password)
        still = codes(await ask(asking, WHO, token=token))
        good = await chosen(asking, secret, NEW)

    assert weak == {"changed": None, "userErrors": [{"code": code, "field": ["password"]}]}
    assert still == []
    assert good["changed"] is True


async def test_a_token_that_is_old_or_made_up_changes_nothing(folder):
    email = new_email()
    await make_token(email=email, password=PASSWORD)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        async with tenancy.platform():
            old = "update password_resets set expires_at = now() where secret_hash = {hash}"
            await tenancy.execute(sql(old, hash=people.hash_secret(secret)))
        for token in (secret, "fpr_" + "x" * 43, ""):
            answer = await chosen(asking, token, NEW)
            assert answer["userErrors"] == [{"code": "INVALID_TOKEN", "field": ["token"]}]

    assert await signs_in(email, PASSWORD)


async def test_a_token_used_many_times_at_once_is_good_once(folder):
    email = new_email()
    await make_token(email=email, password=PASSWORD)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        answers = await asyncio.gather(*(chosen(asking, secret, f"{NEW} {i}") for i in range(5)))

    good = [i for i, answer in enumerate(answers) if answer["changed"]]
    assert len(good) == 1
    assert await signs_in(email, f"{NEW} {good[0]}")


async def test_a_mailbox_is_not_filled_and_no_secret_is_kept(folder):
    email = new_email()
    await make_token(email=email)
    async with elsewhere() as asking:
        secret = await mailed(asking, email, folder)
        for _ in range(2):
            await ask(asking, REQUEST, email=email)
    async with elsewhere() as asking:
        fourth = await ask(asking, REQUEST, email=email.upper())
    async with tenancy.platform():
        kept = await tenancy.fetch_value(
            sql("select string_agg(r::text, '') || (select string_agg(j::text, '') from jobs j) from password_resets r")
        )

    assert codes(fourth) == ["THROTTLED"]
    assert secret not in kept


async def test_a_password_is_changed_with_the_old_one_and_other_sessions_end():
    email = new_email()
    mine = await make_token(await make_venue(), email=email, password=PASSWORD)
    async with tenancy.platform():
        other = await sessions.issue_token((await people.Person.get(email=email)).id)
    async with elsewhere() as asking:
        wrong = await told(asking, CHANGE, mine, old="not this one", new=NEW)
        weak = await told(asking, CHANGE, mine, old=PASSWORD, new="12345678")
        unchanged = [codes(await ask(asking, WHO, token=token)) for token in (mine, other)]
        changed = await told(asking, CHANGE, mine, old=PASSWORD, new=NEW)
        after = [codes(await ask(asking, WHO, token=token)) for token in (mine, other)]
        of_a_key = await ask(asking, CHANGE, token=await make_key(await make_venue()), old=PASSWORD, new=NEW)

    assert wrong == {"changed": None, "userErrors": [{"code": "WRONG_CREDENTIALS", "field": ["oldPassword"]}]}
    assert weak == {"changed": None, "userErrors": [{"code": "INVALID_VALUE", "field": ["newPassword"]}]}
    assert changed == {"changed": True, "userErrors": []}
    assert (unchanged, after) == ([[], []], [[], ["UNAUTHENTICATED"]])
    assert codes(of_a_key) == ["FORBIDDEN"]
    assert [await signs_in(email, password) for password in (PASSWORD, NEW)] == [False, True]


async def test_guessing_the_old_password_is_throttled_as_signing_in_is():
    token = await make_token(email=new_email(), password=PASSWORD)
    async with elsewhere() as asking:
        tries = [codes(await ask(asking, CHANGE, token=token, old=f"guess {uuid4()}", new=NEW)) for _ in range(11)]

    assert tries == [[]] * 10 + [["THROTTLED"]]
