"""Names of users, groups and roles from the ids of our source. Pure.

A user's name must match ``^[a-zA-Z0-9]+([-._][a-zA-Z0-9]+)*$`` and have at most 255 characters
(Casdoor source at e6b2338f, util/validation.go, object/check.go). A group's name may hold anything
but a slash (object/group.go, checkGroupName); ids are ``organization/name``, so that holds for
roles too.
"""

from __future__ import annotations

import hashlib
import re

LONGEST_USER, LONGEST_GROUP = 255, 100

_PART = re.compile(r"[a-zA-Z0-9]+(?:[-._][a-zA-Z0-9]+)*")
_KEPT = 200
"""Characters of a long name that are kept, so that a number and a digest find room."""


def user_name(text: str) -> str:
    """``text`` if it can be a user's name, or else one made of it, always the same.

    What does not fit is replaced by ``-``, and ten letters that stand for the whole text are
    added, so that two texts do not become one: ``li@x.cn`` becomes ``li-x.cn-`` and the letters.
    """
    if len(text) <= _KEPT and _PART.fullmatch(text):
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
    plain = "-".join(_PART.findall(text))[:_KEPT].rstrip("-._")
    return f"{plain}-{digest}" if plain else f"u{digest}"


def record_name(prefix: str, key: str) -> str:
    """The name of the group or role with our id ``key``; ``%`` and ``/`` are written as %25, %2F.

    :func:`record_key` finds the id again.
    """
    return prefix + key.replace("%", "%25").replace("/", "%2F")


def record_key(prefix: str, name: str) -> str | None:
    """Our id in the name of a group or role; None where the prefix is another."""
    if not name.startswith(prefix):
        return None
    return name.removeprefix(prefix).replace("%2F", "/").replace("%25", "%") or None
