"""What every event is: a fact about one entity, in the past tense."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact about the entity ``uid``.

    ``TOPIC`` is the name under which the log keeps the class; module names never enter the log.
    ``KIND`` is the kind of entity that the fact is about.
    ``PERSONAL`` names the fields that tell something of a person; they will be sealed per person.

    A field that is absent (``UNSET``) did not change; ``None`` means that it became empty.
    When the shape of a class changes, raise ``class_version`` and add a static method
    ``upcast_v1_v2(state)`` that mends a recorded state in place, and keep a sample of the old one.
    """

    TOPIC: ClassVar[str]
    KIND: ClassVar[str]
    PERSONAL: ClassVar[frozenset[str]] = frozenset()
    class_version: ClassVar[int] = 1

    uid: str


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The record that an entity was first seen as: ``id`` in the system ``system``."""

    system: str
    id: str
    keys: dict[str, str] = {}


def upcast(cls: type[Fact], state: dict[str, Any], version: int) -> dict[str, Any]:
    """Bring a recorded ``state`` of ``version`` to the class's present version, step by step."""
    while version < cls.class_version:
        getattr(cls, f"upcast_v{version}_v{version + 1}")(state)
        version += 1
    return state
