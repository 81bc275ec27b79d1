"""Facts about what happened at a target. ``uid`` is the entity's, ``kind`` what it is.

``at`` is the position of the directory that the operation brings the entity to, ``digest`` stands
for exactly that operation.
"""

from __future__ import annotations

from typing import Any, ClassVar

from domain.events.fact import Fact


class DeliveryFact(Fact, frozen=True, kw_only=True):
    """What every fact about a target has."""

    KIND: ClassVar[str] = "delivery"
    target: str
    kind: str


class ChangeApplied(DeliveryFact, frozen=True, kw_only=True):
    """The target acknowledged ``action``.

    ``remote`` is the entity's id there, ``fields`` and ``relations`` (uids) the values that it has
    now; ``members`` those that were added or removed. ``warning`` is what the target did not take.
    """

    TOPIC: ClassVar[str] = "ChangeApplied"
    KIND: ClassVar[str] = "delivery"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"fields", "remote"})
    action: str
    remote: str | None = None
    fields: dict[str, Any] = {}
    relations: dict[str, Any] = {}
    members: tuple[str, ...] = ()
    leaver: bool = False
    at: int = 0
    warning: str = ""


class NotApplied(DeliveryFact, frozen=True, kw_only=True):
    """What every fact about an operation that did not come through has."""

    action: str
    digest: str
    why: str
    members: tuple[str, ...] = ()
    code: str = ""
    fix: str = ""
    at: int = 0


class ChangeRefused(NotApplied, frozen=True, kw_only=True):
    """The target will not take it as it is; tried again when it changes, or on request."""

    TOPIC: ClassVar[str] = "ChangeRefused"
    KIND: ClassVar[str] = "delivery"


class ChangeDeferred(NotApplied, frozen=True, kw_only=True):
    """It could not be done this time; the next run tries again by itself."""

    TOPIC: ClassVar[str] = "ChangeDeferred"
    KIND: ClassVar[str] = "delivery"


class ChangeParked(NotApplied, frozen=True, kw_only=True):
    """It failed too often, or a person has to decide; tried again on request."""

    TOPIC: ClassVar[str] = "ChangeParked"
    KIND: ClassVar[str] = "delivery"


class DriftDetected(DeliveryFact, frozen=True, kw_only=True):
    """A system was found different from what we knew, and nobody had told us.

    Of a target: somebody else changed what was acknowledged. ``fields`` and ``relations`` (uids)
    are the values found there, ``gained`` and ``lost`` members of a list; ``missing``: it is not
    there any more.
    Of a source: a reading of everything led to the event ``missed``, which no callback had
    announced, at most ``delay`` seconds after it happened.
    """

    TOPIC: ClassVar[str] = "DriftDetected"
    KIND: ClassVar[str] = "delivery"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"fields"})
    fields: dict[str, Any] = {}
    relations: dict[str, Any] = {}
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    missing: bool = False
    missed: str = ""
    delay: int = 0
