"""The `foyer` command."""

from typing import Any

import asyncpg
import click

from gateway.commands import contracts, database, documents, geo, imports, people, programs
from gateway.supervisor import follow_supervisor
from tenants.errors import FoyerError

_NO_SERVER = (asyncpg.PostgresConnectionError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


class _InSentences(click.Group):
    """What we raise on purpose, and a server that is not there, is told in a sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (ConnectionError, *_NO_SERVER) as error:
            raise click.ClickException(f"The database does not let us in: {error}") from error
        except (FoyerError, OSError) as error:
            raise click.ClickException(str(error) or repr(error)) from error


@click.group(cls=_InSentences)
@click.version_option(package_name="foyer", message="%(prog)s %(version)s")
def main() -> None:
    """Foyer: the platform behind a ticketing venue's customer relations. Settings come from FOYER_* variables."""
    follow_supervisor()


for command in (
    programs.serve,
    programs.work,
    programs.schedule,
    programs.dev,
    programs.demo,
    database.migrate,
    database.venue,
    people.person,
    geo.geo,
    imports.import_file,
    imports.import_real,
    contracts.schema,
    documents.documents,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="foyer")
