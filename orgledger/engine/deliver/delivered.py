"""What a delivery came to, what it holds, and what a person lets go on."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import msgspec

from domain.delivery.guard import Approved
from domain.delivery.operation import Action, Operation
from orgledger.engine.runs import Run, Status

_HELD_UIDS = 20_000
"""Most uids per action that a held run names, so that its event fits a message."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a delivery came to. ``plan`` and ``held`` are operations that were not carried out.

    ``at`` is the position of the directory that was brought; ``verified`` counts what was read
    back, ``drifted`` what was found changed by others, ``adopted`` what was found and linked.
    """

    run: str
    org: str
    system: str
    status: Status
    at: int = 0
    planned: int = 0
    applied: int = 0
    refused: int = 0
    deferred: int = 0
    parked: int = 0
    stuck: int = 0
    resting: int = 0
    verified: int = 0
    drifted: int = 0
    adopted: int = 0
    foreign: dict[str, int] = {}
    gaps: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    plan: tuple[Operation, ...] = ()
    held: tuple[Operation, ...] = ()
    candidates: tuple[str, ...] = ()
    reason: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A held run that a person lets go on; ``only`` these uids, or all of it."""

    run: Run
    only: frozenset[str] = frozenset()

    @property
    def operations(self) -> Approved:
        return {
            action: frozenset(uids) & self.only if self.only else frozenset(uids)
            for action, uids in self.run.operations.items()
        }

    @property
    def candidates(self) -> frozenset[str]:
        return self.operations.get(Action.ADOPT, frozenset())


def waiting(outcome: Delivered) -> dict[str, tuple[str, ...]]:
    """What a person may approve: action to uids."""
    found: dict[str, list[str]] = defaultdict(list)
    for operation in outcome.held:
        found[operation.action].append(operation.uid)
    found[Action.ADOPT] += outcome.candidates
    return {
        action: tuple(dict.fromkeys(uids))[:_HELD_UIDS] for action, uids in found.items() if uids
    }


def digest(held: dict[str, tuple[str, ...]]) -> str:
    """Stands for what is held, so that it is told once however long it is held."""
    content = msgspec.json.encode({action: sorted(uids) for action, uids in held.items()})
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def candidates_found(candidates: int) -> str:
    if candidates == 1:
        return "an account that exists there may be the person's own"
    return f"{candidates} accounts that exist there may be the people's own"
