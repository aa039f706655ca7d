from tenants import people, tenancy
from tenants.organisations import Organisation
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client
from tests.resolvers.test_grants import CREATE, listed, new_email, told

PERSON = """
mutation ($id: ID!, $email: String, $name: String) {
  it: personUpdate(id: $id, email: $email, name: $name) { person { id name email } userErrors { code field } }
}
"""


async def test_the_home_venue_alone_changes_an_account():
    home, other = await make_venue(), await make_venue()
    at_home, elsewhere, email, newer = await make_token(home), await make_token(other), new_email(), new_email()
    async with client() as asking:
        person = (await told(asking, CREATE, at_home, email=email))["grant"]["personId"]
        not_here = await told(asking, PERSON, elsewhere, id=person, email=new_email())
        await told(asking, CREATE, elsewhere, email=email)
        refused = await told(asking, PERSON, elsewhere, id=person, email=new_email(), name="Taken Over")
        unchanged = [g for g in await listed(asking, at_home) if g["personId"] == person]
        taken = await told(asking, PERSON, at_home, id=person, email=unchanged[0]["email"])
        changed = await told(asking, PERSON, at_home, id=person, email=newer, name="Ola H. Hansen")
        others = [g for g in await listed(asking, elsewhere) if g["personId"] == person]
        double = await told(asking, PERSON, at_home, id=person, email=(await listed(asking, elsewhere))[0]["email"])

    assert not_here == {"person": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert refused == {"person": None, "userErrors": [{"code": "NOT_HOME_VENUE", "field": ["id"]}]}
    assert [(g["email"], g["name"]) for g in unchanged] == [(email, "Ola Hansen")]
    assert taken["userErrors"] == []
    assert changed == {"person": {"id": person, "name": "Ola H. Hansen", "email": newer}, "userErrors": []}
    assert [(g["email"], g["name"]) for g in others] == [(newer, "Ola H. Hansen")]
    assert double == {"person": None, "userErrors": [{"code": "NOT_UNIQUE", "field": ["email"]}]}


async def test_no_venue_changes_the_account_of_who_runs_the_installation():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    await make_token(email=email, platform_admin=True)
    async with tenancy.platform():
        await people.Person.filter(email=email).update(home_tenant_id=venue.id)
    async with client() as asking:
        person = (await told(asking, CREATE, admin, email=email))["grant"]["personId"]
        refused = await told(asking, PERSON, admin, id=person, email=new_email())

    assert refused["userErrors"] == [{"code": "NOT_HOME_VENUE", "field": ["id"]}]


async def test_everybody_changes_their_own_name_and_language():
    token = await make_token(await make_venue(), "BOX_OFFICE")
    query = """
    mutation ($name: String, $language: String) {
      it: meUpdate(name: $name, language: $language) { person { name language } userErrors { code field } }
    }
    """
    async with client() as asking:
        changed = await told(asking, query, token, language="NB-no")
        wrong = [await told(asking, query, token, **given) for given in ({"language": "Norwegian!"}, {"name": "  "})]
        me = await ask(asking, "{ me { person { name language } } }", token=token)

    assert changed == {"person": {"name": "Kari Nordmann", "language": "nb-NO"}, "userErrors": []}
    assert [w["userErrors"] for w in wrong] == [
        [{"code": "INVALID_VALUE", "field": ["language"]}],
        [{"code": "REQUIRED", "field": ["name"]}],
    ]
    assert me.json()["data"]["me"]["person"] == {"name": "Kari Nordmann", "language": "nb-NO"}


async def test_who_belongs_to_an_organisation_changes_no_account_of_another():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre = await Organisation.create(name="Theatre")
    whole, part = await make_token(venue), await make_token(venue, organisation_ids=[theatre.id])
    async with client() as asking:
        of_the_house = (await told(asking, CREATE, whole, email=new_email()))["grant"]
        ours = (await told(asking, CREATE, part, email=new_email(), of=[f"Organisation_{theatre.id.hex}"]))["grant"]
        hidden = await told(asking, PERSON, part, id=of_the_house["personId"], name="Taken Over")
        changed = await told(asking, PERSON, part, id=ours["personId"], name="Ola H. Hansen")

    assert hidden == {"person": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert changed["person"]["name"] == "Ola H. Hansen"
