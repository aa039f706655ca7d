"""The error tree. A Refusal is for the caller to read; everything else is masked by the gateway and logged."""

from collections.abc import Sequence


class FoyerError(Exception):
    """Anything Foyer raises on purpose."""


class SettingsError(FoyerError):
    """The environment is wrong; `sentences` holds one line per variable."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class NoScope(FoyerError):
    """A statement was about to run with no venue chosen. Always a bug of ours, and always loud."""


class Unavailable(FoyerError):
    """A server we depend on does not answer in time; the caller may try again."""


class Refusal(FoyerError):
    """A rule says no. `code` is stable and listed in CODES, the message is a sentence the user can act on,
    `field` the path of the input it is about, `retry_after` the seconds after which the same may be tried again."""

    def __init__(self, code: str, message: str, *, field: Sequence[str] = (), retry_after: int | None = None) -> None:
        if code not in CODES:
            raise KeyError(f"{code} is not in tenants.errors.CODES")
        self.code, self.message, self.field, self.retry_after = code, message, tuple(field), retry_after
        super().__init__(f"{code}: {message}")


class Throttled(Refusal):
    """Too many tries; `retry_after` seconds from now there is room for another."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__("THROTTLED", message, retry_after=retry_after)


CODES: dict[str, str] = {
    # Who is asking
    "UNAUTHENTICATED": "No credentials, or credentials that are unknown, expired or revoked.",
    "FORBIDDEN": "The caller is known but may not do this.",
    "VENUE_REQUIRED": "The caller belongs to several venues and must name one in the X-Venue header.",
    "WRONG_CREDENTIALS": "The e-mail address and password do not belong together.",
    "THROTTLED": "Too many tries, or over budget; wait as many seconds as `retryAfter` says.",
    # The request itself
    "BAD_REQUEST": "The HTTP request is not a GraphQL request.",
    "GRAPHQL_PARSE_FAILED": "The document is not GraphQL.",
    "GRAPHQL_VALIDATION_FAILED": "The document does not fit the schema.",
    "BAD_USER_INPUT": "A value is of the wrong form.",
    "QUERY_TOO_COMPLEX": "The document is over a limit; the message names the limit and its size.",
    "MIXED_SCOPES": "Fields that work across venues and fields of one venue cannot share a request.",
    "DOCUMENT_NOT_FOUND": "The venue has registered no document with this id.",
    "DOCUMENT_NOT_TRUSTED": "The venue's shop answers only documents that the venue has registered.",
    "PERSISTED_QUERY_NOT_FOUND": "No document is known by this hash; send it once together with its hash.",
    "PERSISTED_QUERY_NOT_SUPPORTED": "Documents cannot be asked for by their hash here; send them whole.",
    "IDEMPOTENCY_KEY_REFUSED": "An idempotency key does not go with this operation; the message says why.",
    "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used before, for something else.",
    "IDEMPOTENCY_KEY_IN_FLIGHT": "The first request with this idempotency key is still being done; wait as `retryAfter` says.",
    "INTERNAL_SERVER_ERROR": "Something broke on our side; quote the trace id.",
    "NOT_CONFIGURED": "This installation lacks a setting that this needs; the message says which.",
    "SERVICE_UNAVAILABLE": "A server behind us does not answer; try again.",
    # Rows
    "REQUIRED": "A value is missing.",
    "INVALID_VALUE": "A value is of the wrong form or out of range.",
    "TOO_LONG": "A text is longer than allowed.",
    "AMBIGUOUS_VALUE": "A number or date can be read in two ways; the mapping must say how the column is written.",
    "UNKNOWN_REFERENCE": "The row names something that does not exist in this venue.",
    "CHANGED_SINCE": "The object was changed after the version that the row names; nothing was overwritten.",
    "CONFLICTING_ROWS": "Two rows of one call or file say different things of the same object.",
    "WRONG_COLUMN_COUNT": "A line of the file has more or fewer cells than the heading.",
    "TOO_MANY_ROWS": "A call carries more rows than allowed.",
    "NOT_FOUND": "No such object in this venue.",
    "NOT_UNIQUE": "Another object of the venue already has this value.",
    "IN_USE": "The object is still used by others.",
    # Buying
    "OVERSOLD": "A sale of another system goes beyond a limit. It was made, so it is kept.",
    "NOT_ON_SALE": "The performance or product is announced, paused, cancelled, or still being set up.",
    "NOT_STARTED": "Its sale has not started for this customer.",
    "ENDED": "Its sale has ended, or the performance is over.",
    "SOLD_OUT": "There are fewer tickets left than were asked for.",
    "LIMIT_REACHED": "A customer, or one order, may have fewer than were asked for.",
    "NO_RIGHT": "The customer has no right to buy this, or not by the right that was named.",
    "BENEFIT_USED_UP": "There is less left of the benefit than was asked for.",
    "ALLOTMENT_USED_UP": "There is less left of what was set aside for the pool than was asked for.",
    "CAMPAIGN_USED_UP": "There is less left of the campaign, in all or for this customer, than was asked for.",
    "CAMPAIGN_ENDED": "The campaign has ended.",
    "RESERVATION_EXPIRED": "The order was not paid while it was held; what it held is free again.",
    # People
    "INVALID_TOKEN": "The one-time token or code is unknown, used or expired, or the code was tried too often.",
    "LAST_ADMIN": "The venue would be left without an admin who may do as much.",
    "NOT_HOME_VENUE": "Only the person's home venue may change this, or the person themselves.",
    # Imports and jobs
    "UNKNOWN_COLUMN": "The mapping names a column the file does not have.",
    "DUPLICATE_COLUMN": "The mapping names a heading that two columns of the file have.",
    "UNKNOWN_SHEET": "The mapping names a sheet the workbook does not have.",
    "UNREADABLE_FILE": "The file is no CSV file or Excel workbook that can be read; the message says why.",
    "UNKNOWN_FIELD": "A mapping, a row or a filter names a field that there is not.",
    "WRONG_CONTENT_TYPE": "The file is not of the type that was declared, or of one that is not taken here.",
    "WRONG_SIZE": "More or fewer bytes arrived than were declared.",
    "UNUSABLE_IMAGE": "The picture cannot be read, or is of a kind that is not taken.",
    "FILE_TOO_LARGE": "The file is larger than allowed.",
    "EXPIRED": "It was not used in time.",
    "WRONG_STATE": "The object is not in a state in which this can be done.",
}
