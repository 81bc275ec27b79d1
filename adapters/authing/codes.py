"""Codes of roles from the ids of our source, and back. Pure.

A code has at most 64 characters (authing-node-sdk, test/roles/createRole, which also shows that
blanks, ``!`` and Chinese characters are refused). What else is permitted is not published, so ours
have letters, digits and ``-`` only; every other byte is spelled ``_`` and two digits.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 64
HASHED = "__"
"""Before the digest that stands for an id whose code would be too long."""

_OTHER = re.compile(rb"[^A-Za-z0-9-]")
_SPELLED = re.compile(r"_([0-9a-f]{2})")


def role_code(key: str) -> str:
    """The code of the role with our id ``key``; :func:`role_key` finds the id again."""
    code = _OTHER.sub(lambda found: b"_%02x" % found[0][0], key.encode()).decode()
    if len(code) <= LONGEST:
        return code
    return HASHED + hashlib.blake2b(key.encode(), digest_size=20).hexdigest()


def role_key(code: str) -> str | None:
    """Our id in the code of a role; None where it does not tell."""
    if code.startswith(HASHED):
        return None
    raw = _SPELLED.sub(lambda found: chr(int(found[1], 16)), code)
    try:
        return raw.encode("latin-1").decode() or None
    except UnicodeError:  # somebody else's code that only looks like one of ours
        return code
