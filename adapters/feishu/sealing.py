"""How Feishu encrypts and signs events: both sides of it. Pure.

Source: Feishu docs, 接收事件 (feishu.md, 10.2). AES-256-CBC with the SHA-256 of the Encrypt Key;
the IV stands before the cipher text. The signature is the SHA-256 of time stamp, nonce, Encrypt Key
and the raw body, joined.

Joined without separators, a signature does not tell where the time stamp ends, and a plain SHA-256
can be continued behind the body. Neither makes another event: what is behind the JSON text is
refused, and keys of events never come from the headers.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from adapters.receiving import Random, Refused, same
from adapters.sealed import padded, unpadded

STAMP, NONCE, SIGNATURE = (
    "x-lark-request-timestamp",
    "x-lark-request-nonce",
    "x-lark-signature",
)
BLOCK = 16


class EncryptKey:
    """One app's Encrypt Key."""

    def __init__(self, encrypt_key: str, random: Random = secrets.token_bytes) -> None:
        self._text, self._random = encrypt_key.encode(), random
        self._algorithm = algorithms.AES(sha256(self._text).digest())

    def sign(self, stamp: str, nonce: str, body: bytes) -> str:
        """The signature, 64 hexadecimal digits."""
        stamped = f"{stamp}{nonce}".encode("utf-8", "surrogatepass")
        return sha256(stamped + self._text + body).hexdigest()

    def signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Whether the headers have the right signature."""
        stamp, nonce = headers.get(STAMP, ""), headers.get(NONCE, "")
        signature = headers.get(SIGNATURE, "")
        # As ASCII, because that is how a stored header is read back as it was.
        if not f"{stamp}{nonce}{signature}".isascii():
            return False
        return same(self.sign(stamp, nonce, body), signature)

    def seal(self, message: bytes) -> str:
        """``message`` in base64."""
        iv = self._random(BLOCK)
        encryptor = Cipher(self._algorithm, modes.CBC(iv)).encryptor()
        sealed = encryptor.update(padded(message, BLOCK)) + encryptor.finalize()
        return b64encode(iv + sealed).decode()

    def open(self, sealed: str) -> bytes:
        """What is in a cipher text. Raises Refused."""
        try:
            raw = b64decode(sealed)
            decryptor = Cipher(self._algorithm, modes.CBC(raw[:BLOCK])).decryptor()
            plain = decryptor.update(raw[BLOCK:]) + decryptor.finalize()
        except ValueError:
            raise Refused("sealed") from None
        return unpadded(plain, BLOCK)
