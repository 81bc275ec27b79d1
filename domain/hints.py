"""Callbacks: a provider's call to us, our answer to it, and what it hints at.

A hint is never truth. It says that something of an entity may have changed; what it is now is
found out by reading the entity again. Callbacks come twice, late, out of order or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl

import msgspec

from domain.errors import InputError

LARGEST = 512 * 1024
"""Bytes of a callback that are taken: half of what a NATS message may have by default."""

Kind = Literal["member", "department", "role", "organization", "all"]
Sort = Literal["", "event", "handshake", "lifecycle"]
Reason = Literal["", "method", "oversize", "shape", "signature", "stale", "sealed", "owner"]
"""Why a callback is refused.

``method``: not called as the provider calls. ``oversize``: longer than LARGEST. ``shape``: not in
the provider's form. ``signature``: it does not prove who sent it. ``stale``: it does, and was
signed at another time than now. ``sealed``: rightly signed, but our key does not open it.
``owner``: it opens, and is meant for somebody else.
"""


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. Names of headers are in lower case; a repeated name has its first value."""

    method: str
    path: str = ""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""

    @classmethod
    def from_wire(
        cls,
        method: str,
        path: str,
        query: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
    ) -> Callback:
        """A request as ASGI has it: the query still encoded, headers as pairs. Never raises."""
        asked: dict[str, str] = {}
        for name, value in parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, errors="replace"
        ):
            asked.setdefault(name, value)
        named: dict[str, str] = {}
        for key, content in headers:
            named.setdefault(key.decode("latin-1").lower(), content.decode("latin-1"))
        return cls(method=method.upper(), path=path, query=asked, headers=named, body=body)

    def __repr__(self) -> str:
        return f"Callback({self.method} {self.path}, {len(self.body)} bytes)"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider gets."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a callback. Send ``answer`` only when ``keep`` is stored."""

    answer: Answer
    refused: Reason = ""
    """Empty: accepted."""
    sort: Sort = ""
    """Empty: refused."""
    keep: bytes | None = None
    """To be stored as it is; :meth:`Callbacks.hints` reads it. None: there is nothing to do."""
    key: str = ""
    """Stands for the body as it came: the store may drop a repeat of the very same bytes."""
    events: tuple[str, ...] = ()
    """The provider's names of what it tells, to be counted."""
    hints: int = 0
    """How many hints it gives. None for an event that means nothing to us."""

    def __repr__(self) -> str:
        return f"Received({self.sort or self.refused}, {self.hints} hints, {self.answer!r})"


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """Something of this entity may have changed."""

    kind: Kind
    """``all``: nothing less than everything has to be read."""
    id: str = ""
    """The record's id in the system. Empty where the event does not tell it; then see ``keys``."""
    was: str = ""
    """The id that the record had before, where the event says that it changed."""
    keys: dict[str, str] = {}
    """Further ids of the record, by the provider's names for them."""
    gone: bool = False
    """Whether the provider claims that it is not there any more."""
    event: str
    """The provider's name for what happened."""
    at: float | None = None
    """The provider's time of it, in seconds since 1970. It does not order events."""
    key: str
    """The same for every delivery of one event.

    Where a provider gives no id it comes from the text, and two changes in one second may have the
    same one: drop a repeat only while the first one waits, not when it has been read already.
    """


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A callback in store: encrypted as it came, with what it takes to verify it once more."""

    at: float
    """When it came, in seconds since 1970."""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes

    def __repr__(self) -> str:
        return f"Kept({len(self.body)} bytes)"


class Callbacks(Protocol):
    """The side of a system that is called. Pure: no clock, no network, nothing is remembered."""

    @property
    def within(self) -> float:
        """Seconds in which a callback has to be stored; else the caller is told to come again."""

    def receive(self, callback: Callback, now: float) -> Received:
        """Verify ``callback`` and say what to answer; ``now`` in seconds since 1970.

        Never raises, whatever comes. A replay is accepted while its signature is fresh, and has
        the key of the first.
        """

    def hints(self, kept: bytes) -> tuple[Hint, ...]:
        """What a callback in store hints at, verified once more, whatever its age.

        Raises InputError when it cannot be verified or opened: it was damaged, or a key changed.
        """


class Listening(Protocol):
    """A connection that we open, and through which the provider tells what it calls others for."""

    async def listen(self, take: Callable[[Received], Awaitable[None]]) -> None:
        """Be connected until cancelled; a connection that ends is opened anew, with a pause.

        ``take`` returns when it is stored, and only then the event is acknowledged.
        Raises CredentialFault.
        """

    def hints(self, kept: bytes) -> tuple[Hint, ...]:
        """What an event in store hints at. Raises InputError where it cannot be read."""


class Asked(NamedTuple):
    """A provider was asked to call us."""

    again: datetime
    """When to ask again; too early is harmless."""
    anew: bool
    """Whether it had not been calling, or not of everything: what changed before was not told."""


class Subscribing(Protocol):
    """A provider that calls only whom it was asked to call, and only for a time."""

    async def keep(self, url: str) -> Asked:
        """Make sure that ``url`` is called, for as long as it may be.

        While it runs the provider may check ``url``, which must answer.
        Raises CredentialFault, or another SystemFault: then come again a little later.
        """

    async def heed(self, url: str, stored: bytes) -> Asked | None:
        """Do what a callback in store (of sort ``lifecycle``) asks for the calls to ``url``.

        Returns as :meth:`keep` does, None where nothing is asked. Raises InputError, too.
        """

    async def close(self) -> None:
        """Give connections back."""


def keep(
    callback: Callback, at: float, *, query: Iterable[str] = (), headers: Iterable[str] = ()
) -> bytes:
    """``callback`` for the store, with the named parts of its query and headers."""
    return msgspec.msgpack.encode(
        Kept(
            at=at,
            query={name: callback.query[name] for name in query if name in callback.query},
            headers={name: callback.headers[name] for name in headers if name in callback.headers},
            body=callback.body,
        )
    )


def kept(data: bytes) -> Kept:
    """What :func:`keep` made. Raises InputError."""
    try:
        return msgspec.msgpack.decode(data, type=Kept)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError("A stored callback is damaged", fix="A full compare replaces it.") from (
            error
        )
