import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default

import pytest

from tenants import mail, tenancy
from tenants.errors import Refusal, Unavailable
from tenants.settings import settings


@asynccontextmanager
async def server(refusal: bytes = b"") -> AsyncIterator[tuple[str, list[bytes]]]:
    """An SMTP server, its URL, and the lines it was sent; with a refusal it takes no recipient."""
    lines: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        in_data = False
        while line := await reader.readline():
            lines.append(line.rstrip())
            if in_data and line != b".\r\n":
                continue
            in_data = line.upper().startswith(b"DATA")
            refused = refusal if line.upper().startswith(b"RCPT") else b""
            if line.upper().startswith(b"QUIT"):
                writer.write(b"221 bye\r\n")
                break
            writer.write(refused or (b"354 go on\r\n" if in_data else b"250 fine\r\n"))
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}", lines
    finally:
        listening.close()


@pytest.fixture
def chosen(monkeypatch):
    """Changes settings of this test."""
    before = settings()

    def choose(**given):
        monkeypatch.setattr(mail, "settings", lambda: before.model_copy(update=given))

    return choose


async def test_a_mail_goes_to_the_server_that_is_set(chosen):
    async with server() as (url, lines):
        chosen(smtp_url=url, mail_from="Storhuset <billett@storhuset.example>")
        await mail.send("kari@example.org", "Velkommen på besøk", "Hei.\n.\nHa det.\n")

    assert b"rcpt TO:<kari@example.org>" in lines
    assert b"From: Storhuset <billett@storhuset.example>" in lines
    assert b"To: kari@example.org" in lines
    assert b".." in lines  # a line of one dot does not end the mail


async def test_a_mail_goes_in_a_venues_name_and_its_answers_to_the_venue(chosen):
    async with server() as (url, lines):
        chosen(smtp_url=url, mail_from="Foyer <post@foyer.example>")
        house = {"sender": 'Storhuset: "Åpent"\r\nBcc: x@y.example', "answers_to": "billett@storhuset.example"}
        await mail.send("kari@example.org", "Velkommen", "Hei.\n", **house)

    sent = message_from_bytes(b"\r\n".join(lines[lines.index(b"data") + 1 : lines.index(b".")]), policy=default)
    (sender,) = sent["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Storhuset: "Åpent" Bcc: x@y.example', "post@foyer.example")
    assert (sent["Reply-To"], sent["Bcc"]) == ("billett@storhuset.example", None)


async def test_without_a_server_a_mail_is_a_file_that_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    await mail.send("åse@example.org", "Velkommen på besøk", "Hei, Åse.\n")

    (file,) = (tmp_path / ".foyer" / "mail").iterdir()
    heading, _, text = file.read_text().partition("\n\n")
    assert "To: åse@example.org" in heading
    assert "Subject: Velkommen på besøk" in heading
    assert text == "Hei, Åse.\n"
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_mail_with_a_page_is_sent_as_both_and_kept_as_two_files(tmp_path, monkeypatch, chosen):
    monkeypatch.chdir(tmp_path)
    async with server() as (url, lines):
        chosen(smtp_url=url)
        await mail.send("kari@example.org", "Hei", "Blåbær.\n", "<p>Blåbær.</p>\n")
    chosen(smtp_url=None)
    await mail.send("kari@example.org", "Hei", "Blåbær.\n", "<p>Blåbær.</p>\n")

    kinds = [line for line in lines if line.startswith(b"Content-Type: ")]
    assert [kind.split(b";")[0] for kind in kinds] == [
        b"Content-Type: multipart/alternative",
        b"Content-Type: text/plain",
        b"Content-Type: text/html",
    ]
    assert b"Bl=C3=A5b=C3=A6r." in lines
    page, text = sorted((tmp_path / ".foyer" / "mail").iterdir())
    assert (page.suffix, page.read_text()) == (".html", "<p>Blåbær.</p>\n")
    assert text.read_text().endswith("\n\nBlåbær.\n")
    assert {file.stat().st_mode & 0o777 for file in (page, text)} == {0o600}


async def test_a_password_is_not_sent_to_a_server_without_encryption(chosen):
    async with server() as (url, lines):
        chosen(smtp_url=url.replace("smtp://", "smtp://billett:hemmelig@"))
        with pytest.raises(Unavailable, match="no encryption"):
            await mail.send("kari@example.org", "Hei", "Hei.\n")

    assert [line for line in lines if b"AUTH" in line.upper() or b"RCPT" in line.upper()] == []


async def test_a_server_that_does_not_take_mail_is_tried_again_and_an_address_it_refuses_is_not(chosen):
    async with server(b"451 later\r\n") as (url, _):
        chosen(smtp_url=url)
        with pytest.raises(Unavailable):
            await mail.send("kari@example.org", "Hei", "Hei.\n")
    with pytest.raises(Unavailable):
        await mail.send("kari@example.org", "Hei", "Hei.\n")
    async with server(b"550 nobody here\r\n") as (url, _):
        chosen(smtp_url=url)
        with pytest.raises(Refusal, match="INVALID_VALUE"):
            await mail.send("kari@example.org", "Hei", "Hei.\n")


async def test_no_mail_is_sent_while_a_transaction_is_open():
    async with tenancy.platform():
        with pytest.raises(RuntimeError, match="while a transaction is open"):
            await mail.send("kari@example.org", "Hei", "Hei.\n")
