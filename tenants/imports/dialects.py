"""How a file is written, as the mapping says or as the file tells: what an import assumes, and says that it assumes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from tenants.errors import Refusal
from tenants.imports import texts
from tenants.imports.mapping import Mapping
from tenants.imports.sheets import MOST_COLUMNS, Workbook
from tenants.shape import Choice
from tenants.upserts.rows import House
from tenants.values import Cell, Style, text_of
from tenants.values.dates import EPOCH

FORMATS = {"CSV": "Lines of text, cells separated by a sign.", "XLSX": "An Excel workbook."}
FORMAT = Choice("FileFormat", FORMATS, "What kind of file it is.")
_NO_TABLE = {
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook (.xls), or one with a password: save it as .xlsx without one, or as CSV.",
    b"%PDF": "This is a PDF; an import needs the table itself, as .xlsx or CSV.",
    b"\x1f\x8b": "The file is packed (gzip): unpack it first.",
    b"Rar!": "The file is packed (RAR): unpack it first.",
    b"<html": "This is a web page: open it in a spreadsheet and save it as .xlsx or CSV.",
    b"<!doc": "This is a web page: open it in a spreadsheet and save it as .xlsx or CSV.",
    b"<?xml": "This is XML; save it as .xlsx or CSV.",
    b"{\\rtf": "This is a text document, not a table: save it as .xlsx or CSV.",
}
Rows = Iterator[tuple[int, list[Cell] | str]]


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `columns` says by field how its numbers and dates are written, where that matters."""

    format: str
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    heading_row: int = 1
    dates_from_1904: bool = False
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """What the import keeps of it."""
        return asdict(self)

    def style(self, name: str, house: House) -> Style:
        """How the texts of a field are to be read."""
        epoch = date(1904, 1, 1) if self.dates_from_1904 else EPOCH
        return Style(house.zone, house.currency, epoch=epoch, **self.columns.get(name, {}))


def detect(path: Path, mapping: Mapping) -> Dialect:
    """The file's format, without its columns. Raises UNREADABLE_FILE, UNKNOWN_SHEET."""
    with path.open("rb") as file:
        start = file.read(1024)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refusal("UNREADABLE_FILE", "The file is empty.")
    for magic, words in _NO_TABLE.items():
        if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(magic.lower()):
            raise Refusal("UNREADABLE_FILE", words)
    found = _workbook(path, mapping) if start.startswith(b"PK\x03\x04") else _text(path, mapping)
    with rows(path, found) as coming:
        for number, cells in coming:
            if (number == mapping.heading_row) if mapping.heading_row else (isinstance(cells, str) or any(cells)):
                return replace(found, heading_row=number)
    raise Refusal("UNREADABLE_FILE", "The file has no heading in its first row.")


@contextmanager
def rows(path: Path, dialect: Dialect) -> Iterator[Rows]:
    """All rows of the file with their numbers, those before the heading too; a sentence is what is wrong with one."""
    if dialect.format == "CSV":
        with texts.opened(path, dialect.encoding or "UTF_8") as text:
            yield texts.records(text, dialect.separator or "COMMA")  # type: ignore[misc]  # a list of texts is one of cells
    else:
        book = Workbook(path)
        try:
            yield book.rows(dialect.sheet or "")
        finally:
            book.close()


def headed(coming: Rows, dialect: Dialect) -> list[str]:
    """The heading, the next row that `coming` gives being the first below it. Raises UNREADABLE_FILE."""
    for number, cells in coming:
        if number < dialect.heading_row:
            continue
        if isinstance(cells, str) or len(cells) > MOST_COLUMNS:
            many = (
                f"has {len(cells):,} columns; {MOST_COLUMNS:,} are allowed" if isinstance(cells, list) else f"is broken: {cells}"
            )
            raise Refusal("UNREADABLE_FILE", f"The heading {many}.")
        return [" ".join(text_of(cell).split()) for cell in cells]
    raise Refusal("UNREADABLE_FILE", "The file has no heading in its first row.")


def _text(path: Path, mapping: Mapping) -> Dialect:
    encoding = mapping.encoding or texts.encoding_of(path)
    try:
        with texts.opened(path, encoding) as text:
            return Dialect("CSV", encoding, mapping.separator or texts.separator_of(text))
    except UnicodeDecodeError:
        raise Refusal("UNREADABLE_FILE", f"The file is not in the encoding {encoding}.") from None


def _workbook(path: Path, mapping: Mapping) -> Dialect:
    book = Workbook(path)
    try:
        sheet = mapping.sheet or next((s for s in book.sheets if any(any(cells) for _, cells in book.rows(s))), None)
        if sheet is None:
            raise Refusal("UNREADABLE_FILE", "The workbook has nothing in it.")
        return Dialect("XLSX", sheet=sheet, sheets=book.sheets, dates_from_1904=book.dates_from_1904)
    finally:
        book.close()
