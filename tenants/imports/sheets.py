"""Workbooks (XLSX): one sheet's rows, read as a stream, with what each cell is: a number, a day, a time, a text."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH

from tenants.errors import Refusal
from tenants.values import Cell

LARGEST = 2 << 30  # bytes, unpacked
LARGEST_PART = 192 << 20  # of what is held in memory: texts, styles
MOST_ROWS, MOST_COLUMNS, MOST_MERGED = 1_048_576, 1_000, 100_000
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_PIECE = 1 << 20


class Fault(str):
    """What a cell shows instead of a value, such as #N/A."""


class Workbook:
    """A workbook on disk. Raises UNREADABLE_FILE, with the reason, for what is none or is not to be trusted."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            with zipfile.ZipFile(self._file) as archive:
                self._merged = _checked(archive)
            self._book: Any = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        except Refusal:
            raise
        except Exception:  # whatever a damaged archive makes of the library
            raise _damaged() from None
        self.sheets = [sheet.title for sheet in self._book.worksheets if sheet.sheet_state == "visible"]
        self.dates_from_1904 = self._book.epoch == MAC_EPOCH

    def rows(self, name: str) -> Iterator[tuple[int, list[Cell]]]:
        """A sheet's rows with the numbers they have there. Cells below in a merged range say what its first says.

        Raises UNKNOWN_SHEET, UNREADABLE_FILE.
        """
        if name not in self._book.sheetnames:
            raise Refusal(
                "UNKNOWN_SHEET", f"There is no sheet {name[:80]!r}; there are {', '.join(self.sheets)[:300]}.", field=["mapping"]
            )
        sheet = self._book[name]
        merged = self._merged.get(sheet._worksheet_path, {})
        sheet.reset_dimensions()  # programs write wrong ones
        held: dict[int, tuple[Cell, int]] = {}
        rows = enumerate(sheet.iter_rows(), 1)
        while True:
            try:
                number, cells = next(rows)
            except StopIteration:
                return
            except Exception:
                raise _damaged() from None
            if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
                raise Refusal("UNREADABLE_FILE", f"A sheet has at most {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns.")
            row = [_cell(cell) for cell in cells]
            for column, (value, last) in list(held.items()):
                if number > last:
                    del held[column]
                    continue
                row += [""] * (column + 1 - len(row))
                row[column] = value
            held |= {column: (row[column], last) for column, last in merged.get(number, ()) if column < len(row)}
            yield number, row

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()
        self._file.close()


def _checked(archive: zipfile.ZipFile) -> dict[str, dict[int, list[tuple[int, int]]]]:
    """The merged ranges of each sheet, by their first row: column and last row. Every part is read once to see what is in it."""
    parts = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise Refusal("UNREADABLE_FILE", "This is no Excel workbook (.xlsx); save it as one, or as CSV.")
    if sum(part.file_size for part in parts) > LARGEST or len(parts) > 10_000:
        raise Refusal("UNREADABLE_FILE", f"The workbook has more than {LARGEST:,} bytes when it is unpacked.")
    merged: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for part in parts:
        if not part.filename.endswith((".xml", ".rels")):
            continue
        if part.file_size > LARGEST_PART and "/worksheets/" not in part.filename:
            raise Refusal("UNREADABLE_FILE", f"{part.filename[:80]} in the workbook is larger than {LARGEST_PART:,} bytes.")
        merged[part.filename] = _ranges(archive, part)
    return merged


def _ranges(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    tail, many = b"", 0
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            text = tail + piece
            if (
                any(word in text for word in _FORBIDDEN)
                or (b"<" not in piece and len(piece) == _PIECE)
                or text[:2] in (b"\xff\xfe", b"\xfe\xff")
            ):
                raise Refusal("UNREADABLE_FILE", "The workbook holds what no spreadsheet writes.")
            for match in _MERGED.finditer(text):
                column, first, _, last = range_boundaries(match[1].decode())
                if last > first and column - 1 < MOST_COLUMNS:
                    many += 1
                    found.setdefault(first, []).append((column - 1, last))
            if many > MOST_MERGED:
                raise Refusal("UNREADABLE_FILE", f"The workbook has more than {MOST_MERGED:,} merged ranges.")
            tail = text[text.rfind(b"<") :][-200:]
    return found


def _cell(cell: Any) -> Cell:
    value = "" if cell.value is None else cell.value
    if isinstance(value, str):
        return Fault(value) if cell.data_type == "e" else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = cell.number_format
        if shown.strip("0") == "" and len(shown) > 1 and float(value).is_integer():
            return str(int(value)).zfill(len(shown))  # postcodes and customer numbers: 0150 is shown so, kept as 150
        return Decimal(repr(value))
    return value if isinstance(value, date | time) else str(value).lower()  # true, false; a length of time


def _damaged() -> Refusal:
    return Refusal("UNREADABLE_FILE", "The workbook is damaged, or is no Excel workbook (.xlsx); save it again, or as CSV.")
