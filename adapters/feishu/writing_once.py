"""Creating exactly once: Feishu's client_token (departments/create, users/create)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from domain.delivery.operation import Change

_encode = msgspec.json.Encoder(order="sorted").encode


def client_token(change: Change, body: dict[str, Any]) -> dict[str, str]:
    """The query that lets Feishu repeat its first answer to the same step.

    The body is part of the token: with the same token another body would be refused (40021),
    and a setting may have changed between two tries.
    """
    seed = change.token.encode() + _encode(body)
    return {"client_token": hashlib.blake2b(seed, digest_size=16).hexdigest()}
