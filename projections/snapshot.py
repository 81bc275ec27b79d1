"""Snapshots: files that save the reading of the log from its first event.

A snapshot is a cache. It is written beside and renamed, carries a checksum, a format number and
the log's identity, and is passed over when any of them does not fit; the log stays the only truth.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_CHECK = 16
"""Bytes of the checksum before the content, which tells a whole file from half a write."""


class _Header(msgspec.Struct, array_like=True):
    format: int
    log: str
    position: int


def save(path: Path, log: str, form: int, position: int, content: Any) -> None:
    """Write ``content``, folded up to ``position`` of the log ``log``, in the format ``form``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    head = msgspec.msgpack.encode(_Header(form, log, position))
    body = msgspec.msgpack.encode(content)
    try:
        with beside.open("wb") as file:
            beside.chmod(0o600)
            file.write(_checksum(head, body))
            file.write(len(head).to_bytes(4))
            file.write(head)
            file.write(body)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(
    path: Path, log: str, form: int, content: type[T], *, at_most: int
) -> tuple[int, T] | None:
    """The position and content in ``path``; None if there is none that fits, or a later one."""
    try:
        file = memoryview(path.read_bytes())
        start = _CHECK + 4 + int.from_bytes(file[_CHECK : _CHECK + 4])
        head, body = file[_CHECK + 4 : start], file[start:]
        header = msgspec.msgpack.decode(head, type=_Header)
        if header.format != form or header.log != log or header.position > at_most:
            return None
        if file[:_CHECK] != _checksum(head, body):
            return None
        return header.position, msgspec.msgpack.decode(body, type=content)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return None


def _checksum(head: bytes | memoryview, body: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(head, digest_size=_CHECK)
    digest.update(body)
    return digest.digest()
