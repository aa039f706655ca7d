"""Signed tokens: only what was signed is read, only for its purpose, only in its time, under any secret that is still good."""

import re
import string
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tenants import signing
from tenants.errors import Refusal, SettingsError
from tenants.settings import settings

HOUR = timedelta(hours=1)
OLD, NEW = "o" * 32, "n" * 32


def with_secrets(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    chosen = settings().model_copy(update={"signing_secrets": text})
    monkeypatch.setattr(signing, "settings", lambda: chosen)


def test_what_was_signed_is_read_for_its_purpose_and_in_its_time():
    token = signing.sign("download", "Ærlig", "talt", life=HOUR)

    assert signing.opened("download", token) == ["Ærlig", "talt"]
    assert signing.opened("campaign", token) is None
    assert signing.opened("download", signing.sign("download", "x", life=timedelta(seconds=-1))) is None


def test_no_other_text_is_read():
    token = signing.sign("download", "a", life=HOUR)
    told, _, signature = token.partition(".")
    longer = urlsafe_b64encode(orjson.dumps([9_999_999_999, "a"])).decode().rstrip("=")

    changed = [f"{token[:at]}{'A' if token[at] != 'A' else 'B'}{token[at + 1 :]}" for at in range(len(token))]
    others = ["", ".", told, f"{told}.", f".{signature}", f"{longer}.{signature}", f"{told}.{signature}=", f"{token}.x", "é.ü"]
    assert [text for text in changed + others if signing.opened("download", text) is not None] == []


def test_secrets_are_changed_without_breaking_links(monkeypatch):
    with_secrets(monkeypatch, OLD)
    before = signing.sign("download", "x", life=HOUR)
    with_secrets(monkeypatch, f"{NEW},{OLD}")
    between = signing.sign("download", "x", life=HOUR)
    assert signing.opened("download", before) == signing.opened("download", between) == ["x"]

    with_secrets(monkeypatch, NEW)
    assert (signing.opened("download", before), signing.opened("download", between)) == (None, ["x"])


def test_without_a_secret_nothing_is_signed_and_nothing_read(monkeypatch):
    token = signing.sign("download", "x", life=HOUR)
    with_secrets(monkeypatch, None)

    assert signing.opened("download", token) is None
    with pytest.raises(Refusal, match="NOT_CONFIGURED: Whoever runs this installation has to set FOYER_SIGNING_SECRETS"):
        signing.sign("download", "x", life=HOUR)


@pytest.mark.parametrize("text", ["short", f"{NEW},short", f"{NEW}, {OLD}", f"{NEW},", ",".join([NEW] * 4)])
def test_a_secret_that_is_too_short_is_refused_at_the_start(monkeypatch, text: Any):
    monkeypatch.setenv("FOYER_SIGNING_SECRETS", text)
    with pytest.raises(SettingsError, match="FOYER_SIGNING_SECRETS is not usable") as refused:
        settings.__wrapped__()
    assert text not in str(refused.value)


def test_a_stamp_is_the_same_each_time_and_good_for_its_purpose_alone():
    token = signing.stamp("campaign link", bytes(range(32)))

    assert token == signing.stamp("campaign link", bytes(range(32)))
    assert re.fullmatch(r"[\w-]{64}", token)
    assert signing.stamped("campaign link", token) == bytes(range(32))
    assert signing.stamped("personal link", token) is None
    assert signing.opened("campaign link", token) is None
    assert signing.stamped("download", signing.sign("download", "a", life=HOUR)) is None


def test_no_other_text_is_a_stamp():
    token, other = signing.stamp("campaign link", b"a" * 32), signing.stamp("campaign link", b"b" * 32)

    letters = string.ascii_letters + string.digits + "-_"
    changed = [token[:at] + each + token[at + 1 :] for at in range(len(token)) for each in letters if each != token[at]]
    others = ["", ".", "é", "ü" * 64, token[:-1], f"{token}=", f"{token}A", f" {token}", f"{token}\n", token[:43] + other[43:]]
    assert [text for text in changed + others if signing.stamped("campaign link", text) is not None] == []


def test_stamps_hold_as_long_as_their_secret_is_one_of_ours(monkeypatch):
    with_secrets(monkeypatch, OLD)
    before = signing.stamp("campaign link", b"x")
    with_secrets(monkeypatch, f"{NEW},{OLD}")
    assert (
        signing.stamped("campaign link", before) == signing.stamped("campaign link", signing.stamp("campaign link", b"x")) == b"x"
    )

    with_secrets(monkeypatch, NEW)
    assert signing.stamped("campaign link", before) is None
    with_secrets(monkeypatch, None)
    with pytest.raises(Refusal, match="NOT_CONFIGURED"):
        signing.stamp("campaign link", b"x")
