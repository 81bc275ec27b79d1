"""Bearer tokens: which are let in, without keeping them, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

HASHED = "sha256:"
SHORTEST = 20
"""Characters of a token in the clear; a random one of that length cannot be guessed."""

_HASH = re.compile(r"sha256:[0-9a-fA-F]{64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""RFC 6750, section 2.1."""


def given(token: str | tuple[str, ...]) -> list[str]:
    """The single tokens of a setting: a list, or a text with white space between them."""
    texts = (token,) if isinstance(token, str) else token
    return [single for text in texts for single in text.split()]


def problem(token: str) -> str | None:
    """Say why a token, or its hash, cannot be used, without repeating it; None if it can."""
    if token.startswith(HASHED):
        if _HASH.fullmatch(token) is None:
            return "token: sha256: is followed by 64 hexadecimal digits"
    elif len(token) < SHORTEST:
        return f"token: one in the clear has at least {SHORTEST} characters"
    elif _TOKEN.fullmatch(token) is None:
        return "token: it has only A-Z, a-z, 0-9 and - . _ ~ + / ="
    return None


class Tokens:
    """The tokens that are let in. Only their hashes are kept."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = [
            bytes.fromhex(token.removeprefix(HASHED))
            if token.startswith(HASHED)
            else hashlib.sha256(token.encode()).digest()
            for token in tokens
        ]

    def admit(self, authorization: str | None) -> bool:
        """Whether an Authorization header carries one of them. Takes as long for any wrong one."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return scheme.lower() == "bearer" and any(matches)
