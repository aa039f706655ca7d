"""Mails go out from jobs, one at a time: to the server that FOYER_SMTP_URL names, else into readable files in `.foyer/mail`."""

import asyncio
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tenants import tenancy
from tenants.errors import Refusal, Unavailable
from tenants.ids import new_id
from tenants.settings import settings

FOLDER = Path(".foyer/mail")
SECONDS = 15


async def send(to: str, subject: str, text: str, html: str = "", *, sender: str = "", answers_to: str | None = None) -> None:
    """Hand one mail over, such as a Letter: `send(to, *letter)`, perhaps in a venue's name, with its address for answers. Outside
    any scope: a server may be slow. Raises Unavailable, INVALID_VALUE for an address that the server does not take."""
    if tenancy.is_open():
        raise RuntimeError("A mail must not be sent while a transaction is open.")
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = _from(sender), to, subject
    if answers_to:
        message["Reply-To"] = answers_to
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2].rstrip(">"))
    message["Auto-Submitted"] = "auto-generated"  # nobody's holiday notice is to answer it
    message.set_content(text, cte="quoted-printable")
    if html:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    await asyncio.to_thread(_over_smtp if settings().smtp_url else _into_folder, message)


def _from(sender: str) -> str | Address:
    """The address that mails are sent from, under its own name or the sender's."""
    ours = settings().mail_from
    name = " ".join(sender.split())
    return Address(display_name=name, addr_spec=parseaddr(ours)[1]) if name else ours


def _into_folder(message: EmailMessage) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{new_id()}.txt"  # in the order they were sent
    heading = "".join(f"{name}: {value}\n" for name, value in message.items() if name in ("From", "To", "Subject", "Date"))
    text, html = message.get_body(["plain"]), message.get_body(["html"])
    assert text
    _keep(file, f"{heading}\n{text.get_content()}")
    if html:
        _keep(file.with_suffix(".html"), html.get_content())


def _keep(file: Path, text: str) -> None:
    file.touch(0o600)
    file.write_text(text, encoding="utf-8")


def _over_smtp(message: EmailMessage) -> None:
    where = urlsplit(settings().smtp_url or "")
    try:
        with _server(where.scheme, where.hostname or "", where.port) as server:
            if where.username:
                if not isinstance(server.sock, ssl.SSLSocket):
                    raise Unavailable("The mail server offers no encryption, and its password is not sent without.")
                server.login(unquote(where.username), unquote(where.password or ""))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):
            raise Refusal("INVALID_VALUE", "The mail server does not take this address.", field=["email"]) from None
        raise Unavailable("The mail server does not take mail now.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"The mail server does not take mail now ({type(error).__name__}).") from None


def _server(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or 587, timeout=SECONDS)
    server.ehlo_or_helo_if_needed()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    return server
