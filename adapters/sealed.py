"""How DingTalk and WeCom encrypt and sign callbacks: one scheme, both sides of it. Pure.

Sources: DingTalk docs, HTTP callback (dingtalk.md, 6.3); WeCom docs, 加解密方案说明 (wecom.md 5.3).
AES-256-CBC with the first half of the key as IV; padding to 32 bytes; before the message 16 random
bytes and its length in four bytes, behind it whom it is meant for. The signature is the SHA-1 of
token, time stamp, nonce and cipher text, sorted and joined.

Because they are sorted and joined, a signature does not tell time stamp and nonce apart: whoever
saw one callback can send it again with another split of the two. So freshness keeps late repeats
away but is no proof, and keys of events never come from the query.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from adapters.receiving import Random, Refused, same
from domain.errors import ConfigError

KEY_LETTERS = 43
_KEY = re.compile(rf"[A-Za-z0-9+/]{{{KEY_LETTERS}}}", re.ASCII)
"""Of base64: consoles draw only letters and digits, who makes a key from 32 bytes gets all."""

BLOCK, RANDOM, LENGTH = 32, 16, 4
LONGEST_STAMP = 64
"""Characters of a time stamp or nonce that are looked at."""


class Opened(NamedTuple):
    """A message, and the id of whom it is meant for."""

    message: bytes
    owner: str


class Seal:
    """One subscription's token and key."""

    def __init__(self, token: str, aes_key: str, random: Random = secrets.token_bytes) -> None:
        """Raises ConfigError for a key that is none; the sentence does not show it."""
        self._token, self._random = token, random
        key = _key(aes_key)
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def sign(self, timestamp: str, nonce: str, sealed: str) -> str:
        """The signature, 40 hexadecimal digits."""
        joined = "".join(sorted((self._token, timestamp, nonce, sealed)))
        return hashlib.sha1(joined.encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 - theirs

    def check(self, signature: str, timestamp: str, nonce: str, sealed: str) -> None:
        """Raise Refused unless ``signature`` is right."""
        stamped = f"{timestamp}{nonce}"
        if not stamped.isascii() or len(stamped) > 2 * LONGEST_STAMP:
            raise Refused("signature")
        if not same(self.sign(timestamp, nonce, sealed), signature):
            raise Refused("signature")

    def seal(self, message: bytes, owner: str) -> str:
        """``message`` for ``owner``, in base64."""
        plain = b"".join(
            (self._random(RANDOM), len(message).to_bytes(LENGTH, "big"), message, owner.encode())
        )
        encryptor = self._cipher.encryptor()
        return b64encode(encryptor.update(padded(plain, BLOCK)) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> Opened:
        """What is in a cipher text whose signature was checked before. Raises Refused."""
        try:
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(b64decode(sealed)) + decryptor.finalize()
        except ValueError:
            raise Refused("sealed") from None
        body = unpadded(plain, BLOCK)
        start = RANDOM + LENGTH
        end = start + int.from_bytes(body[RANDOM:start], "big")
        if len(body) < start or end > len(body):
            raise Refused("sealed")
        return Opened(body[start:end], body[end:].decode("utf-8", "replace"))


def padded(plain: bytes, block: int) -> bytes:
    """PKCS #7: as many bytes as are missing to whole blocks, each of them that number."""
    missing = block - len(plain) % block
    return plain + bytes([missing]) * missing


def unpadded(plain: bytes, block: int) -> bytes:
    """What was padded. Raises Refused."""
    missing = plain[-1] if plain else 0
    if not 0 < missing <= block or not plain.endswith(bytes([missing]) * missing):
        raise Refused("sealed")
    return plain[:-missing]


def _key(aes_key: str) -> bytes:
    letters = aes_key.strip()
    if _KEY.fullmatch(letters):
        return b64decode(f"{letters}=")
    raise ConfigError(
        "The key that opens callbacks cannot be used",
        why=f"callback_aes_key has {len(letters)} characters, {KEY_LETTERS} letters and digits are"
        " needed",
        fix="Copy it again from the console where the callback address is entered.",
    )
