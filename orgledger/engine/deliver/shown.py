"""Shown: the plan that a person has looked at, kept so that the run can say what changed since."""

from __future__ import annotations

from pathlib import Path

import msgspec

from domain.delivery.guard import Guarded
from domain.delivery.operation import Operation

_LISTED = 20
"""Differences that are named; the others are counted."""


class ShownPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of one target as it was shown: its operations' digests, each with its label."""

    position: int
    operations: dict[str, str]


def _path(data: Path, org: str, target: str) -> Path:
    return data / "plans" / f"{org}.{target}.json"


def remember(data: Path, org: str, target: str, position: int, shown: Guarded) -> None:
    """Keep what was shown, also what would be held."""
    path = _path(data, org, target)
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = ShownPlan(position=position, operations=_labels(shown))
    path.write_bytes(msgspec.json.encode(plan))
    path.chmod(0o600)


def changed_since(data: Path, org: str, target: str, planned: Guarded) -> tuple[str, ...]:
    """What is in the plan now and was not shown, or the other way round; then it is forgotten.

    Nothing where no plan was shown.
    """
    path = _path(data, org, target)
    try:
        shown = msgspec.json.decode(path.read_bytes(), type=ShownPlan)
    except (OSError, msgspec.DecodeError):
        return ()
    path.unlink(missing_ok=True)
    now = _labels(planned)
    new = [f"new: {text}" for digest, text in now.items() if digest not in shown.operations]
    gone = [f"gone: {text}" for digest, text in shown.operations.items() if digest not in now]
    found = new + gone
    rest = len(found) - _LISTED
    return (*found[:_LISTED], f"… and {rest} more") if rest > 0 else tuple(found)


def _labels(planned: Guarded) -> dict[str, str]:
    return {o.digest: label(o) for o in (*planned.going, *planned.held)}


def label(operation: Operation) -> str:
    """An operation without personal data: ``update member 007 (email)``."""
    about = [*operation.fields, *operation.relations.given()]
    if operation.members:
        about = [f"{len(operation.members)} members"]
    details = f" ({', '.join(about)})" if about else ""
    return f"{operation.action} {operation.kind.replace('_', ' ')} {operation.key}{details}"
