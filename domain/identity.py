"""The ledger's own ids.

A uid is made once, from the first record that an entity was seen as, and never changes:
not by a rename, a move, a rehire, nor by a new id in the source.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Container

GENERIC = "orgledger"
"""The system that speaks for an organization kept in the ledger itself."""

_LETTER = {"department": "d", "member": "m", "role": "r", "role_group": "g"}


def new_uid(org: str, kind: str, system: str, record_id: str, taken: Container[str]) -> str:
    """A uid such as ``m-4k2zq7…`` (80 bits in lower-case base32) that is not in ``taken``.

    The same record gives the same uid, so that a sync cut off between two batches goes on
    with the ids it began with. A taken one (the record id once belonged to somebody else)
    leads to the next.
    """
    for attempt in range(1000):
        seed = "\x1f".join((org, kind, system, record_id, str(attempt)))
        digest = hashlib.blake2b(seed.encode(), digest_size=10).digest()
        uid = f"{_LETTER[kind]}-{base64.b32encode(digest).decode().lower()}"
        if uid not in taken:
            return uid
    raise AssertionError("a thousand collisions of 80 bits")  # pragma: no cover - cannot happen
