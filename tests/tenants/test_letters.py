import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest

from tenants import letters

ENGLISH = letters._texts("en")
GAPS = re.compile(r"\{(\w+)\}")
ABOUT = {"name": "Kari Nordmann", "email": "kari@example.org", "house": "Storhuset"}


class Page(HTMLParser):
    """What a page says, and where its links lead; it complains about what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said, self.links, self.open = "", [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_every_language_has_every_mail_with_the_same_gaps_in_the_same_paragraphs(language):
    texts = letters._texts(language)

    def gaps(of: dict[str, Any]) -> dict[str, list[set[str]]]:
        return {
            kind: [{*GAPS.findall(mail["subject"])}, *({*GAPS.findall(p)} for p in mail["text"].strip().split("\n\n"))]
            for kind, mail in of.items()
        }

    assert gaps(texts) == gaps(ENGLISH)
    assert [line for mail in texts.values() for line in mail["text"].splitlines() if line != line.strip()] == []


@pytest.mark.parametrize("kind", ENGLISH)
def test_no_two_languages_say_the_same(kind):
    said = [letters._texts(language)[kind] for language in letters.LANGUAGES]
    assert len({mail["subject"] for mail in said} | {mail["text"] for mail in said}) >= len(said) + 2


@pytest.mark.parametrize(
    ("languages", "subject"),
    [
        (["nb-NO"], "Nytt passord hos Storhuset"),
        (["no"], "Nytt passord hos Storhuset"),
        (["DE"], "Ein neues Passwort für Storhuset"),
        (["fi", "sv", "en"], "Nytt lösenord hos Storhuset"),
        (["fi"], "A new password for Storhuset"),
        ([], "A new password for Storhuset"),
        (["../en"], "A new password for Storhuset"),
    ],
)
def test_the_first_language_that_has_texts_is_spoken(languages, subject):
    assert letters.write("password_reset", languages, **ABOUT, token="fpr_x").subject == subject


def test_a_paragraph_is_left_out_when_nothing_is_given_for_its_gap():
    by_link = letters.write("password_reset", ["en"], **ABOUT, link="https://console.example.org/#fpr_x")
    by_token = letters.write("password_reset", ["en"], **ABOUT, token="fpr_" + "x-" * 40, link=None)

    assert by_link.text == (
        "Hello Kari Nordmann,\n\n"
        "somebody, probably you, has asked for a new password for kari@example.org at\nStorhuset.\n\n"
        "Choose it here within half an hour. The link is good once:\nhttps://console.example.org/#fpr_x\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n"
    )
    assert "\nfpr_" + "x-" * 40 + "\n" in by_token.text and "link" not in by_token.text
    assert Page(by_link.html).links == ["https://console.example.org/#fpr_x"]
    assert "Storhuset." in Page(by_token.html).said and Page(by_token.html).links == []


def test_what_is_put_into_a_gap_stays_inside_it():
    wild = {"name": "<b>Kari</b>\r\nBcc: everybody@example.org", "email": "{house}", "house": "A\nB & C"}
    letter = letters.write("password_reset", ["en"], **wild, link='https://x.example/"><script>')
    message = EmailMessage()
    message["Subject"] = letter.subject

    assert letter.subject == "A new password for A B & C"
    assert "Hello <b>Kari</b> Bcc: everybody@example.org,\n" in letter.text
    assert "for {house} at" in letter.text
    page = Page(letter.html)
    assert "Hello <b>Kari</b> Bcc: everybody@example.org," in page.said
    assert page.links == ['https://x.example/"><script>']
