"""Changes of memberships alone, which are by far the most: told without making the group. Pure.

The usual way makes every member of a group several times over to change one of them.
"""

from __future__ import annotations

import re
from typing import Any

from scim2_models import PatchOp, PatchOperation

_ONE = re.compile(r'members\[value eq "([^"\\]+)"\]', re.IGNORECASE)

Change = tuple[bool, str]
"""Whether somebody comes (or goes), and the id."""


def changes(patch: PatchOp[Any]) -> list[Change] | None:
    """Who comes and who goes, in order; None for a patch that says anything else."""
    found: list[Change] = []
    for operation in patch.operations or ():
        ids = _ids(operation)
        if ids is None:
            return None
        found += [(operation.op is PatchOperation.Op.add, uid) for uid in ids]
    return found


def _ids(operation: PatchOperation[Any]) -> list[str] | None:
    path, value = str(operation.path or ""), operation.value
    removes = operation.op is PatchOperation.Op.remove
    one = _ONE.fullmatch(path)
    if removes and one is not None and value is None:
        return [one[1]]
    if path.lower() != "members" or not (removes or operation.op is PatchOperation.Op.add):
        return None
    if not isinstance(value, list) or not value:
        return None
    ids = [entry.get("value") if isinstance(entry, dict) else None for entry in value]
    return [uid for uid in ids if uid] if all(isinstance(uid, str) and uid for uid in ids) else None


def applied(inside: list[str], changed: list[Change]) -> list[str]:
    """The ids in a group after the changes."""
    left = dict.fromkeys(inside)
    for comes, uid in changed:
        if comes:
            left.setdefault(uid)
        else:
            left.pop(uid, None)
    return list(left)
