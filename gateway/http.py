"""GraphQL over HTTP: which requests are questions, and in which media type they are answered: JSON, or as a stream of events.

Follows the npm suite graphql-http 1.23.1: 400 for what cannot be run with the new media type, 200 with plain JSON.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from tenants.errors import FoyerError, Refusal

GRAPHQL_JSON, PLAIN_JSON, EVENT_STREAM = "application/graphql-response+json", "application/json", "text/event-stream"
MOST_BYTES, MOST_BYTES_OF_WRITERS = 256 * 1024, 1024 * 1024
BODY_SECONDS = 20.0  # for a client to send its body in


class Rejected(FoyerError):
    """The HTTP request itself is wrong; the status says how."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        self.status, self.message, self.headers = status, message, headers
        super().__init__(message)


class ClientGone(FoyerError):
    """Whoever asked has hung up."""


class Asked(Request):
    """A request that looks its headers up: starlette goes through all of them for each."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._found = _Headers(scope)

    @property
    def headers(self) -> Headers:
        """The same as starlette's."""
        return self._found


class _Headers(Headers):
    def __init__(self, scope: Scope) -> None:
        super().__init__(raw=scope["headers"])
        self._first = dict(reversed(scope["headers"]))

    def get(self, key: str, default: Any = None) -> Any:
        """The first of this name, which is in lower case."""
        value = self._first.get(key.encode("latin-1"))
        return default if value is None else value.decode("latin-1")


class Told(Response):
    """JSON in a media type."""

    def __init__(self, payload: dict[str, Any], status: int, media: str, headers: Mapping[str, str]) -> None:
        self.status_code, self.background, self.body = status, None, orjson.dumps(payload)
        length = (b"content-length", str(len(self.body)).encode())
        self.raw_headers = [length, *_raw(media, tuple(headers.items()))]


@lru_cache(maxsize=256)
def _raw(media: str, headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    its = Response(headers=dict(headers), media_type=f"{media}; charset=utf-8").raw_headers
    return [(name, value) for name, value in its if name != b"content-length"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks: a document, its variables, and which of its operations. The document may be named instead of sent, by
    its SHA-256 (`hash`) or by its `document_id`; `trusted` is set once it is known to be one that the venue has registered."""

    query: str
    variables: dict[str, Any] | None = None
    operation: str | None = None
    hash: str | None = None
    document_id: str | None = None
    trusted: bool = False


@lru_cache(maxsize=256)
def media_type(accept: str | None) -> str:
    """The media type to answer in: plain JSON unless the new one, or a stream, is preferred by name. Raises Rejected."""
    weights: dict[str, float] = {}
    for part in (accept or "*/*").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p for p in parameters if re.fullmatch(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", p)), "q=1")
        weights[kind] = max(weights.get(kind, 0.0), float(quality[2:]))
    anything = weights.get("application/*", weights.get("*/*", 0.0))
    modern, plain = weights.get(GRAPHQL_JSON, anything), weights.get(PLAIN_JSON, anything)
    if weights.get(EVENT_STREAM, 0.0) > max(modern, plain):
        return EVENT_STREAM
    if not modern and not plain:
        raise Rejected(406, f"Answers come as {GRAPHQL_JSON}, {PLAIN_JSON} or {EVENT_STREAM}.")
    return GRAPHQL_JSON if modern > plain or (modern == plain and GRAPHQL_JSON in weights) else PLAIN_JSON


async def body_of(receive: Receive, headers: Headers, most: int) -> bytes:
    """The body, counted as it comes in. Raises Rejected, ClientGone."""
    if not _is_json(headers.get("content-type", "")):
        raise Rejected(415, f"Send {PLAIN_JSON} in UTF-8.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Rejected(415, "Send the body uncompressed.")
    if int(headers.get("content-length", "0")[:12] or 0) > most:
        raise _too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                parts.append(message.get("body", b""))
                if (size := size + len(parts[-1])) > most:
                    raise _too_large(most)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Rejected(408, f"The body did not arrive within {BODY_SECONDS:g} s.") from None


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    kind, *parameters = (piece.strip() for piece in content_type.lower().split(";"))
    charset = next((p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    return kind == PLAIN_JSON and charset in ("utf-8", "utf8")


def _too_large(most: int) -> Rejected:
    return Rejected(413, f"The body is larger than {most // 1024} KiB, which are allowed.", connection="close")


def question_in(body: bytes) -> Question:
    """The question a body holds. Raises Rejected, BAD_USER_INPUT."""
    given = loaded(body, "The body")
    if isinstance(given, list):
        raise Rejected(400, "Send one operation per request: batches are not answered.")
    if not isinstance(given, dict):
        raise Rejected(400, "The body must be a JSON object with a `query`.")
    return _question(given, may_hold_nul=b"\\u0000" in body)


def question_in_url(parameters: Mapping[str, str]) -> Question:
    """The question a URL holds, its variables and extensions as JSON. Raises Rejected, BAD_USER_INPUT."""
    given: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = loaded(given[name].encode(), f"`{name}`")
    return _question(given, may_hold_nul=True)


def question_of(given: dict[str, Any]) -> Question:
    """The question a message of a WebSocket holds. Raises Rejected, BAD_USER_INPUT."""
    return _question(given, may_hold_nul=True)


def loaded(text: bytes, what: str) -> Any:
    """What JSON says; `what` it is, for the refusal. Raises Rejected."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Rejected(400, f"{what} is not JSON in UTF-8: {error.msg} (character {error.pos}).") from None


def _question(given: dict[str, Any], *, may_hold_nul: bool) -> Question:
    query, variables = given.get("query"), given.get("variables")
    for name, kind, called in (
        ("documentId", str, "a string"),
        ("variables", dict, "an object"),
        ("operationName", str, "a string"),
        ("extensions", dict, "an object"),
    ):
        if (value := given.get(name)) is not None and not isinstance(value, kind):
            raise Rejected(400, f"`{name}` must be {called}, null or left out.")
    digest, document_id = _hash_in(given.get("extensions") or {}), given.get("documentId")
    if query is None and (digest or document_id):
        query = ""
    if not isinstance(query, str):
        raise Rejected(400, "`query` must be a string.")
    if query and document_id is not None:
        raise Rejected(400, "Send `query` or `documentId`, not both.")
    if may_hold_nul and _holds_nul(variables):
        raise Refusal("BAD_USER_INPUT", "A text may not hold the character NUL.")
    return Question(query, variables, given.get("operationName"), digest, document_id)


def _hash_in(extensions: dict[str, Any]) -> str | None:
    """The hash of an automatic persisted query."""
    if (persisted := extensions.get("persistedQuery")) is None:
        return None
    if not isinstance(persisted, dict):
        raise Rejected(400, "`extensions.persistedQuery` must be an object.")
    if persisted.get("version") != 1:
        raise Refusal("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")  # the words that clients look for
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Rejected(400, "`sha256Hash` must be a SHA-256 in hexadecimal.")
    return digest


def _holds_nul(value: Any) -> bool:
    """PostgreSQL stores every character but NUL. Without recursion: values may be nested a thousand deep."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if "\0" in part:
                return True
        elif isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            waiting += part
    return False
