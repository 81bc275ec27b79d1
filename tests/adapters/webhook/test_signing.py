"""Signatures that the specification's own library accepts, and secrets that are worth the name."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from adapters.webhook.settings import WebhookSettings
from adapters.webhook.signing import SecretError, headers, key_of, message_id
from domain.errors import ConfigError
from tests.adapters.webhook.receiver import SECRET

URL = "https://oa.example.com/hooks"


def test_the_reference_vector() -> None:
    """Secret, id, time and body of the reference implementations' tests give their signature."""
    signed = dict(
        headers(
            [key_of(SECRET)],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.text(max_size=60), st.integers(0, 2**33))
def test_any_body_is_signed_as_the_library_signs_it(key: bytes, text: str, at: int) -> None:
    """Every length of secret, every letter, every time."""
    secret = f"whsec_{b64encode(key).decode()}"
    ours = dict(headers([key_of(secret)], "m", at, text.encode()))["webhook-signature"]
    then = datetime.fromtimestamp(at, UTC)
    assert ours == Webhook(secret).sign("m", then, text)


def test_two_secrets_give_two_signatures() -> None:
    """While a secret is changed the receiver may know either."""
    old, new = (f"whsec_{b64encode(bytes([n]) * 24).decode()}" for n in (1, 2))
    both = dict(headers([key_of(new), key_of(old)], "m", 1, b"x"))["webhook-signature"].split(" ")
    then = datetime.fromtimestamp(1, UTC)
    assert both == [Webhook(secret).sign("m", then, "x") for secret in (new, old)]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_abcd", "not base64!", "whsec_" + "A" * 200]
)
def test_secrets_that_are_none(secret: str) -> None:
    """Too short, too long or not base64; the sentence does not show it."""
    with pytest.raises(SecretError) as caught:
        key_of(secret)
    assert not secret or secret not in str(caught.value)


def test_an_id_has_no_full_stop() -> None:
    """Full stops separate what is signed; other tokens become a hash, the same each time."""
    assert message_id("a1b2-c3") == "a1b2-c3"
    assert message_id("a.b") == message_id("a.b") != message_id("a.c")
    assert "." not in message_id("a.b") and message_id("人").isascii()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"url": "ftp://x"}, "url must be an http or https address"),
        ({"url": "https://"}, "url must be an http or https address"),
        ({"url": "http://["}, "url must be an http or https address"),
        ({"secret": "short"}, "secret"),
        ({"old_secret": "short"}, "old_secret"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"rate": 0}, "rate must be more than 0"),
        ({"concurrency": 65}, "concurrency must be 1 to 64"),
    ],
)
def test_settings_that_cannot_be_used(given: dict[str, object], problem: str) -> None:
    """Every problem is named, and how to make a secret."""
    with pytest.raises(ConfigError, match=problem) as caught:
        WebhookSettings(**{"url": URL, "secret": SECRET, **given})  # type: ignore[arg-type]
    assert "openssl rand" in caught.value.fix


def test_settings_never_show_their_secrets() -> None:
    """Neither the secret nor what stands in the address."""
    shown = repr(WebhookSettings(url="https://me:pw@oa.example.com/h?key=hidden", secret=SECRET))
    assert shown == "WebhookSettings(host='oa.example.com')"
