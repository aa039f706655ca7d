"""Signed tokens: they say something of ours and cannot be forged. What they say can be read by anybody. Those that are signed end
by themselves; those that are stamped hold as long as the secret they were stamped with is one of ours.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

import orjson

from tenants.errors import Refusal
from tenants.settings import settings

STAMP = 16  # bytes of a signature that make a stamp: 128 bits, so that an address stays short


def sign(purpose: str, *said: str, life: timedelta) -> str:
    """A token that says these things for so long, safe in a URL. Raises NOT_CONFIGURED."""
    if not (secrets := settings().signing):
        raise _not_configured()
    told = _text(orjson.dumps([int(time.time() + life.total_seconds()), *said]))
    return f"{told}.{_signature(secrets[0], purpose, told)}"


def opened(purpose: str, token: str) -> list[str] | None:
    """What a token says; None when it is not ours, is for another purpose, or has ended."""
    told, _, signature = token.partition(".")
    given = signature.encode()
    if not any(hmac.compare_digest(_signature(secret, purpose, told).encode(), given) for secret in settings().signing):
        return None
    ends, *said = orjson.loads(_bytes(told))
    return said if ends > time.time() else None


def stamp(purpose: str, said: bytes) -> str:
    """A token that says these bytes for good: the same each time, short, safe in a URL. Raises NOT_CONFIGURED."""
    if not (secrets := settings().signing):
        raise _not_configured()
    return _text(said + _mac(secrets[0], purpose, said)[:STAMP])


def stamped(purpose: str, token: str) -> bytes | None:
    """What a stamped token says; None when it is not ours or for another purpose."""
    try:
        told = _bytes(token)
    except ValueError:
        return None
    said, given = told[:-STAMP], told[-STAMP:]
    good = any(hmac.compare_digest(_mac(secret, purpose, said)[:STAMP], given) for secret in settings().signing)
    return said if good and _text(told) == token else None


def _signature(secret: str, purpose: str, told: str) -> str:
    return _text(_mac(secret, purpose, told.encode()))


def _mac(secret: str, purpose: str, said: bytes) -> bytes:
    """Each purpose signs with a key of its own, so that no token is good for two."""
    return hmac.digest(hmac.digest(secret.encode(), f"foyer {purpose}".encode(), sha256), said, sha256)


def _not_configured() -> Refusal:
    return Refusal("NOT_CONFIGURED", "Whoever runs this installation has to set FOYER_SIGNING_SECRETS.")


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
