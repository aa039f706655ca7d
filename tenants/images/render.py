"""A picture that was handed in, made into pictures that are shown: really decoded, upright, in sRGB, and with nothing in them but
what is seen. Blocks; for a thread."""

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from tenants.errors import Refusal

WIDTHS = (320, 640, 1280, 1920)
FORMATS = {"webp": {"format": "WEBP", "quality": 80, "method": 4}, "jpg": {"format": "JPEG", "quality": 82, "progressive": True}}
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 20_000
_READ = ("JPEG", "PNG", "WEBP", "AVIF")  # all that Pillow is let try
_ORIENTATION = 0x0112
_one_at_a_time = threading.Lock()  # or a few large pictures would take all of the worker's memory


@dataclass(frozen=True)
class Rendition:
    """One size of a picture, in one format."""

    width: int
    format: str
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """A picture's size, upright, and its renditions."""

    width: int
    height: int
    renditions: list[Rendition]


def widths_of(width: int) -> list[int]:
    """The widths in which there is a picture that is so wide: it is never made larger."""
    return [w for w in WIDTHS if w < width] + ([width] if width <= WIDTHS[-1] else [])


def render(path: Path) -> Rendered:
    """All renditions of a picture. Raises UNUSABLE_IMAGE with the reason."""
    with _one_at_a_time:
        _is_nothing_else(path)
        try:
            with Image.open(path, formats=_READ) as image:
                _check(image)
                size, shown = _decoded(image)
        except Refusal:
            raise
        except Image.DecompressionBombError:
            raise _too_many() from None
        except Exception as error:  # whatever a decoder stumbles over, the picture is at fault
            raise _unusable(f"It cannot be read: it is cut off, damaged, or none of {', '.join(_READ)}.") from error
        return Rendered(*size, list(_renditions(size[0], shown)))


def _is_nothing_else(path: Path) -> None:
    """A file that is a picture and something else at once is made to deceive."""
    with path.open("rb") as file:
        head = file.read(1024).lower()
    if zipfile.is_zipfile(path) or any(sign in head for sign in (b"%pdf-", b"<script", b"<html", b"<svg", b"<?php")):
        raise _unusable("It is a picture and something else at once.")


def _check(image: Any) -> None:
    """Before anything is decoded: the header says how large it will be."""
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _too_many()
    if min(width, height) < 16:
        raise _unusable(f"It has {width} × {height} pixels; that is too small.")
    if getattr(image, "is_animated", False) and image.format != "MPO":  # cameras put a preview beside the picture
        raise _unusable("It is an animation; send a still picture.")


def _decoded(image: Any) -> tuple[tuple[int, int], Any]:
    """The upright size, and the picture as wide as it is ever shown, without anything that came with it."""
    turned = image.getexif().get(_ORIENTATION, 1) >= 5
    width, height = image.size[::-1] if turned else image.size
    shown_width = min(width, WIDTHS[-1])
    shown = (shown_width, max(1, round(height * shown_width / width)))
    image.draft(None, (WIDTHS[-1], WIDTHS[-1]))  # a large JPEG is decoded at half, a quarter or an eighth of its size
    image.load()
    profile, orientation = image.info.get("icc_profile"), image.getexif().get(_ORIENTATION, 1)
    plain = _in_rgb(image, profile).resize(shown[::-1] if turned else shown, Image.Resampling.LANCZOS, reducing_gap=3)
    plain.info.clear()
    plain.getexif()[_ORIENTATION] = orientation
    upright = ImageOps.exif_transpose(plain)
    upright.info.clear()
    return (width, height), upright


def _in_rgb(image: Any, profile: bytes | None) -> Any:
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile is no reason to refuse the picture
    if image.mode in ("I", "I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _renditions(width: int, shown: Any) -> Iterator[Rendition]:
    for each in widths_of(width) or [WIDTHS[-1]]:
        small = shown if each == shown.width else shown.resize((each, max(1, round(shown.height * each / shown.width))))
        for name, how in FORMATS.items():
            out = io.BytesIO()
            (_on_white(small) if name == "jpg" else small).save(out, **how)
            yield Rendition(each, name, out.getvalue())


def _on_white(image: Any) -> Any:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _too_many() -> Refusal:
    most = f"{MOST_PIXELS // 1_000_000} million, and {LONGEST_SIDE} to a side"
    return _unusable(f"It has too many pixels: at most {most} are taken.")


def _unusable(sentence: str) -> Refusal:
    return Refusal("UNUSABLE_IMAGE", sentence)
