"""Who holds which job: what the bucket of the leases says, and what follows from it. Pure.

Two kinds of keys. ``holder.<session>`` is a process while it lives: its value changes with every
beat, and a session whose key is deleted is over for good, because every start has a new one.
``job.<job>`` names the session that holds the job, and the sessions that asked for it. A job whose
session is over is free. So a process costs one write per beat, however many jobs it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from adapters.nats.asking import Message
from adapters.nats.subjects import token, untoken

T = TypeVar("T")

BEAT_S = 2.0
"""How often a session shows that it lives."""

HELD_S = 6.0
"""How long after the last beat that reached the server its process may still work."""

TAKEN_S = 8.0
"""How long somebody else must have seen no beat before he may end the session.

Each counts on his own clock, from the moment that he himself saw the last beat, which is after it
was sent. So the clocks of two machines are never compared, and between the end of the work and the
beginning of another's there are two seconds.
"""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The value of ``holder.<session>``; ``since`` in seconds since 1970, for people."""

    holder: str
    since: float
    beat: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The value of ``job.<job>``. An empty ``session``: nobody has it."""

    session: str = ""
    since: float = 0
    wishes: tuple[str, ...] = ()
    """Sessions that asked for it, the first one first."""


class Seen(NamedTuple):
    """A session as it was seen last. ``since`` is when, by our own clock, in seconds."""

    revision: int
    """0: its key is not there."""
    since: float
    session: Session | None
    """None: its key is deleted, or not there."""
    at: float
    """When the server stored its last beat, in seconds since 1970, for people."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One job, for people. ``age`` is how many seconds ago its holder last showed that it lives."""

    job: str
    holder: str
    since: float
    age: float
    wanted: bool


class View:
    """The bucket as one process sees it."""

    def __init__(self) -> None:
        self.sessions: dict[str, Seen] = {}
        self.jobs: dict[str, tuple[int, Job]] = {}
        self._newest = 0

    def take(self, prefix: str, messages: Iterable[Message], now: float) -> None:
        """Everything that is in the bucket; passed over when it is older than what we know.

        Any replica may have told it. A key that is written while it is told may be missing.
        """
        found = list(messages)
        newest = max((message.sequence for message in found), default=0)
        if newest < self._newest:
            return
        sessions: dict[str, Seen] = {}
        jobs: dict[str, tuple[int, Job]] = {}
        for message in found:
            kind, _, name = message.subject[len(prefix) :].partition(".")
            if kind == "holder":
                sessions[name] = self._seen(name, message, now)
            elif kind == "job":
                jobs[untoken(name)] = (message.sequence, _told(message.data, Job) or Job())
        for _, job in jobs.values():
            if job.session and job.session not in sessions:
                sessions[job.session] = self._missed(job.session, now)
        self.sessions, self.jobs, self._newest = sessions, jobs, newest

    def _seen(self, name: str, message: Message, now: float) -> Seen:
        before = self.sessions.get(name)
        if before is not None and before.revision == message.sequence:
            return before
        return Seen(message.sequence, now, _told(message.data, Session), message.at)

    def _missed(self, name: str, now: float) -> Seen:
        before = self.sessions.get(name)
        if before is not None and before.revision == 0:
            return before
        return Seen(0, now, None, 0)

    def wrote(self, name: str, revision: int, job: Job) -> None:
        """We wrote a job ourselves."""
        self.jobs[name] = (revision, job)
        self._newest = max(self._newest, revision)

    def heard(self, name: str, now: float) -> None:
        """A session has moved on from what we know of it."""
        if name in self.sessions:
            self.sessions[name] = self.sessions[name]._replace(since=now)

    def silent(self, now: float) -> list[tuple[str, int]]:
        """The sessions that may be ended, each with the revision that this holds for."""
        return [
            (name, seen.revision)
            for name, seen in self.sessions.items()
            if seen.session is not None and now - seen.since >= TAKEN_S
        ]

    def over(self, name: str, now: float) -> bool:
        """Whether a session is over for good."""
        seen = self.sessions.get(name)
        if seen is None or seen.session is not None:
            return False
        return seen.revision > 0 or now - seen.since >= TAKEN_S

    def job(self, name: str) -> tuple[int, Job]:
        """A job with its revision; 0 when nobody has ever had it."""
        return self.jobs.get(name, (0, Job()))

    def wishes(self, name: str) -> tuple[str, ...]:
        """The living sessions that asked for a job."""
        asked = self.job(name)[1].wishes
        return tuple(one for one in asked if one in self.sessions and self.sessions[one].session)

    def free(self, name: str, session: str, now: float) -> bool:
        """Whether ``session`` may take a job: nobody has it, and nobody asked before."""
        job = self.job(name)[1]
        if job.session and not self.over(job.session, now):
            return False
        return self.wishes(name)[:1] in ((), (session,))

    def standing(self, now: float) -> tuple[Standing, ...]:
        """Every job that somebody has; ``now`` in seconds since 1970."""
        return tuple(
            Standing(
                job=name,
                holder=seen.session.holder,
                since=job.since,
                age=max(0.0, now - seen.at),
                wanted=bool(self.wishes(name)),
            )
            for name, (_, job) in sorted(self.jobs.items())
            if (seen := self.sessions.get(job.session)) is not None and seen.session is not None
        )


def _told(data: bytes, kind: type[T]) -> T | None:
    """A value; None where it was deleted, or written by hand: then nobody has what it is about."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError:
        return None


def key(kind: str, name: str) -> str:
    """The key of a session (``holder``) or of a ``job``."""
    return f"{kind}.{token(name)}"
