"""Pages: a size, and a token that only means something to the call that it came from."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, TypeVar

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.params import Params

Row = TypeVar("Row")


def page(
    query: Params, rows: Sequence[Row], about: str, *, size: int, largest: int, smallest: int = 1
) -> tuple[Sequence[Row], dict[str, Any]]:
    """One page of ``rows``: 40011 for a size that cannot be, 40012 for a token of another list."""
    if "page_size" in query:
        size = query.integer("page_size", code=40011)
    if not smallest <= size <= largest:
        raise ApiError(40011)
    start = _start(query.text("page_token"), about)
    end = start + max(size, 1)
    if end < len(rows):
        return rows[start:end], {"has_more": True, "page_token": _token(end, about)}
    return rows[start:end], {"has_more": False}


def _token(start: int, about: str) -> str:
    plain = f"{start} {_seal(about)}"
    return urlsafe_b64encode(plain.encode()).decode()


def _start(token: str, about: str) -> int:
    if not token:
        return 0
    try:
        start, seal = urlsafe_b64decode(token.encode()).decode().split(" ")
        if seal != _seal(about) or not start.isdecimal():
            raise ApiError(40012)
        return int(start)
    except ValueError:
        raise ApiError(40012) from None


def _seal(about: str) -> str:
    return hashlib.sha256(about.encode()).hexdigest()[:12]
