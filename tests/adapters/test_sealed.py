"""The scheme of DingTalk and WeCom: the vendors' own examples, and nothing else gets through."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.receiving import Refused
from adapters.sealed import Seal
from domain.errors import ConfigError
from tests.adapters.callback_desk import FUZZ

KEY = "1234567890123456789012345678901234567890123"
TOKEN = "orgledgertoken"

VECTORS = [
    pytest.param(
        ("123456", KEY, "1614767836", "A7Co0cJLMzIDtMMI"),
        "9a95a004dd16f5c307e849b994173f76aa26e5eb",
        "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==",
        (b"success", "dingsnotzck6pm5veliw"),
        id="dingtalk-answer",
    ),
    pytest.param(
        ("mryue", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", "1608001896814", "WL4PK6yA"),
        "03044561471240d4a14bb09372dfcfd4fd0e40cb",
        "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDC"
        "YxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3",
        (b'{"EventType":"check_url"}', "ding6ccabc44d2c8d38b"),
        id="dingtalk-check",
    ),
    pytest.param(
        ("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "1409659589", "263014780"),
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
        (b"1616140317555161061", "wx5823bf96d3bd56c7"),
        id="wecom-echostr",
    ),
]


@pytest.mark.parametrize(("given_", "signature", "sealed", "opened"), VECTORS)
def test_the_vendors_examples_are_signed_and_opened_as_they_say(
    given_: tuple[str, str, str, str], signature: str, sealed: str, opened: tuple[bytes, str]
) -> None:
    """Token, key, time stamp and nonce of DingTalk's and WeCom's sample code."""
    token, key, stamp, nonce = given_
    seal = Seal(token, key)
    assert seal.sign(stamp, nonce, sealed) == signature
    seal.check(signature, stamp, nonce, sealed)
    assert seal.open(sealed) == opened


@FUZZ
@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_is_sealed_can_be_opened(message: bytes, owner: str) -> None:
    """Every length and every byte."""
    seal = Seal(TOKEN, KEY)
    assert seal.open(seal.seal(message, owner)) == (message, owner)


@FUZZ
@given(st.binary(max_size=200) | st.binary(min_size=64, max_size=64))
def test_what_nobody_sealed_is_refused_or_opened_but_never_raises(data: bytes) -> None:
    """Whoever knows the token may sign anything."""
    for sealed in (b64encode(data).decode(), data.decode("latin-1")):
        with suppress(Refused):
            Seal(TOKEN, KEY).open(sealed)


@pytest.mark.parametrize("padding", [b"\x00", b"\x21" * 33, b"\x02\x03\x03\x05", b""])
def test_wrong_padding_is_refused(padding: bytes) -> None:
    """Zero, more than a block, and bytes that differ."""
    seal = Seal(TOKEN, KEY)
    plain = bytes(16) + (4).to_bytes(4, "big") + b"text" + b"own"
    plain += bytes(-(len(plain) + len(padding)) % 16) + padding
    encryptor = seal._cipher.encryptor()
    sealed = b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(Refused, match="sealed"):
        seal.open(sealed)


def test_a_length_beyond_the_end_is_refused() -> None:
    """The four bytes before the message are not believed."""
    seal = Seal(TOKEN, KEY)
    plain = bytes(16) + (2**32 - 1).to_bytes(4, "big") + b"text" + b"\x08" * 8
    encryptor = seal._cipher.encryptor()
    sealed = b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(Refused, match="sealed"):
        seal.open(sealed)


@pytest.mark.parametrize("key", ["", "short", KEY + "4", KEY[:-1] + "=", KEY[:-1] + "é"])
def test_a_key_that_is_none_is_named_but_not_shown(key: str) -> None:
    """The sentence says what is wrong with it and where to copy it from."""
    with pytest.raises(ConfigError) as error:
        Seal(TOKEN, key)
    assert "43 letters and digits" in str(error.value)
    assert not key or key not in str(error.value)


def test_a_key_of_any_base64_letters_is_one() -> None:
    """Who draws 32 bytes gets plus and slash, too; with and without the last two bits."""
    for key in ("+/" * 21 + "+", "+/" * 21 + "8"):
        sealed = Seal(TOKEN, key).seal(b"message", "owner")
        assert Seal(TOKEN, key).open(sealed) == (b"message", "owner")


@pytest.mark.parametrize("odd", ["\ud800", "é", "1" * 200])
def test_odd_letters_are_refused_even_if_they_are_rightly_signed(odd: str) -> None:
    """They could not be stored and read back as they were."""
    seal = Seal(TOKEN, KEY)
    for stamp, nonce in ((odd, "1"), ("1", odd)):
        with pytest.raises(Refused, match="signature"):
            seal.check(seal.sign(stamp, nonce, "sealed"), stamp, nonce, "sealed")
    with pytest.raises(Refused, match="signature"):
        seal.check(odd, "1", "2", "sealed")


def test_another_token_and_another_key_do_not_fit() -> None:
    """One wrong letter in either."""
    seal, other = Seal(TOKEN, KEY), Seal(TOKEN.upper(), "9" + KEY[1:])
    sealed = seal.seal(b"message", "owner")
    with pytest.raises(Refused, match="signature"):
        other.check(seal.sign("1", "2", sealed), "1", "2", sealed)
    with pytest.raises(Refused, match="sealed"):
        other.open(sealed)
