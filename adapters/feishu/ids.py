"""Our keys as Feishu's custom ids, and back. Pure.

A ``department_id`` may be chosen: a letter or digit and up to 63 of ``a-zA-Z0-9_-@.``, not
beginning with ``od-`` and neither 0 nor 1 (Feishu department id page). So may a ``user_id``: up to
64 characters without blanks (users/create). A key that cannot be such an id is spelled out
(``k@`` and ``@`` with two digits for each byte that is not permitted), so that it can be read back;
only one that gets too long is replaced by digits that follow from the uid.
"""

from __future__ import annotations

import hashlib
import re

SPELLED, HASHED = "k@", "u@"
LONGEST = 64

_DEPARTMENT = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_\-@.]{0,63}")
_USER = re.compile(r"[^\s/\\?#%,&\x00-\x1f]{1,64}")
_PLAIN = re.compile(r"[a-zA-Z0-9_\-.]")
_BYTE = re.compile(r"@([0-9a-f]{2})")
_BARRED = ("0", "1")


def department_id(key: str, uid: str) -> str:
    """The ``department_id`` of the department that is ``key`` in its source."""
    barred = key.startswith("od-") or key in _BARRED
    return key if _free(_DEPARTMENT, key) and not barred else _spelled(key, uid)


def user_id(key: str, uid: str) -> str:
    """The ``user_id`` of the person who is ``key`` in their source."""
    return key if _free(_USER, key) and key not in (".", "..") else _spelled(key, uid)


def key_of(remote: str) -> str | None:
    """The key behind an id; None where it does not tell."""
    if remote.startswith(HASHED):
        return None
    if not remote.startswith(SPELLED):
        return remote
    rest = remote.removeprefix(SPELLED)
    raw = _BYTE.sub(lambda found: chr(int(found[1], 16)), rest)
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError:  # somebody else's id that only looks like one of ours
        return remote


def _free(pattern: re.Pattern[str], key: str) -> bool:
    """Whether ``key`` can stand for itself; what looks spelled out would be read otherwise."""
    return pattern.fullmatch(key) is not None and not key.startswith((SPELLED, HASHED))


def _spelled(key: str, uid: str) -> str:
    letters = (
        chr(byte) if byte < 128 and _PLAIN.fullmatch(chr(byte)) else f"@{byte:02x}"
        for byte in key.encode()
    )
    spelled = SPELLED + "".join(letters)
    if len(spelled) <= LONGEST:
        return spelled
    return HASHED + hashlib.blake2b(uid.encode(), digest_size=20).hexdigest()
