"""CSV as it leaves the house: RFC 4180, in UTF-8, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = b"\xef\xbb\xbf"  # without it a spreadsheet reads æ, ø and å as something else
_FORMULA = tuple("=+-@\t\r\0")


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front (S15); None is empty."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _guarded(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
