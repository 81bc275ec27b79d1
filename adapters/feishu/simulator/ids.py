"""Ids: given out deterministically, never to somebody else, and which ones may be chosen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container

DEPARTMENT_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_\-@.]{0,63}")
"""Custom department ids (Feishu contact v3, departments/create)."""

USER_ID = re.compile(r"\S{1,64}")
RESERVED = ("0", "1")


def department_id_fits(given: str) -> bool:
    """Say whether a department can have this custom id."""
    fits = DEPARTMENT_ID.fullmatch(given) is not None
    return fits and not given.startswith("od-") and given not in RESERVED


class IdBook:
    """Remembers which provider id stands for which id of the roster (the *own* id)."""

    def __init__(self, kind: str) -> None:
        self._kind, self._count = kind, 0
        self._id_of: dict[str, str] = {}
        self._own_of: dict[str, str] = {}

    def known(self, own: str) -> str | None:
        """The provider's id for ``own``, if it was given one."""
        return self._id_of.get(own)

    def own(self, provided: str) -> str:
        """The roster's id behind a provider id; the same where there is none."""
        return self._own_of.get(provided, provided)

    def bind(self, own: str, provided: str) -> None:
        """Let ``own`` stand for ``provided`` from now on."""
        self._id_of[own], self._own_of[provided] = provided, own

    def derive(self, own: str) -> str:
        """A provider id for an own id that cannot be one itself, the same every time."""
        found = self._id_of.get(own)
        if found is None:
            found = digest(self._kind, own)[:16]
            self.bind(own, found)
        return found

    def fresh(self, taken: Container[str]) -> str:
        """A provider id that nobody has."""
        while True:
            self._count += 1
            made = digest(f"new {self._kind}", str(self._count))[:12]
            if made not in taken:
                return made


def digest(kind: str, text: str) -> str:
    """32 hexadecimal digits that follow from ``kind`` and ``text``."""
    return hashlib.sha256(f"{kind} {text}".encode()).hexdigest()[:32]
