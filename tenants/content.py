"""What the first bytes of a file say it is, whatever it was called."""

import codecs
from collections.abc import Callable

ENOUGH = 1024  # bytes, for all of the signs
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def utf_16(head: bytes) -> str | None:
    """The codec of a text in UTF-16, with a byte order mark or without; None for anything else."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = head[: len(head) // 2 * 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head) * 2 or min(even, odd) * 10 > len(head):
        return None  # of the letters of western Europe every other byte is 0
    return "utf-16-be" if even > odd else "utf-16-le"


def _workbook(head: bytes) -> bool:
    return head[:4] == b"PK\x03\x04" and any(part in head for part in (b"[Content_Types].xml", b"xl/", b"docProps/", b"_rels/"))


def _markup(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


_SIGNS: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda b: b.startswith(b"\xff\xd8\xff"),
    "image/png": lambda b: b.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda b: b[:4] == b"RIFF" and b[8:12] == b"WEBP",
    "image/avif": lambda b: b[4:12] in (b"ftypavif", b"ftypavis"),
    "image/gif": lambda b: b[:6] in (b"GIF87a", b"GIF89a"),
    "image/heic": lambda b: b[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"),
    "image/tiff": lambda b: b[:4] in (b"II*\0", b"MM\0*"),
    XLSX: _workbook,
    "application/zip": lambda b: b[:4] in (b"PK\x03\x04", b"PK\x05\x06"),
    "application/gzip": lambda b: b[:2] == b"\x1f\x8b",
    "application/pdf": lambda b: b.startswith(b"%PDF-"),
    "application/vnd.ms-excel": lambda b: b[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "image/svg+xml": lambda b: _markup(b) and b"<svg" in b.lower(),
    "text/html": _markup,
    "text/plain": lambda b: utf_16(b) is not None,
    "application/octet-stream": lambda b: b"\0" in b,
}


def type_of(head: bytes) -> str:
    """The media type of a file that begins so; `text/plain` when nothing is against it."""
    return next((name for name, is_sign in _SIGNS.items() if is_sign(head[:ENOUGH])), "text/plain")
