"""Snapshots of the org tree: files that save the reading of the log from its first event.

A snapshot is a cache. It is written beside and renamed, carries a checksum, a format number and
the log's identity, and is passed over when any of them does not fit; the log stays the only truth.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from domain.directory import Directory
from projections.org_tree.fold import OrgTree

FORMAT = 2
"""Raise it when a directory's shape or the meaning of a fold changes."""

_CHECK = 16
"""Bytes of the checksum before the content, which tells a whole file from half a write."""


class _Snapshot(msgspec.Struct, array_like=True):
    format: int
    log: str
    position: int
    directories: dict[str, Directory]


class _Header(msgspec.Struct, array_like=True):
    format: int
    log: str
    position: int


def save(tree: OrgTree, path: Path, log: str) -> None:
    """Write ``tree`` to ``path``; ``log`` identifies the log that it was folded from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    data = msgspec.msgpack.encode(_Snapshot(FORMAT, log, tree.position, tree.directories))
    try:
        with beside.open("wb") as file:
            beside.chmod(0o600)
            file.write(_checksum(data))
            file.write(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path: Path, log: str, *, at_most: int) -> OrgTree | None:
    """The tree in ``path``; None if there is none of this log that is no later than that."""
    try:
        content = memoryview(path.read_bytes())
        checksum, data = content[:_CHECK], content[_CHECK:]
        header = msgspec.msgpack.decode(data, type=_Header)
        if header.format != FORMAT or header.log != log or header.position > at_most:
            return None
        if checksum != _checksum(data):
            return None
        snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return None
    return OrgTree(snapshot.position, snapshot.directories)


def _checksum(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECK).digest()
