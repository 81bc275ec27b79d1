"""Details: the attributes that the ledger has no field for."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType


def known_details(details: dict[str, Any] | UnsetType) -> dict[str, Any]:
    """What a new entity starts with: the details that have a value."""
    if details is UNSET:
        return {}
    return {key: value for key, value in details.items() if value is not None}


def patch_of(old: dict[str, Any], read: dict[str, Any] | UnsetType) -> dict[str, Any]:
    """The patch that brings ``old`` to what was read; keys that were not read stay as they are."""
    if read is UNSET:
        return {}
    return {key: value for key, value in read.items() if old.get(key) != value}
