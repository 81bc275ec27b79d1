"""What is sent, and what may come back. Pure."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class Told(Protocol):
    """Anything with an id of its own that can be written as JSON."""

    @property
    def id(self) -> str: ...


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a message is about: the ledger's ``uid``, the id in the source (``key``), and the
    receiver's own id (``remote``), if it ever gave one; otherwise that is the key again.

    ``former`` is the receiver's id of an account of the same person that was deleted.
    """

    uid: str
    key: str
    remote: str | None
    former: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One change. ``type`` is ``<kind>.<action>``; an absent field or relation is unchanged.

    Ids in ``relations`` and ``members`` are the receiver's own, or our keys where it gave none.
    """

    id: str
    type: str
    kind: str
    action: str
    entity: Entity
    fields: dict[str, Any] = {}
    relations: dict[str, Any] = {}
    members: tuple[str, ...] = ()


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """What a check sends; nothing is to be done."""

    id: str
    type: str = "ping"


class Answer(msgspec.Struct, frozen=True):
    """The body of an answer, if it is JSON: the id that was given, or the code of a refusal."""

    id: str | int | None = None
    code: str | int | None = None


_DECODER = msgspec.json.Decoder(Answer)


def answer(body: bytes) -> Answer:
    """What the receiver says; nothing, if it says it in another form."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Answer()
