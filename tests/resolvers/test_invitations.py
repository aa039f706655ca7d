from pathlib import Path

import pytest

from tenants import people, resets, tenancy
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.mailing import mailed, token_in
from tests.resolvers.test_accounts import PERSON
from tests.resolvers.test_grants import CREATE, END, new_email, told
from tests.resolvers.test_passwords import NEW, chosen, signs_in
from tests.resolvers.test_people import PASSWORD, elsewhere

START = "mutation ($id: ID!) { it: personPasswordResetStart(id: $id) { person { email } userErrors { code field } } }"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the mails go."""
    monkeypatch.chdir(tmp_path)


async def test_who_is_let_in_is_told_in_their_language_and_chooses_a_first_password():
    venue, email = await make_venue(name="Storhuset", languages=["no", "en"]), new_email()
    admin = await make_token(venue)
    async with elsewhere() as asking:
        await told(asking, CREATE, admin, email=email)
        (mail,) = await mailed(venue, "people.invitation")
        answer = await chosen(asking, token_in(mail), NEW)
        again = await chosen(asking, token_in(mail), "another one")

    assert (mail.to, mail.subject) == (email, "Du har fått tilgang hos Storhuset")
    assert f"Du logger inn med {email}. Velg passordet ditt med denne koden innen 7 dager." in " ".join(mail.text.split())
    assert (answer["changed"], again["userErrors"][0]["code"]) == (True, "INVALID_TOKEN")
    assert await signs_in(email, NEW)


async def test_who_has_a_password_is_told_and_gets_no_token(monkeypatch):
    venue, email = await make_venue(name="Storhuset"), new_email()
    here = settings().model_copy(update={"console_url": "https://console.example.org"})
    monkeypatch.setattr("jobs.people.settings", lambda: here)
    admin = await make_token(venue)
    await make_token(email=email, password=PASSWORD)
    async with elsewhere() as asking:
        await told(asking, CREATE, admin, email=email)
    (mail,) = await mailed(venue, "people.invitation")

    assert " ".join(mail.text.split()) == (
        "Hello Kari Nordmann, Storhuset has let you in to Foyer, the platform behind its ticket sales. "
        f"Sign in with {email} and the password that you have. Sign in here: https://console.example.org"
    )


async def test_an_invitation_is_good_for_a_week_and_not_for_a_grant_that_was_ended():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    async with elsewhere() as asking:
        made = await told(asking, CREATE, admin, email=email)
        await told(asking, END, admin, id=made["grant"]["id"])
        none = await mailed(venue, "people.invitation")
        await told(asking, CREATE, admin, email=email)
        (mail,) = await mailed(venue, "people.invitation")
        async with tenancy.platform():
            hashed = people.hash_secret(token_in(mail))
            life = "select expires_at - created_at from password_resets where secret_hash = {hash}"
            assert await tenancy.fetch_value(sql(life, hash=hashed)) == resets.LIFE_OF_INVITATIONS
            over = "update password_resets set expires_at = now() where secret_hash = {hash}"
            await tenancy.execute(sql(over, hash=hashed))
        late = await chosen(asking, token_in(mail), NEW)

    assert none == []
    assert late["userErrors"][0]["code"] == "INVALID_TOKEN"


async def test_no_house_fills_a_mailbox_by_letting_somebody_in_again_and_again():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    async with elsewhere() as asking:
        sent = []
        for _ in range(resets.MOST_INVITATIONS + 2):
            made = await told(asking, CREATE, admin, email=email)
            sent.append(len(await mailed(venue, "people.invitation")))
            await told(asking, END, admin, id=made["grant"]["id"])

    assert sent == [1] * resets.MOST_INVITATIONS + [0, 0]


async def test_the_home_venue_alone_starts_a_reset_and_the_mail_goes_to_the_person():
    home, other, email = await make_venue(name="Storhuset"), await make_venue(), new_email()
    at_home, visiting = await make_token(home), await make_token(other)
    async with elsewhere() as asking:
        person = (await told(asking, CREATE, at_home, email=email))["grant"]["personId"]
        (invitation,) = await mailed(home, "people.invitation")
        await chosen(asking, token_in(invitation), PASSWORD)
        stranger = await told(asking, START, visiting, id=person)
        await told(asking, CREATE, visiting, email=email)
        refused = await told(asking, START, visiting, id=person)
        nothing = await mailed(other, "people.password_reset_by_house")
        started = await told(asking, START, at_home, id=person)
        (mail,) = await mailed(home, "people.password_reset_by_house")
        still = await signs_in(email, PASSWORD)
        answer = await chosen(asking, token_in(mail), NEW)
        log = "query ($p: String) { auditEntries(where: { object: $p }) { nodes { action outcome } } }"
        entries = (await ask(asking, log, token=at_home, p=person)).json()["data"]["auditEntries"]["nodes"]

    assert stranger == {"person": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert refused == {"person": None, "userErrors": [{"code": "NOT_HOME_VENUE", "field": ["id"]}]}
    assert nothing == []
    assert started == {"person": {"email": email}, "userErrors": []}
    assert (mail.to, mail.subject) == (email, "Velg et nytt passord hos Storhuset")
    assert (still, answer["changed"]) == (True, True)
    assert await signs_in(email, NEW)
    assert {"action": "personPasswordResetStart", "outcome": "DONE"} in entries


async def test_no_house_starts_a_reset_for_who_runs_the_installation_nor_without_end():
    venue, email, admin_email = await make_venue(), new_email(), new_email()
    admin = await make_token(venue)
    await make_token(email=admin_email, platform_admin=True)
    async with tenancy.platform():
        await people.Person.filter(email=admin_email).update(home_tenant_id=venue.id)
    async with client() as asking:
        platform = (await told(asking, CREATE, admin, email=admin_email))["grant"]["personId"]
        refused = await told(asking, START, admin, id=platform)
    async with elsewhere() as asking:
        person = (await told(asking, CREATE, admin, email=email))["grant"]["personId"]
        tries = [codes(await ask(asking, START, token=admin, id=person)) for _ in range(resets.MOST_MAILS + 1)]

    assert refused["userErrors"] == [{"code": "NOT_HOME_VENUE", "field": ["id"]}]
    assert tries == [[]] * resets.MOST_MAILS + [["THROTTLED"]]


async def test_a_new_address_ends_what_was_mailed_to_the_old_one():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    async with elsewhere() as asking:
        person = (await told(asking, CREATE, admin, email=email))["grant"]["personId"]
        (mail,) = await mailed(venue, "people.invitation")
        await told(asking, PERSON, admin, id=person, name="Ola H. Hansen")
        await told(asking, PERSON, admin, id=person, email=new_email())
        answer = await chosen(asking, token_in(mail), NEW)

    assert answer["userErrors"][0]["code"] == "INVALID_TOKEN"
