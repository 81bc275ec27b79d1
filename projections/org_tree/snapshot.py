"""Snapshots of the org tree: files that save the reading of the log from its first event.

A snapshot is a cache. It is written beside and renamed, carries a format number and the log's
identity, and is thrown away when either does not fit; the log stays the only truth.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from domain.directory import Directory
from projections.org_tree.fold import OrgTree

FORMAT = 1
"""Raise it when a directory's shape or the meaning of a fold changes."""


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
    beside.write_bytes(data)
    beside.chmod(0o600)
    beside.replace(path)


def load(path: Path, log: str, *, at_most: int) -> OrgTree | None:
    """The tree in ``path``; None if there is none of this log that is no later than that."""
    try:
        data = path.read_bytes()
        header = msgspec.msgpack.decode(data, type=_Header)
        if header.format != FORMAT or header.log != log or header.position > at_most:
            return None
        snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return OrgTree(snapshot.position, snapshot.directories)
