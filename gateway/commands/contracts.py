"""The printed contracts and error codes."""

import click


@click.command()
@click.option("--write", is_flag=True, help="Write them, the error codes and what has changed where they lie in git.")
@click.option("--check", is_flag=True, help="Fail when the files there say something else.")
def schema(write: bool, check: bool) -> None:
    """Print both GraphQL contracts."""
    from datetime import UTC, datetime

    from gateway import changes, printed

    if write or check:
        untold = printed.untold()
        if write:
            changes.write([line for line in untold if line["kind"] != "BREAKING"], datetime.now(UTC).date())
        if wrong := [changes.sentence(line) for line in untold if check or line["kind"] == "BREAKING"]:
            raise click.ClickException("\n".join(wrong))
    for file, text in printed.contracts().items():
        if write:
            file.write_text(text)
        elif not check:
            click.echo(text)
        elif not file.exists() or file.read_text() != text:
            raise click.ClickException(f"{file.name} is not what the code says: run `make contracts` and look at the difference.")
