"""Passwords: hashed slowly, in threads of their own, and never so weak that the hash does not matter."""

import asyncio
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tenants.errors import Refusal

SHORTEST, LONGEST = 8, 128
# The first guesses of everybody who guesses, of at least SHORTEST characters.
COMMON = frozenset(
    """
    password password1 password12 password123 passw0rd 12345678 123456789 1234567890 123123123 11111111 00000000 87654321
    qwertyui qwertyuiop qwerty123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx asdfghjkl iloveyou sunshine princess football baseball
    superman trustno1 letmein1 welcome1 abcd1234 abc12345 changeme starwars whatever computer internet michelle jennifer
    """.split()
)

# OWASP's smallest recommended figures: 19 MiB, two passes, one lane; about 20 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def _politely() -> None:
    """Hashing waits for everybody else who wants the processor. Only Linux knows threads of different standing."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


# Few and patient, so that many sign-ins cannot take the processor from everybody else.
_THREADS = ThreadPoolExecutor(2, "argon2", _politely)

T = TypeVar("T")


async def hashed(password: str) -> str:
    """What is stored of a new password. Raises INVALID_VALUE when it is too easily guessed, TOO_LONG."""
    if len(password) < SHORTEST or password.casefold() in COMMON:
        raise Refusal(
            "INVALID_VALUE", f"Choose a password of {SHORTEST} characters or more that is not a common one.", field=["password"]
        )
    if len(password) > LONGEST:
        raise Refusal("TOO_LONG", f"A password has at most {LONGEST} characters.", field=["password"])
    return await _in_thread(_HASHER.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password. With nothing stored it is not, and saying so takes as long."""
    return await _in_thread(_verified, stored or _NOBODY, password) and stored is not None


async def refreshed(password: str, stored: str) -> str | None:
    """The hash to store from now on, when today's figures are higher than those it was made with."""
    return await _in_thread(_HASHER.hash, password) if _HASHER.check_needs_rehash(stored) else None


async def _in_thread(work: Callable[..., T], *arguments: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *arguments)


def _verified(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
