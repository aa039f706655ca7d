"""What mails, and pages for whoever follows a link, say in their reader's language: a file of texts per language beside this one,
each with the same in it.

In a text, empty lines part paragraphs and `{name}` is a gap; a paragraph with a gap that nothing is given for is left out. A gap
that has a line to itself is shown by itself: an address as a link, anything else as a code to be copied.
"""

import re
import textwrap
import tomllib
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, NamedTuple

LANGUAGES = ("en", "nb", "nn", "sv", "da", "nl", "de")
_SAME_AS = {"no": "nb"}
_GAP = re.compile(r"\{(\w+)\}")
_PAGE = """\
<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{subject}</title></head>
<body style="margin: 0; padding: 24px; background: #f4f3f1; font: 16px/1.5 Helvetica, Arial, sans-serif; color: #222">
<div style="max-width: 560px; margin: 0 auto; padding: 24px 32px; background: #fff; overflow-wrap: anywhere">
{paragraphs}
</div>
</body>
</html>
"""


class Letter(NamedTuple):
    """A mail that has no address yet: the same said in plain text and in HTML."""

    subject: str
    text: str
    html: str


def write(kind: str, languages: Iterable[str], **values: str | None) -> Letter:
    """The mail of this kind in the first of the languages (BCP 47) that there are texts in, else in English; None is no value."""
    language = next((known for each in languages if (known := _known(each))), "en")
    mail, given = _texts(language)[kind], {name: " ".join(value.split()) for name, value in values.items() if value}
    paragraphs = [p for p in mail["text"].strip().split("\n\n") if given.keys() >= {*_GAP.findall(p)}]
    subject = mail["subject"].format_map(given)
    shown = "\n".join(f"<p>{'<br>'.join(_as_html(line, given) for line in p.splitlines())}</p>" for p in paragraphs)
    return Letter(
        subject,
        "\n\n".join("\n".join(_as_text(line, given) for line in p.splitlines()) for p in paragraphs) + "\n",
        _PAGE.format(language=language, subject=escape(subject), paragraphs=shown),
    )


def _known(language: str) -> str | None:
    """The language of our texts for a tag such as nb-NO."""
    first = language.lower().partition("-")[0]
    found = _SAME_AS.get(first, first)
    return found if found in LANGUAGES else None


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{language}.toml").read_text("utf-8"))


def _as_text(line: str, given: dict[str, str]) -> str:
    return textwrap.fill(line.format_map(given), 76, break_long_words=False, break_on_hyphens=False)


def _as_html(line: str, given: dict[str, str]) -> str:
    said = escape(line.format_map(given))
    if not _GAP.fullmatch(line):
        return said
    return f'<a href="{said}">{said}</a>' if said.startswith(("https://", "http://")) else f"<code>{said}</code>"
