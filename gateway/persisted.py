"""Documents that are not sent whole: by their hash, which Valkey remembers (automatic persisted queries), or by the id under
which the venue has registered them (trusted documents). Either way a document comes out that is then held to the contract like
any other.
"""

import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from gateway.http import Question
from gateway.valkey import Silent, Valkey
from tenants import documents, tenancy
from tenants.errors import Refusal
from tenants.permissions import Caller

DAYS = 7  # that a document is remembered after it was last asked for
MOST = 2000  # in Valkey, of one contract; the oldest go
LONGEST = documents.LONGEST
MOST_LOCAL = 500
SHARED = {"Cache-Control": "public, max-age=60", "Vary": "Accept, Authorization, Origin, X-Venue"}
FRESH = 10.0  # seconds until a trusted document is looked up again: it may have been removed

_KEEP = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[2], clock[1] * 1000000 + clock[2], KEYS[1])
local over = redis.call('ZCARD', KEYS[2]) - ARGV[3]
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  for i = 1, #gone, 2 do redis.call('DEL', gone[i]) end
end
"""


def shared(method: str, question: Question, fields: Collection[str], caller: Caller, payload: dict[str, Any]) -> dict[str, str]:
    """The headers of an answer that caches may keep, none for any other. It is the same for everybody with this key: what the
    shop shows. What one caller has left is no other's business, so its cost is left out."""
    for_everybody = caller.kind == "STOREFRONT" and "rateLimit" not in fields
    if method != "GET" or question.document_id is None or not for_everybody or "errors" in payload:
        return {}
    payload.pop("extensions", None)
    return SHARED


class Persisted:
    """The documents of one contract (GRAPHQL or STOREFRONT)."""

    def __init__(self, contract: str, valkey: Valkey) -> None:
        self.contract, self._valkey = contract, valkey
        self._script = valkey.client.register_script(_KEEP)
        self._known: OrderedDict[str, str] = OrderedDict()
        self._trusted: OrderedDict[tuple[object, str], tuple[str, float]] = OrderedDict()

    async def whole(self, question: Question, caller: Caller) -> Question:
        """The question with its document. Raises DOCUMENT_NOT_FOUND, PERSISTED_QUERY_NOT_FOUND and _NOT_SUPPORTED, and
        BAD_REQUEST when a document is not the one its hash says."""
        if question.document_id is not None:
            text = await self._registered(question.document_id, caller)
            if text is None:
                raise Refusal("DOCUMENT_NOT_FOUND", "The venue has registered no document with this id for this contract.")
            return replace(question, query=text, trusted=True)
        if question.query and question.hash and documents.hash_of(question.query) != question.hash:
            raise Refusal("BAD_REQUEST", "The sha256Hash is not the SHA-256 of the query.")
        if caller.trusted_only:
            return await self._trusted_whole(question, caller)
        if question.query or question.hash is None:
            return question
        return replace(question, query=await self._remembered(question.hash, caller))

    async def _trusted_whole(self, question: Question, caller: Caller) -> Question:
        """Documents sent whole, or by their hash, pass when they are registered ones."""
        text = await self._registered(f"sha256:{question.hash or documents.hash_of(question.query)}", caller)
        if text is None and not question.query:
            raise Refusal("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        return question if text is None else replace(question, query=text, trusted=True)

    async def _remembered(self, digest: str, caller: Caller) -> str:
        if (text := self._known.get(digest)) is not None:
            self._known.move_to_end(digest)
            return text
        text = await self._in_valkey(digest) or await self._registered(f"sha256:{digest}", caller)
        if text is None:
            raise Refusal("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")  # the words that clients look for
        self._remember(digest, text)
        return text

    async def _in_valkey(self, digest: str) -> str | None:
        try:
            found = await self._valkey.ask(lambda client: client.getex(self._key(digest), ex=DAYS * 86_400))
        except Silent:
            return None
        text = found.decode(errors="replace") if found else None
        return text if text and documents.hash_of(text) == digest else None

    async def keep(self, question: Question) -> None:
        """Remember a document that came with its hash. Call it once the document has passed validation."""
        if question.hash is None or question.trusted or question.hash in self._known or len(question.query) > LONGEST:
            return
        self._remember(question.hash, question.query)
        keys, figures = [self._key(question.hash), f"documents:{self.contract}"], [question.query, DAYS * 86_400, MOST]
        try:
            await self._valkey.ask(lambda client: self._script(keys=keys, args=figures, client=client))
        except Silent:
            return

    def _key(self, digest: str) -> str:
        return f"document:{self.contract}:{digest}"

    def _remember(self, digest: str, text: str) -> None:
        self._known[digest] = text
        if len(self._known) > MOST_LOCAL:
            self._known.popitem(last=False)

    async def _registered(self, document_id: str, caller: Caller) -> str | None:
        """The trusted document of the caller's venue; None for strangers, and where there is none."""
        if caller.at is None:
            return None
        place = (caller.at.venue, document_id)
        text, until = self._trusted.get(place, (None, 0.0))
        if text is None or until < time.monotonic():
            self._trusted.pop(place, None)
            async with tenancy.scope(caller.at.venue, readonly=True):
                text = await documents.find(self.contract, document_id)
            if text is not None:
                self._trusted[place] = (text, time.monotonic() + FRESH)
                if len(self._trusted) > MOST_LOCAL:
                    self._trusted.popitem(last=False)
        return text
