from uuid import uuid4

from tenants import sessions, sign_in
from tests.builders import make_venue
from tests.gateway.test_cli import foyer


async def test_the_first_people_of_an_installation_are_made_and_let_in():
    venue = await make_venue()
    email, password = f"{uuid4().hex}@example.org", "velkommen inn"

    made = foyer("person", "create", email, "Astrid Solheim", "--platform-admin", "--password", password)
    twice = foyer("person", "create", email.upper(), "Astrid Solheim", "--password", password)
    weak = foyer("person", "create", f"x{email}", "Astrid Solheim", "--password", "password")
    let_in = foyer("person", "let-in", email, venue.slug, "VENUE_ADMIN")
    nowhere = foyer("person", "let-in", email, "nobodys-house", "VENUE_ADMIN")
    nobody = foyer("person", "let-in", "nobody@example.org", venue.slug, "VENUE_ADMIN")

    assert (made.returncode, let_in.stdout) == (0, f"{email} may enter {venue.slug} as VENUE_ADMIN.\n"), made.stderr
    assert [f.returncode for f in (twice, weak, nowhere, nobody)] == [1, 1, 1, 1]
    assert "has a login already" in twice.stderr and "Traceback" not in twice.stderr + weak.stderr + nowhere.stderr
    pair = await sign_in.sign_in(sessions.start, email, password, "198.51.100.77")
    rows = await sessions.holder(pair.access)
    assert [(row.slug, row.role, row.platform_admin) for row in rows] == [(venue.slug, "VENUE_ADMIN", True)]
