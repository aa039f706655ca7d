"""The `foyer` command: one short function per sub-command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import click

from tenants.errors import FoyerError

T = TypeVar("T")
_NO_SERVER = (asyncpg.PostgresConnectionError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


class _InSentences(click.Group):
    """What we raise on purpose, and a server that is not there, is told in a sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (FoyerError, OSError, *_NO_SERVER) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_InSentences)
@click.version_option(package_name="foyer", message="%(prog)s %(version)s")
def main() -> None:
    """Foyer: the platform behind a ticketing venue's customer relations. Settings come from FOYER_* variables."""
    from gateway.supervisor import follow_supervisor

    follow_supervisor()


@main.command()
@click.option("--workers", default=1, show_default=True, help="Processes that share the port.")
def serve(workers: int) -> None:
    """Run the gateway: GraphQL over HTTP."""
    import uvicorn

    from tenants.settings import settings

    uvicorn.run(
        "gateway.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        workers=workers,
        log_level=settings().log_level,
        proxy_headers=False,  # FOYER_TRUSTED_PROXIES decides, in gateway.auth
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@main.command()
def work() -> None:
    """Run a worker: the jobs, one after another."""
    from jobs import worker

    worker.main()


@main.command()
def schedule() -> None:
    """Run the scheduler: rings for what is due, now and then. One is enough, more do no harm."""
    from jobs import scheduler

    scheduler.main()


@main.command()
def dev() -> None:
    """Run everything on this machine, with servers of its own."""
    from gateway import development

    development.run()


@main.command()
def demo() -> None:
    """Run everything on this machine, with an invented house in it."""
    from gateway import demonstration, development

    development.run(demonstration.prepare)


@main.command()
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


@main.command()
@click.option("--write", is_flag=True, help="Write them to schema/ instead.")
@click.option("--check", is_flag=True, help="Fail when the files in schema/ say something else.")
def schema(write: bool, check: bool) -> None:
    """Print both GraphQL contracts."""
    from gateway import printed

    for file, text in printed.contracts().items():
        if write:
            file.write_text(text)
        elif not check:
            click.echo(text)
        elif not file.exists() or file.read_text() != text:
            raise click.ClickException(f"{file.name} is not what the code says: run `make contracts` and look at the difference.")


@main.group()
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

    made = _on_platform(lambda: venues.create(slug, name, time_zone=time_zone, currency=currency, languages=languages))
    click.echo(f"{made.slug}  {made.id}")


@venue.command("list")
def list_venues() -> None:
    """List all venues: slug, id, currency, time zone, name."""
    from tenants.venues import Venue

    for each in _on_platform(lambda: Venue.all().order_by("slug")):
        click.echo(f"{each.slug:<20} {each.id}  {each.currency}  {each.time_zone:<20} {each.name}")


def _on_platform(work: Callable[[], Awaitable[T]]) -> T:
    """The result of some work inside tenancy.platform(), with the database open around it."""
    from tenants import database, tenancy
    from tenants.settings import settings

    async def opened() -> T:
        async with database.opened(settings()), tenancy.platform():
            return await work()

    return asyncio.run(opened())


if __name__ == "__main__":
    main(prog_name="foyer")
