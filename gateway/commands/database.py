"""The database and its venues."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

T = TypeVar("T")


@click.command()
@click.option("--plan", is_flag=True, help="Say what would run, and run nothing.")
@click.option("--bootstrap", metavar="ADMIN_URL", help="First make the roles and the database, as this superuser.")
def migrate(plan: bool, bootstrap: str | None) -> None:
    """Bring the database up to date. FOYER_DATABASE_OWNER_URL names the migrating role."""
    from tenants import migrate as migrations
    from tenants.settings import settings

    if not (owner_url := settings().database_owner_url):
        raise click.UsageError("FOYER_DATABASE_OWNER_URL is not set: migrations run as the owning role.")
    if bootstrap and not plan:
        asyncio.run(migrations.bootstrap(bootstrap, owner_url, settings().database_url))
    done = asyncio.run(migrations.pending(owner_url) if plan else migrations.migrate(owner_url))
    for migration in done:
        click.echo(f"{migration.number:04} {migration.name.replace('_', ' ')}{' (would run)' if plan else ''}")
    if not done:
        click.echo("Nothing to run: the database is up to date.")


@click.group()
def venue() -> None:
    """Create and list venues."""


@venue.command("create")
@click.argument("slug")
@click.argument("name")
@click.option("--time-zone", required=True, help="An IANA name, such as Europe/Oslo.")
@click.option("--currency", required=True, help="ISO 4217, such as NOK.")
@click.option("--language", "languages", multiple=True, required=True, help="Such as no; once per language.")
def create_venue(slug: str, name: str, time_zone: str, currency: str, languages: tuple[str, ...]) -> None:
    """Open an empty venue. SLUG is its name in addresses and in the X-Venue header."""
    from tenants import venues

    made = on_platform(
        lambda: venues.create(slug, name, time_zone=time_zone, currency=currency, languages=languages), told="foyer venue create"
    )
    click.echo(f"{made.slug}  {made.id}")


@venue.command("list")
def list_venues() -> None:
    """List all venues: slug, id, currency, time zone, name."""
    from tenants import venues

    for each in on_platform(venues.everywhere):
        click.echo(f"{each.slug:<20} {each.id}  {each.currency}  {each.time_zone:<20} {each.name}")


def on_platform(work: Callable[[], Awaitable[T]], *, told: str | None = None) -> T:
    """The result of some work inside tenancy.platform(), with the database open around it. What changes something is `told` to
    the audit log under this name."""
    from tenants import audit, database, tenancy
    from tenants.settings import settings

    async def opened() -> T:
        async with database.opened(settings()):
            with audit.commanded(told or "") as entry:
                async with tenancy.platform():
                    result = await work()
                if told:
                    await audit.settle([entry])
            return result

    return asyncio.run(opened())
