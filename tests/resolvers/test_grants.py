import asyncio
from typing import Any
from uuid import uuid4

import pytest

from gateway.app import create_app
from tenants import people, sessions, tenancy
from tenants.catalogue import Promoter
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client, codes

SHOWN = "id personId name email role organisationIds promoterId endsAt atHome"
CREATE = f"""
mutation (
  $email: String!, $name: String! = "Ola Hansen", $role: GrantRole! = BOX_OFFICE, $of: [ID!]! = [], $for: ID, $until: DateTime
) {{
  it: grantCreate(email: $email, name: $name, role: $role, organisationIds: $of, promoterId: $for, endsAt: $until) {{
    grant {{ {SHOWN} }} userErrors {{ code field }}
  }}
}}
"""
PEOPLE = f"{{ people {{ {SHOWN} }} }}"
END = f"mutation ($id: ID!) {{ it: grantEnd(id: $id) {{ grant {{ {SHOWN} }} userErrors {{ code field }} }} }}"


def change(**arguments: str) -> str:
    """A mutation that changes a grant; the arguments as GraphQL writes them."""
    given = "".join(f", {name}: {value}" for name, value in arguments.items())
    return f"mutation ($id: ID!) {{ it: grantUpdate(id: $id{given}) {{ grant {{ {SHOWN} }} userErrors {{ code field }} }} }}"


async def told(asking: Any, query: str, token: str, **variables: Any) -> Any:
    """The mutation's payload."""
    return (await ask(asking, query, token=token, **variables)).json()["data"]["it"]


async def listed(asking: Any, token: str) -> list[Any]:
    return (await ask(asking, PEOPLE, token=token)).json()["data"]["people"]


def new_email() -> str:
    return f"{uuid4().hex}@example.org"


async def token_of(email: str) -> str:
    async with tenancy.platform():
        person = await people.Person.get(email=email)
        return await sessions.issue_token(person.id)


async def test_somebody_new_is_let_in_and_is_at_home_here():
    venue = await make_venue(languages=["nb-NO", "en"])
    admin_email, email = new_email(), new_email()
    admin = await make_token(venue, email=admin_email)
    async with client() as asking:
        made = await told(asking, CREATE, admin, email=f" {email} ", until="2099-01-01T00:00:00Z")
        node = await ask(
            asking, "query ($id: ID!) { node(id: $id) { ... on Grant { email } } }", token=admin, id=made["grant"]["id"]
        )
        all_of_them = await listed(asking, admin)
        their = await token_of(email)
        me = await ask(asking, "{ me { person { name language } venue { role } } }", token=their)
        forbidden = await ask(asking, PEOPLE, token=their)

    assert made["userErrors"] == []
    assert made["grant"] | {"id": 0, "personId": 0} == {
        "id": 0,
        "personId": 0,
        "name": "Ola Hansen",
        "email": email,
        "role": "BOX_OFFICE",
        "organisationIds": [],
        "promoterId": None,
        "endsAt": "2099-01-01T00:00:00Z",
        "atHome": True,
    }
    assert node.json()["data"]["node"] == {"email": email}
    assert [(g["email"], g["role"], g["atHome"]) for g in all_of_them] == [
        (admin_email, "VENUE_ADMIN", False),
        (email, "BOX_OFFICE", True),
    ]
    assert me.json()["data"]["me"] == {"person": {"name": "Ola Hansen", "language": "nb-NO"}, "venue": {"role": "BOX_OFFICE"}}
    assert codes(forbidden) == ["FORBIDDEN"]


async def test_whoever_has_a_login_gets_a_grant_and_stays_who_they_are():
    home, other = await make_venue(), await make_venue()
    at_home, elsewhere, email = await make_token(home), await make_token(other), new_email()
    async with client() as asking:
        first = await told(asking, CREATE, at_home, email=email, name="Ola Hansen")
        async with tenancy.platform():
            before = await people.Person.filter(email=email).values()
        second = await told(asking, CREATE, elsewhere, email=email.upper(), name="Somebody Else", role="MARKETING")
        again = await told(asking, CREATE, elsewhere, email=email)
        there = await listed(asking, elsewhere)
    async with tenancy.platform():
        after = await people.Person.filter(email=email).values()

    assert first["grant"].keys() == second["grant"].keys()
    told_there = {"name": "Ola Hansen", "email": email, "role": "MARKETING", "atHome": False}
    assert second["grant"] | told_there == second["grant"]
    assert before == after
    assert again == {"grant": None, "userErrors": [{"code": "NOT_UNIQUE", "field": ["email"]}]}
    assert [g["role"] for g in there if g["email"] == email] == ["MARKETING"]


async def test_two_houses_that_let_the_same_stranger_in_at_once_make_one_login():
    email = new_email()
    admins = [await make_token(await make_venue()) for _ in range(4)]
    async with client() as asking:
        made = await asyncio.gather(*(told(asking, CREATE, admin, email=email) for admin in admins))

    assert len({m["grant"]["personId"] for m in made}) == 1
    assert sorted(m["grant"]["atHome"] for m in made) == [False, False, False, True]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"email": "nobody"}, {"code": "INVALID_VALUE", "field": ["email"]}),
        ({"name": "  "}, {"code": "REQUIRED", "field": ["name"]}),
        ({"name": "x" * 201}, {"code": "TOO_LONG", "field": ["name"]}),
        ({"role": "PROMOTER"}, {"code": "REQUIRED", "field": ["promoterId"]}),
        ({"for": f"Promoter_{uuid4().hex}"}, {"code": "INVALID_VALUE", "field": ["promoterId"]}),
        ({"role": "PROMOTER", "for": f"Promoter_{uuid4().hex}"}, {"code": "UNKNOWN_REFERENCE", "field": ["promoterId"]}),
        ({"role": "PROMOTER", "for": "Season_1"}, {"code": "BAD_USER_INPUT", "field": ["promoterId"]}),
        ({"of": [f"Organisation_{uuid4().hex}"]}, {"code": "UNKNOWN_REFERENCE", "field": ["organisationIds"]}),
        ({"until": "2020-01-01T00:00:00Z"}, {"code": "INVALID_VALUE", "field": ["endsAt"]}),
    ],
)
async def test_who_is_let_in_wrongly_is_not_let_in_and_no_login_is_made(given, error):
    admin, email = await make_token(await make_venue()), new_email()
    async with client() as asking:
        answer = await told(asking, CREATE, admin, **{"email": email, **given})
        left = await listed(asking, admin)
    async with tenancy.platform():
        made = await people.Person.filter(email=email).exists()

    assert answer == {"grant": None, "userErrors": [error]}
    assert (len(left), made) == (1, False)


async def test_what_changes_holds_at_the_next_request_on_every_process():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    async with tenancy.scope(venue.id):
        promoter = await Promoter.create(name="Nordlys")
    async with client(create_app()) as one, client(create_app()) as two:
        made = (await told(one, CREATE, admin, email=email, role="MARKETING"))["grant"]
        their, customers = await token_of(email), "{ customers(first: 1) { totalCount } }"
        may = [codes(await ask(app, customers, token=their)) for app in (one, two)]
        promoted = await told(one, change(role="PROMOTER", promoterId=f'"Promoter_{promoter.id.hex}"'), admin, id=made["id"])
        may_not = [codes(await ask(app, customers, token=their)) for app in (one, two)]
        back = await told(two, change(role="BOX_OFFICE", endsAt='"2099-01-01T00:00:00Z"'), admin, id=made["id"])
        may_again = [codes(await ask(app, customers, token=their)) for app in (one, two)]
        ended = await told(one, END, admin, id=made["id"])
        out = [codes(await ask(app, customers, token=their, venue=venue.slug)) for app in (one, two)]
        known = await ask(two, "{ me { memberships { slug } } }", token=their)
        again = await told(two, END, admin, id=made["id"])
        back_in = await told(two, CREATE, admin, email=email)

    assert promoted["grant"] == made | {"role": "PROMOTER", "promoterId": f"Promoter_{promoter.id.hex}"}
    assert back["grant"] == made | {"role": "BOX_OFFICE", "endsAt": "2099-01-01T00:00:00Z"}
    assert ended == {"grant": back["grant"], "userErrors": []}
    assert (may, may_not, may_again, out) == ([[], []], [["FORBIDDEN"]] * 2, [[], []], [["FORBIDDEN"]] * 2)
    assert known.json()["data"]["me"]["memberships"] == []
    assert again == {"grant": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert back_in["grant"]["id"] != made["id"]


async def test_a_grant_whose_time_is_over_lets_nobody_in_and_makes_room_for_another():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue)
    async with client() as asking:
        made = (await told(asking, CREATE, admin, email=email, until="2099-01-01T00:00:00Z"))["grant"]
        async with tenancy.scope(venue.id):
            over = "update grants set ends_at = now() - interval '1 second' where tenant_id = {venue} and person_id = {person}"
            await tenancy.execute(sql(over, person=made["personId"].removeprefix("Person_")))
        shown = [g["email"] for g in await listed(asking, admin)]
        out = await ask(asking, "{ venue { slug } }", token=await token_of(email), venue=venue.slug)
        late = await told(asking, change(role="MARKETING"), admin, id=made["id"])
        again = await told(asking, CREATE, admin, email=email)

    assert email not in shown
    assert codes(out) == ["FORBIDDEN"]
    assert late["userErrors"] == [{"code": "NOT_FOUND", "field": ["id"]}]
    assert again["userErrors"] == []


async def test_the_last_admin_neither_goes_nor_steps_down():
    venue, email = await make_venue(), new_email()
    admin = await make_token(venue, email=email)
    async with tenancy.scope(venue.id):
        theatre = await Organisation.create(name="Theatre")
    refused = {"grant": None, "userErrors": [{"code": "LAST_ADMIN", "field": []}]}
    async with client() as asking:
        (me,) = await listed(asking, admin)
        limited = f'["Organisation_{theatre.id.hex}"]'
        await told(asking, CREATE, admin, email=new_email(), role="VENUE_ADMIN", of=[f"Organisation_{theatre.id.hex}"])
        tries = [
            await told(asking, query, admin, id=me["id"])
            for query in (
                END,
                change(role="BOX_OFFICE"),
                change(organisationIds=limited),
                change(endsAt='"2099-01-01T00:00:00Z"'),
            )
        ]
        still = [g for g in await listed(asking, admin) if g["email"] == email]
        second = (await told(asking, CREATE, admin, email=new_email(), role="VENUE_ADMIN"))["grant"]
        lowered = await told(asking, change(role="MARKETING"), admin, id=me["id"])

    assert tries == [refused] * 4
    assert still == [me]
    assert (second["role"], lowered["grant"]["role"]) == ("VENUE_ADMIN", "MARKETING")


async def test_two_admins_who_lower_each_other_at_once_leave_one():
    venue = await make_venue()
    emails = [new_email(), new_email()]
    tokens = [await make_token(venue, email=email) for email in emails]
    async with client() as asking:
        grants = {g["email"]: g["id"] for g in await listed(asking, tokens[0])}
        await asyncio.gather(
            *(told(asking, END, token, id=grants[email]) for token, email in zip(tokens, reversed(emails), strict=True))
        )
        async with tenancy.scope(venue.id):
            left = await tenancy.fetch(sql("select id from grants where tenant_id = {venue} and revoked_at is null"))

    assert len(left) == 1


async def test_who_belongs_to_an_organisation_gives_only_what_they_have():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = await Organisation.create(name="Theatre"), await Organisation.create(name="Cinema")
    ours, theirs = (f"Organisation_{each.id.hex}" for each in (theatre, cinema))
    whole, part = await make_token(venue), await make_token(venue, organisation_ids=[theatre.id])
    async with client() as asking:
        of_the_house = (await told(asking, CREATE, whole, email=new_email()))["grant"]
        of_cinema = (await told(asking, CREATE, whole, email=new_email(), of=[theirs]))["grant"]
        refused = [
            (await told(asking, CREATE, part, email=new_email(), of=of))["userErrors"] for of in ([], [theirs], [ours, theirs])
        ]
        made = (await told(asking, CREATE, part, email=new_email(), of=[ours]))["grant"]
        wider = [
            (await told(asking, change(organisationIds=of), part, id=made["id"]))["userErrors"]
            for of in ("[]", f'["{theirs}"]', "null")
        ]
        hidden = [(await told(asking, END, part, id=g["id"]))["userErrors"] for g in (of_the_house, of_cinema)]
        seen = {g["id"] for g in await listed(asking, part)}
        everybody = {g["id"] for g in await listed(asking, whole)}

    narrow = ["REQUIRED", "UNKNOWN_REFERENCE", "UNKNOWN_REFERENCE"]
    assert refused == [[{"code": code, "field": ["organisationIds"]}] for code in narrow]
    assert wider == [[{"code": code, "field": ["organisationIds"]}] for code in ("REQUIRED", "UNKNOWN_REFERENCE", "REQUIRED")]
    assert hidden == [[{"code": "NOT_FOUND", "field": ["id"]}]] * 2
    assert {of_the_house["id"], of_cinema["id"]} & seen == set()
    assert {of_the_house["id"], of_cinema["id"], made["id"]} <= everybody
