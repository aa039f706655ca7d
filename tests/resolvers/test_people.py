import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from tenants import people, sign_in, tenancy
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes, moved

PASSWORD = "velkommen inn"
SIGN_IN = """
mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) {
    token expiresAt person { name email language } memberships { slug role organisationIds } userErrors { code field message }
  }
}
"""


async def make_login(**given) -> str:
    email = f"Kari.{uuid4().hex}@Example.org"
    await make_token(await make_venue(), email=email, password=PASSWORD, **given)
    return email


def elsewhere(**chosen):
    """A client at an address nobody tried from; `chosen` are settings that differ from the test run's."""
    return moved(client(**chosen))


async def test_signing_in_gives_a_token_that_signing_out_takes_back():
    email = await make_login()
    async with elsewhere() as asking:
        answer = (await ask(asking, SIGN_IN, email=f"  {email.upper()} ", password=PASSWORD)).json()["data"]["signIn"]
        who = (await ask(asking, "{ me { name person { email } } }", token=answer["token"])).json()["data"]["me"]
        out = await ask(asking, "mutation { signOut { signedOut userErrors { code } } }", token=answer["token"])
        after = await ask(asking, "{ me { name } }", token=answer["token"])

    assert answer["userErrors"] == []
    assert answer["person"] == {"name": "Kari Nordmann", "email": email, "language": "en"}
    assert [(m["role"], m["organisationIds"]) for m in answer["memberships"]] == [("VENUE_ADMIN", None)]
    assert who == {"name": "Kari Nordmann", "person": {"email": email}}
    assert out.json() == {"data": {"signOut": {"signedOut": True, "userErrors": []}}}
    assert codes(after) == ["UNAUTHENTICATED"]


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike():
    email = await make_login()
    disabled = await make_login()
    async with tenancy.platform():
        await people.Person.filter(email=disabled).update(disabled_at=datetime.now(UTC))
    without = f"{uuid4().hex}@example.org"
    await make_token(email=without)
    async with elsewhere() as asking:
        tries = [(email, "wrong password"), ("nobody@example.org", PASSWORD), (disabled, PASSWORD), (without, ""), ("", "")]
        answers = [(await ask(asking, SIGN_IN, email=e, password=p)).json()["data"]["signIn"] for e, p in tries]

    refused = {
        "token": None,
        "expiresAt": None,
        "person": None,
        "memberships": None,
        "userErrors": [
            {"code": "WRONG_CREDENTIALS", "field": [], "message": "The e-mail address and the password do not belong together."}
        ],
    }
    assert answers == [refused] * 5


async def test_the_eleventh_wrong_try_at_an_account_has_to_wait_from_wherever_it_comes():
    email = await make_login()
    for _ in range(10):
        async with elsewhere() as asking:
            assert codes(await ask(asking, SIGN_IN, email=email, password="guess")) == []
    async with elsewhere() as asking:
        answer = await ask(asking, SIGN_IN, email=email, password=PASSWORD)
        another = await ask(asking, SIGN_IN, email=await make_login(), password=PASSWORD)

    assert (answer.status_code, codes(answer), answer.json()["data"]) == (200, ["THROTTLED"], {"signIn": None})
    assert 290 <= answer.json()["errors"][0]["extensions"]["retryAfter"] <= 300
    assert another.json()["data"]["signIn"]["token"]


async def test_the_eleventh_wrong_try_from_an_address_has_to_wait_whoever_it_is_for():
    async with elsewhere() as asking:
        for i in range(10):
            await ask(asking, SIGN_IN, email=f"guess-{i}-{uuid4().hex}@example.org", password="guess")
        answer = await ask(asking, SIGN_IN, email=await make_login(), password=PASSWORD)

    assert codes(answer) == ["THROTTLED"]


async def test_a_thousand_wrong_tries_at_whatever_slow_everybody_down():
    email, everybody = await make_login(), sign_in._bucket("all", "")
    forget = sql("delete from sign_in_attempts where bucket = {bucket}", bucket=everybody)
    tries = "insert into sign_in_attempts (id, bucket) select gen_random_uuid(), {bucket} from generate_series(1, 999)"
    async with tenancy.platform():
        await tenancy.execute(forget)
        await tenancy.execute(sql(tries, bucket=everybody))
    async with elsewhere() as asking:
        last = await ask(asking, SIGN_IN, email=email, password=PASSWORD)
        throttled = await ask(asking, SIGN_IN, email=email, password=PASSWORD)
    async with tenancy.platform():
        await tenancy.execute(forget)

    assert last.json()["data"]["signIn"]["token"]
    assert codes(throttled) == ["THROTTLED"]


async def test_many_tries_in_one_document_or_at_one_time_count_each():
    email = await make_login()
    aliases = " ".join(f'a{i}: signIn(email: "{email}", password: "guess") {{ userErrors {{ code }} }}' for i in range(6))
    async with elsewhere() as one, elsewhere() as two, elsewhere() as three:
        answers = await asyncio.gather(*(ask(asking, f"mutation {{ {aliases} }}") for asking in (one, two, three)))

    told = [codes(answer) for answer in answers]
    assert sum(code == "THROTTLED" for codes_ in told for code in codes_) == 18 - 10
    tried = [field for answer in answers for field in answer.json()["data"].values() if field]
    assert tried == [{"userErrors": [{"code": "WRONG_CREDENTIALS"}]}] * 10


async def test_who_knows_the_password_may_sign_in_as_often_as_needed_and_waiting_helps():
    email = await make_login()
    async with elsewhere() as asking:
        for _ in range(12):
            assert codes(await ask(asking, SIGN_IN, email=email, password=PASSWORD)) == []
        for _ in range(10):
            await ask(asking, SIGN_IN, email=email, password="guess")
        waiting = await ask(asking, SIGN_IN, email=email, password=PASSWORD)
        async with tenancy.platform():
            await tenancy.execute(sql("update sign_in_attempts set attempted_at = attempted_at - interval '5 minutes'"))
        later = await ask(asking, SIGN_IN, email=email, password=PASSWORD)

    assert codes(waiting) == ["THROTTLED"]
    assert later.json()["data"]["signIn"]["token"]


async def test_of_tries_and_tokens_only_hashes_are_kept():
    email = await make_login()
    async with elsewhere() as asking:
        await ask(asking, SIGN_IN, email=email, password="guess")
    async with tenancy.platform():
        kept = await tenancy.fetch(sql("select octet_length(bucket) as size from sign_in_attempts"))
        tokens = await tenancy.fetch(sql("select octet_length(secret_hash) as size from tokens"))

    assert {row.size for row in kept} == {row.size for row in tokens} == {32}


async def test_me_says_who_asks_where_and_what_may_be_done():
    venue = await make_venue()
    token = await make_token(venue, "PROMOTER")
    key = await make_key(venue, "catalogue:read")
    query = "{ me { name person { language } venue { slug role venueId } memberships { slug } permissions } }"
    async with client() as asking:
        person = (await ask(asking, query, token=token)).json()["data"]["me"]
        program = (await ask(asking, query, token=key)).json()["data"]["me"]
        stranger = await ask(asking, query)

    here = {"slug": venue.slug, "role": "PROMOTER", "venueId": f"Venue_{venue.id.hex}"}
    assert person == {
        "name": "Kari Nordmann",
        "person": {"language": "en"},
        "venue": here,
        "memberships": [{"slug": venue.slug}],
        "permissions": ["catalogue:read", "self:read", "self:write", "venue:read"],
    }
    assert program == {
        "name": "A partner",
        "person": None,
        "venue": {**here, "role": "KEY"},
        "memberships": [{"slug": venue.slug}],
        "permissions": ["catalogue:read", "self:read", "storefront:read"],
    }
    assert (stranger.status_code, codes(stranger)) == (401, ["UNAUTHENTICATED"])


async def test_a_key_cannot_sign_out():
    key = await make_key(await make_venue())
    async with client() as asking:
        answer = await ask(asking, "mutation { signOut { signedOut } }", token=key)

    assert (codes(answer), answer.json()["data"]) == (["FORBIDDEN"], {"signOut": None})
