"""Signatures as in Standard Webhooks 1.0.0 (standardwebhooks.com, section Signature scheme). Pure.

HMAC-SHA256 over ``<id>.<timestamp>.<body>`` with the decoded secret; the header has one
``v1,<base64>`` per secret, with spaces between.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret (192 to 512 bits)."""

_PLAIN_ID = re.compile(r"[A-Za-z0-9_:-]{1,200}")


class SecretError(ValueError):
    """Why a secret cannot be used; the text does not show it."""


def key_of(secret: str) -> bytes:
    """The key in a secret, with or without its prefix. Raises SecretError."""
    text = secret.removeprefix(PREFIX)
    try:
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Error, ValueError):
        raise SecretError(f"must be {PREFIX} and base64") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise SecretError(f"stands for {len(key)} bytes, {SHORTEST} to {LONGEST} are allowed")
    return key


def message_id(token: str) -> str:
    """``token`` as a ``webhook-id``: without full stops, which separate what is signed."""
    if _PLAIN_ID.fullmatch(token):
        return token
    return hashlib.blake2b(token.encode(), digest_size=16).hexdigest()


def headers(
    keys: Sequence[bytes], ident: str, timestamp: int, body: bytes
) -> tuple[tuple[str, str], ...]:
    """The three headers of one attempt; ``timestamp`` in seconds since 1970."""
    signed = b"%s.%d.%s" % (ident.encode(), timestamp, body)
    signatures = " ".join(f"v1,{b64encode(_digest(key, signed)).decode()}" for key in keys)
    return (
        ("webhook-id", ident),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signatures),
    )


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, hashlib.sha256)
