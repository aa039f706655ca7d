"""Files from elsewhere."""

import asyncio
from pathlib import Path
from uuid import UUID

import click


@click.command("import")
@click.argument("kind", required=False)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--venue", required=True, help="The venue's slug.")
@click.option("--map", "columns", multiple=True, metavar="FIELD=COLUMN", help="Take a field from a column of the file.")
@click.option(
    "--template", "templates", multiple=True, metavar="FIELD=TEXT", help="Compose it: {column}, {#} for the row's number."
)
@click.option("--value", "values", multiple=True, metavar="FIELD=TEXT", help="The same text in every row.")
@click.option("--empty", multiple=True, metavar="TEXT", help="A text that means nothing, besides the empty one.")
@click.option("--encoding", metavar="NAME", help="Of a text file: UTF_8, UTF_16, WINDOWS_1252, ISO_8859_1, ISO_8859_15.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("--numbers", metavar="NAME", help="How numbers are written: POINT as in 1,257.75 or COMMA as in 1.257,75.")
@click.option("--dates", metavar="NAME", help="How dates are written: DMY, MDY or YMD.")
@click.option("--create-missing", is_flag=True, help="Create what the rows refer to and is not there.")
@click.option("--apply", is_flag=True, help="Write it. Without this, only say what would be written.")
@click.option("--resume", type=click.UUID, metavar="ID", help="Go on with an import that was interrupted.")
def import_file(
    kind: str | None,
    file: Path | None,
    venue: str,
    columns: tuple[str, ...],
    templates: tuple[str, ...],
    values: tuple[str, ...],
    empty: tuple[str, ...],
    encoding: str | None,
    sheet: str | None,
    numbers: str | None,
    dates: str | None,
    create_missing: bool,
    apply: bool,
    resume: UUID | None,
) -> None:
    """Import a FILE, CSV or XLSX, of a KIND of rows, such as customers. With no mapping, columns named like fields are taken."""
    from gateway import importing
    from tenants.imports.mapping import DATE_ORDER, ENCODING, NUMBER_FORMAT, FieldMapping, Mapping

    if resume:
        raise SystemExit(0 if asyncio.run(importing.resume(venue, resume)) else 2)
    if kind is None or file is None:
        raise click.UsageError("Say the KIND of rows and the FILE.")
    fields = [
        FieldMapping(**{"field": field, way: text})
        for way, said in (("column", columns), ("template", templates), ("value", values))
        for field, _, text in (each.partition("=") for each in said)
    ]
    for given, choice in ((encoding, ENCODING), (numbers, NUMBER_FORMAT), (dates, DATE_ORDER)):
        if given is not None and given not in choice.options:
            raise click.UsageError(f"{given} is none of {', '.join(choice.options)}.")
    mapping = Mapping(fields, list(empty), encoding=encoding, sheet=sheet, number_format=numbers, date_order=dates)
    clean = asyncio.run(importing.run(venue, kind, file, mapping, create_missing=create_missing, write=apply))
    raise SystemExit(0 if clean else 2)


@click.command("import-real")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder of the data sets.")
def import_real(data: Path) -> None:
    """Import real programmes and sales: a philharmonic's with CDNOW's orders, and those of Online Retail."""
    from gateway import real

    real.run(data)
