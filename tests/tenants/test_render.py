"""Pictures as they come, kind and hostile, and what becomes of them."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from tenants.errors import Refusal
from tenants.images.render import Rendered, render, widths_of

GPS = {1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)}


def picture(width: int = 400, height: int = 300) -> Any:
    """Red on the left, blue on the right, so that one sees which way up it is."""
    made = Image.new("RGB", (width, height), "blue")
    made.paste("red", (0, 0, width // 2, height))
    return made


def encoded(image: Any, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def rendered(tmp_path: Path, content: bytes) -> Rendered:
    path = tmp_path / "picture"
    path.write_bytes(content)
    return render(path)


def shown(made: Rendered, width: int, form: str = "webp") -> Any:
    (content,) = [r.content for r in made.renditions if (r.width, r.format) == (width, form)]
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_made_into_all_its_sizes(tmp_path, form):
    made = rendered(tmp_path, encoded(picture(1400, 700), form))

    assert (made.width, made.height) == (1400, 700)
    assert [(r.width, r.format) for r in made.renditions] == [(w, f) for w in (320, 640, 1280, 1400) for f in ("webp", "jpg")]
    for each in made.renditions:
        image = Image.open(io.BytesIO(each.content))
        assert (image.format, image.size) == ({"webp": "WEBP", "jpg": "JPEG"}[each.format], (each.width, each.width // 2))
        left, right = image.convert("RGB").getpixel((5, 5)), image.convert("RGB").getpixel((image.width - 5, 5))
        assert left[0] > 220 > 40 > left[2] and right[2] > 220 > 40 > right[0]


def test_a_picture_is_never_made_larger():
    assert widths_of(200) == [200]
    assert widths_of(1280) == [320, 640, 1280]
    assert widths_of(1920) == [320, 640, 1280, 1920]
    assert widths_of(8000) == [320, 640, 1280, 1920]


def test_a_large_one_is_shown_at_the_largest_size(tmp_path):
    made = rendered(tmp_path, encoded(picture(4000, 1000), "JPEG"))

    assert (made.width, made.height, {r.width for r in made.renditions}) == (4000, 1000, {320, 640, 1280, 1920})
    assert shown(made, 1920).size == (1920, 480)


def test_nothing_is_left_of_where_and_with_what_it_was_taken(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = 6, "Canary camera", "Canary comment"
    exif.get_ifd(0x8825).update(GPS)
    content = encoded(picture(), "JPEG", exif=exif, comment=b"Canary remark", xmp=b"<x:xmpmeta>Canary</x:xmpmeta>")
    assert content.count(b"Canary") >= 3
    made = rendered(tmp_path, content)

    assert (made.width, made.height) == (300, 400)  # turned a quarter, as the camera was held
    for each in made.renditions:
        image = Image.open(io.BytesIO(each.content))
        assert [mark for mark in (b"Canary", b"Exif", b"EXIF", b"XMP", b"GPS", b"ICC") if mark in each.content] == []
        assert (dict(image.getexif()), image.info.get("comment"), image.size) == (
            {},
            None,
            (each.width, round(each.width * 4 / 3)),
        )
        red, green, blue = image.convert("RGB").getpixel((20, 10))
        assert red > 200 > 60 > blue, (green, each)


def test_colours_are_those_of_the_profile(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (lab, b"no profile at all"):
        made = rendered(tmp_path, encoded(picture(), "JPEG", icc_profile=profile))
        assert shown(made, 320).getpixel((5, 5))[0] > 220


def test_transparent_parts_stay_so_or_are_white(tmp_path):
    made = rendered(tmp_path, encoded(Image.new("RGBA", (400, 300), (0, 0, 0, 0)), "PNG"))

    assert (shown(made, 320).mode, shown(made, 320).getpixel((5, 5))[3]) == ("RGBA", 0)
    assert min(shown(made, 320, "jpg").getpixel((5, 5))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_read(tmp_path, mode):
    source = (
        Image.new("I", (400, 300), 65_535).convert("I;16")
        if mode == "I;16"
        else Image.new("RGB", (400, 300), "white").convert(mode)
    )
    made = rendered(tmp_path, encoded(source, "JPEG" if mode == "CMYK" else "PNG"))
    assert min(shown(made, 320).convert("RGB").getpixel((9, 9))) > 250


def bomb(width: int, height: int) -> bytes:
    """A few kilobytes that say they are a picture of this size, and are."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer, row = zlib.compressobj(9), bytes(width // 8 + 1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("index.html", "<script>")
    return out.getvalue()


WHOLE = {form: encoded(Image.radial_gradient("L").convert("RGB"), form) for form in ("JPEG", "PNG", "WEBP", "AVIF")}
UNREADABLE, TWO = "It cannot be read", "It is a picture and something else at once."
REFUSED = {
    **{f"half a {form}": (content[: len(content) // 2], UNREADABLE) for form, content in WHOLE.items()},
    "the end of a JPEG is missing": (WHOLE["JPEG"][:-300], UNREADABLE),
    "noise": (WHOLE["JPEG"][:20] + os.urandom(3_000), UNREADABLE),
    "nothing": (b"", UNREADABLE),
    "a GIF": (encoded(picture(), "GIF"), UNREADABLE),
    "a TIFF": (encoded(picture(), "TIFF"), UNREADABLE),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', TWO),
    "an SVG that begins as a JPEG": (b"\xff\xd8\xff<svg onload=alert(1)>", TWO),
    "a picture and an archive": (WHOLE["JPEG"] + archive(), TWO),
    "a picture and a page": (WHOLE["JPEG"][:2] + b"\xff\xfe\x00\x14<script>alert(1)</" + WHOLE["JPEG"][2:], TWO),
    "a picture and a PDF": (WHOLE["JPEG"][:2] + b"\xff\xfe\x00\x0a%PDF-1.4" + WHOLE["JPEG"][2:], TWO),
    "an animation": (encoded(picture(), "WEBP", save_all=True, append_images=[picture().rotate(9)]), "It is an animation"),
    "an animated PNG": (encoded(picture(), "PNG", save_all=True, append_images=[picture().rotate(9)]), "It is an animation"),
    "400 million pixels": (bomb(20_000, 20_000), "It has too many pixels"),
    "41 million pixels": (bomb(8_200, 5_000), "It has too many pixels"),
    "a long strip": (bomb(30_000, 20), "It has too many pixels"),
    "a header of 2.5 billion pixels": (bomb(50_000, 1)[:16] + struct.pack(">II", 50_000, 50_000) + b"\1\0\0\0\0", UNREADABLE),
    "a dot": (bomb(1, 1), "It has 1 × 1 pixels"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused(tmp_path, why):
    content, sentence = REFUSED[why]
    with pytest.raises(Refusal) as refused:
        rendered(tmp_path, content)
    assert (refused.value.code, refused.value.message[: len(sentence)]) == ("UNUSABLE_IMAGE", sentence)
