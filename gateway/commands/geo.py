"""Where places are."""

from pathlib import Path

import click

from gateway.commands.database import on_platform


@click.group()
def geo() -> None:
    """What is known of places, the same for all venues."""


@geo.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_postcodes(file: Path) -> None:
    """Add the postcodes of FILE: one of download.geonames.org/export/zip, or CSV with country, postcode, place, lat and lng."""
    from tenants import geonames, postcodes

    given, written = on_platform(lambda: postcodes.keep(geonames.places(file)))
    click.echo(f"{given} postcodes, {written} of them new or different.")
