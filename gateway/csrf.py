"""Whose page has the browser ask? A cookie goes along whatever page sends the request, and CORS does not hold a WebSocket back:
what acts on a cookie, and every WebSocket of ours, asks here first.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from tenants.errors import Refusal
from tenants.settings import settings


def check(connection: HTTPConnection, *, by_cookie: bool = True) -> None:
    """Raise FORBIDDEN unless our own page asks, or, with `by_cookie` False, a program: one that brings its credentials itself.

    A WebSocket's handshake is held to its Origin. Anything else to Sec-Fetch-Site, which no page can forge, and to its
    Origin where a browser does not say that yet.
    """
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None and connection.scope["type"] == "http":
        good = site in ("same-origin", "none")
    elif origin is not None:
        good = is_ours(origin, connection)
    else:
        good = not by_cookie
    if not good:
        raise Refusal("FORBIDDEN", "Only pages of this address may ask like this; a program sends a token or a key.")


def is_ours(origin: str, connection: HTTPConnection) -> bool:
    """Whether a page of this origin is one of ours: of the public URL, or where none is set, of the host that was asked."""
    if public := settings().public_url:
        return origin == urlsplit(public)._replace(path="", query="", fragment="").geturl()
    return urlsplit(origin).netloc == connection.headers.get("host")
