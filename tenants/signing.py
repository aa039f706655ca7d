"""Signed tokens: they say something of ours, cannot be forged, and end by themselves. What they say can be read by anybody."""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

import orjson

from tenants.errors import Refusal
from tenants.settings import settings


def sign(purpose: str, *said: str, life: timedelta) -> str:
    """A token that says these things for so long, safe in a URL. Raises NOT_CONFIGURED."""
    secrets = settings().signing
    if not secrets:
        raise Refusal("NOT_CONFIGURED", "Whoever runs this installation has to set FOYER_SIGNING_SECRETS.")
    told = _text(orjson.dumps([int(time.time() + life.total_seconds()), *said]))
    return f"{told}.{_signature(secrets[0], purpose, told)}"


def opened(purpose: str, token: str) -> list[str] | None:
    """What a token says; None when it is not ours, is for another purpose, or has ended."""
    told, _, signature = token.partition(".")
    given = signature.encode()
    if not any(hmac.compare_digest(_signature(secret, purpose, told).encode(), given) for secret in settings().signing):
        return None
    ends, *said = orjson.loads(urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    return said if ends > time.time() else None


def _signature(secret: str, purpose: str, told: str) -> str:
    """Each purpose signs with a key of its own, so that no token is good for two."""
    key = hmac.digest(secret.encode(), f"foyer {purpose}".encode(), sha256)
    return _text(hmac.digest(key, told.encode(), sha256))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
