"""Ids that we give ourselves, so that a lost answer leaves nothing twice. Pure.

Departments: a 32-bit integer above 1; tags: a non-negative integer (WeCom department/create,
tag/create). WeCom takes an id once, so sending a creation again is a look-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

MOST = 4
"""Ids that one thing may have, one after the other where an id is taken by something else."""

RANGES = {"department": (2**24, 2**31), "tag": (10**6, 10**9)}
"""First id, and the first beyond, per kind.

Below are those that WeCom and administrators give. Above 2^31 a signed number would be negative;
tags leave room, because WeCom counts on from the largest one.
"""


def own_ids(kind: str, uid: str) -> Iterator[int]:
    """The ids that the thing with our ``uid`` may have, always the same ones, the best first."""
    first, beyond = RANGES[kind]
    for number in range(MOST):
        digest = hashlib.blake2b(f"{kind}/{uid}/{number}".encode(), digest_size=8).digest()
        yield first + int.from_bytes(digest) % (beyond - first)
