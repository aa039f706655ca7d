"""Letting people in, where no sign-in is possible yet: the first persons of an installation and of a venue."""

from typing import Any

import click

from gateway.commands.database import on_platform
from tenants.errors import FoyerError
from tenants.permissions import GIVEN_ROLES

_STAFF = sorted({*GIVEN_ROLES} - {"PROMOTER"})


@click.group()
def person() -> None:
    """Create people and let them in at venues."""


@person.command("create")
@click.argument("email")
@click.argument("name")
@click.option("--platform-admin", is_flag=True, help="May open venues; sees nothing of theirs unless they let them.")
@click.option("--language", default="en", show_default=True, help="The language they read.")
@click.password_option(help="Asked for when it is not given.")
def create_person(email: str, name: str, platform_admin: bool, language: str, password: str) -> None:
    """Create a login for EMAIL."""
    from tenants import people

    made = on_platform(
        lambda: people.create_person(email, name, password, language=language, platform_admin=platform_admin),
        told="foyer person create",
    )
    click.echo(f"{made.email}  {made.id}")


@person.command("let-in")
@click.argument("email")
@click.argument("slug")
@click.argument("role", type=click.Choice(_STAFF))
def let_in(email: str, slug: str, role: str) -> None:
    """Let EMAIL in at the venue SLUG as ROLE, in place of what they were there before."""
    from tenants import audit, people
    from tenants.venues import Venue

    async def grant() -> None:
        found: Any = await people.Person.filter(email_key=people.email_key(email)).first()
        venue = await Venue.filter(slug=slug).first()
        if found is None or venue is None:
            raise FoyerError(f"There is no person {email}." if found is None else f"There is no venue {slug}.")
        audit.about(venue.id)
        await people.grant(found.id, venue.id, role)

    on_platform(grant, told="foyer person let-in")
    click.echo(f"{email} may enter {slug} as {role}.")
