"""Text files: which encoding and separator one is in, told by itself unless the mapping says it, and its records."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TextIO

from tenants.content import utf_16
from tenants.errors import Refusal

ENCODINGS = {
    "UTF_8": "UTF-8, with or without a byte order mark.",
    "UTF_16": "UTF-16, as spreadsheets write “Unicode text”; either byte order.",
    "WINDOWS_1252": "Windows-1252, the old code of western European Windows.",
    "ISO_8859_1": "ISO 8859-1, Latin 1.",
    "ISO_8859_15": "ISO 8859-15, Latin 9: with the euro sign.",
}
SEPARATORS = {
    "COMMA": "A comma.",
    "SEMICOLON": "A semicolon, as spreadsheets in most of Europe write.",
    "TAB": "A tabulator.",
    "PIPE": "A vertical bar.",
}
SIGNS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|"}
LONGEST_CELL = 1 << 20
LONGEST_LINE = 8 << 20
SAMPLE = 1 << 16
_CODECS = {"WINDOWS_1252": "cp1252", "ISO_8859_1": "iso-8859-1", "ISO_8859_15": "iso-8859-15"}
_SAID = re.compile(r'"?sep=(.)"?\r?\n?$', re.I)
_PIECE = 1 << 20


def encoding_of(path: Path) -> str:
    """The encoding of a file. One with letters of UTF-8 is in UTF-8, even where other bytes are no text; one with none but such
    bytes is taken for Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    letters = broken = False
    with path.open("rb") as file:
        if utf_16(start := file.read(_PIECE)):
            return "UTF_16"
        while start:
            text = decoder.decode(start)
            if not text.isascii():
                escaped = len(re.findall("[\udc80-\udcff]", text))
                broken, letters = broken or bool(escaped), letters or len(text) - len(_ascii(text)) > escaped
            start = file.read(_PIECE)
    return "WINDOWS_1252" if broken and not letters else "UTF_8"


def opened(path: Path, encoding: str) -> TextIO:
    """The file as text. Bytes that are none in this encoding become characters that no value may hold."""
    if encoding == "UTF_16":
        with path.open("rb") as file:
            codec = utf_16(file.read(SAMPLE)) or "utf-16-le"
        return path.open(encoding=codec, errors="surrogatepass", newline="")
    return path.open(encoding=_CODECS.get(encoding, "utf-8-sig"), errors="surrogateescape", newline="")


def separator_of(text: TextIO) -> str:
    """The separator a file names in its first line, or the one that its first records agree on. Leaves the file at its start."""
    first = text.readline(SAMPLE)
    if (said := _SAID.fullmatch(first)) and said[1] in SIGNS.values():
        text.seek(0)
        return next(name for name, sign in SIGNS.items() if sign == said[1])
    sample = first + text.read(SAMPLE)
    text.seek(0)
    return max(SIGNS, key=lambda name: _agreement(sample, SIGNS[name]))


def records(text: TextIO, separator: str) -> Iterator[tuple[int, list[str] | str]]:
    """The file's records with their numbers, from 1; one whose quotation marks are wrong is a sentence about that.

    Raises UNREADABLE_FILE for what is no table of lines.
    """
    csv.field_size_limit(LONGEST_CELL)
    if not _SAID.fullmatch(text.readline(SAMPLE)):
        text.seek(0)
    lines = csv.reader(_lines(text), delimiter=SIGNS[separator], strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                words = f"Row {number} does not end: {error}. A quotation mark is missing there or before."
                raise Refusal("UNREADABLE_FILE", words) from None
            yield number, "The row's quotation marks are wrong: one within a text must be doubled."
            continue
        except UnicodeDecodeError:
            raise Refusal("UNREADABLE_FILE", f"Row {number} and what follows is no text in this encoding.") from None
        yield number, cells


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Refusal("UNREADABLE_FILE", f"A line has more than {LONGEST_LINE:,} characters; this is no file of rows.")
        yield line


def _agreement(sample: str, sign: str) -> tuple[bool, float, int]:
    """How well a separator explains the records: makes columns, as many in each, many."""
    widths = []
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
    with suppress(csv.Error):
        widths = [len(cells) for cells in islice(lines, 50) if cells]
    if not widths:
        return False, 0.0, 0
    if len(widths) > 1 and len(sample) > SAMPLE:
        widths.pop()  # it may be cut off
    most = max(set(widths), key=widths.count)
    return most > 1, widths.count(most) / len(widths), most


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()
