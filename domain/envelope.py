"""How a fact travels: its circumstances around it, and the bytes that the log keeps.

The state of a stored event is this JSON object::

    {"id": "…", "at": "2026-11-21T08:00:00Z", "actor": "schedule", "source": "dingtalk-main",
     "run": "run-…", "cause": 41, "v": 1, "fact": {"uid": "m-…", "name": "…"}}

Absent keys have their defaults. The name of the event (its topic) and the entity are not in it:
they are the event's address in the log.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from domain.errors import InputError
from domain.events import TOPICS, DeliveryFact, Fact, upcast

F = TypeVar("F", bound=Fact)


class Envelope(msgspec.Struct, Generic[F], frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact with its circumstances. ``at`` is the time of recording, in UTC."""

    id: str
    at: datetime
    actor: str
    """Who or what did it: ``user:li``, ``schedule``, ``callback``, ``token:hr``."""
    fact: F
    source: str | None = None
    """The system that told us."""
    run: str | None = None
    cause: int | None = None
    """The position of the event that led to this one."""
    inbox: int | None = None
    """The position, in the inbox, of the newest of the callbacks that led to this one."""
    v: int = 1


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of the log: an envelope at its address.

    It satisfies the eventsourcing library's event protocol with ``originator_id``
    (``<org>.directory.<kind>.<uid>``, ``<org>.delivery.<target>.<uid>`` or
    ``<org>.run.<run id>``) and ``originator_version``
    (1 for the first event of that entity). ``position`` is 0 until the log has given one.
    """

    originator_id: str
    originator_version: int
    envelope: Envelope[Any]
    position: int = 0

    @property
    def fact(self) -> Fact:
        fact: Fact = self.envelope.fact
        return fact

    @property
    def org(self) -> str:
        return self.originator_id.partition(".")[0]


def directory_scope(org: str) -> str:
    """The prefix of the addresses of everything that the directory folds."""
    return f"{org}.directory"


def address(org: str, fact: Fact) -> str:
    """The originator id under which ``fact`` is recorded."""
    if fact.KIND == "run":
        return f"{org}.run.{fact.uid}"
    if isinstance(fact, DeliveryFact):
        return f"{org}.delivery.{fact.target}.{fact.uid}"
    return f"{org}.directory.{fact.KIND}.{fact.uid}"


def delivery_scope(org: str, target: str) -> str:
    """The prefix of the addresses of everything that happened at a target."""
    return f"{org}.delivery.{target}"


_NEWER = "Use the version of orgledger that wrote it, or a newer one."
_encoder = msgspec.json.Encoder()


def encode(envelope: Envelope[Any]) -> bytes:
    """The bytes to be stored; the class version is taken from the fact's class."""
    version = envelope.fact.class_version
    if envelope.v != version:
        envelope = msgspec.structs.replace(envelope, v=version)
    return _encoder.encode(envelope)


class _Version(msgspec.Struct, frozen=True):
    v: int = 1


_version = msgspec.json.Decoder(_Version)


@cache
def _decoder(topic: str) -> tuple[type[Fact], msgspec.json.Decoder[Envelope[Any]]]:
    cls = TOPICS[topic]
    return cls, msgspec.json.Decoder(Envelope[cls])  # type: ignore[valid-type]


def decode(topic: str, state: bytes) -> Envelope[Any]:
    """Read the bytes back, whichever version of the class had written them.

    Raises InputError for a topic, or a version of it, that this version of the product does not
    know: a newer one wrote it, and skipping it would show an organization that never was.
    """
    try:
        cls, decoder = _decoder(topic)
    except KeyError:
        raise InputError(
            f"the log holds an event named {topic!r} that this version does not know",
            fix=_NEWER,
        ) from None
    if cls.class_version > 1:
        version = _version.decode(state).v
        if version < cls.class_version:
            raw: dict[str, Any] = msgspec.json.decode(state)
            raw["fact"], raw["v"] = upcast(cls, raw["fact"], version), cls.class_version
            mended: Envelope[Any] = msgspec.convert(raw, Envelope[cls])  # type: ignore[valid-type]
            return mended
    envelope = decoder.decode(state)
    if envelope.v > cls.class_version:
        raise InputError(
            f"the log holds version {envelope.v} of the event {topic}, "
            f"this version knows up to {cls.class_version}",
            fix=_NEWER,
        )
    return envelope
