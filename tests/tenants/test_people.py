from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from tenants import passwords, people, sessions, sign_in, tenancy
from tenants.errors import Refusal
from tests.builders import make_token, make_venue


@pytest.mark.parametrize(
    ("password", "code"), [("short", "INVALID_VALUE"), ("Password123", "INVALID_VALUE"), ("x" * 129, "TOO_LONG")]
)
async def test_a_password_that_protects_nobody_is_refused(password, code):
    with pytest.raises(Refusal) as refused:
        await passwords.hashed(password)
    assert refused.value.code == code


async def test_a_password_is_kept_as_owasp_asks_and_compared_exactly():
    stored = await passwords.hashed("blåbærsyltetøy")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches("blåbærsyltetøy", stored) is True
    assert await passwords.matches("Blåbærsyltetøy", stored) is False
    assert await passwords.matches("blåbærsyltetøy", None) is False
    assert await passwords.matches("blåbærsyltetøy", "not a hash") is False


async def test_an_old_hash_is_made_anew_when_its_person_signs_in():
    email = f"{uuid4().hex}@example.org"
    await make_token(email=email, password="velkommen inn")
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("velkommen inn")
    async with tenancy.platform():
        await people.Person.filter(email=email).update(password_hash=weak)

    await sign_in.sign_in(sessions.start, email, "velkommen inn", "192.0.2.1")

    async with tenancy.platform():
        person = await people.Person.get(email=email)
    assert person.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches("velkommen inn", person.password_hash)


async def test_addresses_are_one_however_they_are_written():
    assert len({people.email_key(a) for a in ("Kari@Example.org", " kari@example.ORG ", "ｋari@example.org")}) == 1
    assert people.email_key("Åse@example.org") == people.email_key("A\u030ase@example.org")


async def test_a_person_is_one_thing_at_a_venue():
    venue = await make_venue()
    email = f"{uuid4().hex}@example.org"
    token = await make_token(venue, "BOX_OFFICE", email=email)
    async with tenancy.platform():
        person = await people.Person.get(email=email)
        await people.grant(person.id, venue.id, "MARKETING")

    rows = await sessions.holder(token)
    assert [(row.slug, row.role) for row in rows] == [(venue.slug, "MARKETING")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_a_guesser_is_an_address_or_the_network_it_can_move_in(one, other, same):
    assert (sign_in.network(one) == sign_in.network(other)) is same
