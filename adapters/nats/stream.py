"""The JetStream stream that is the log: made, verified, and asked for single messages.

Requests go to ``$JS.API.STREAM.…`` (https://docs.nats.io/reference/reference-protocols/
nats_api_reference); the stream's leader answers them, so an answer includes every
append that was acknowledged before (ADR-31 of nats-architecture-and-design).
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec

from adapters.nats.connection import Connection
from adapters.nats.subjects import Subjects
from domain.errors import ConfigError, LogError

PROMISES = {
    "storage": "file",
    "retention": "limits",
    "discard": "new",
    "max_age": 0,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_msgs_per_subject": -1,
    "allow_atomic": True,
    "allow_direct": True,
    "deny_delete": True,
    "deny_purge": True,
}
"""What a stream must be to hold a log: nothing in it is ever discarded or changed."""

EMBEDDED_NAME = "orgledger-embedded-"
"""How the names of embedded servers begin; they all run with ``sync_interval: always``."""

_NOT_YET = {10005, 10008, 10009, 10023, 10039}
"""Error codes of a cluster that is still finding its leader (server/errors.json)."""
_NO_STREAM, _NAME_IN_USE, _NO_MESSAGE = 10059, 10058, 10037


@dataclass(frozen=True, slots=True)
class Message:
    """One stored message. ``position`` is its stream sequence, ``headers`` the raw block."""

    position: int
    subject: str
    headers: bytes
    data: bytes
    time: datetime


@dataclass(frozen=True, slots=True)
class Durability:
    """What survives: ``replicas`` copies; ``fsync`` before the acknowledgement, None if untold.

    A server does not tell its ``sync_interval`` to an ordinary account, so for servers
    that orgledger did not start itself ``fsync`` is None.
    """

    replicas: int
    fsync: bool | None
    server: str

    @property
    def safe(self) -> bool:
        """Whether an acknowledged event survives the loss of power of one machine."""
        return self.replicas >= 3 or self.fsync is True

    def __str__(self) -> str:
        if self.fsync:
            return "every event is on disk before it is acknowledged"
        if self.replicas >= 3:
            return f"every event is on {self.replicas} servers before it is acknowledged"
        return (
            "one copy, and the server does not say that it writes to disk before it acknowledges; "
            "by default it does so every two minutes"
        )


class Stream:
    """One log: a stream's name, the subjects in it, and the connection to it."""

    def __init__(
        self,
        connection: Connection,
        name: str,
        subjects: Subjects,
        replicas: int = 1,
        max_batch: int = 1000,
    ) -> None:
        self.connection, self.name, self.subjects = connection, name, subjects
        self.replicas, self.max_batch = replicas, max_batch

    def beside(self, subjects: Subjects) -> Stream:
        """Another sequence in the same stream."""
        return Stream(self.connection, self.name, subjects, self.replicas, self.max_batch)

    async def api(self, verb: str, request: dict[str, Any] | None, deadline: float) -> Any:
        """Ask the JetStream API; waits while the cluster has no leader. Errors are returned."""
        payload = msgspec.json.encode(request) if request is not None else b""
        while True:
            reply = await self.connection.ask(f"$JS.API.{verb}", payload, deadline)
            answer = msgspec.json.decode(reply.data)
            code = answer.get("error", {}).get("err_code", 0)
            if code not in _NOT_YET:
                return answer
            if monotonic() >= deadline:
                raise self.connection.unreachable(answer["error"].get("description", ""))
            await asyncio.sleep(0.1)

    async def ensure(self) -> None:
        """Make the stream, or verify that the one of this name can hold a log.

        Raises ConfigError when it cannot.
        """
        deadline = self.connection.deadline()
        own = self.subjects
        wanted = [own.everything, own.snapshots.everything, own.trackings]
        info = await self.api(f"STREAM.INFO.{self.name}", None, deadline)
        if _code(info) == _NO_STREAM:
            info = await self.api(f"STREAM.CREATE.{self.name}", self._config(wanted), deadline)
            if _code(info) == _NAME_IN_USE:  # another process was quicker
                info = await self.api(f"STREAM.INFO.{self.name}", None, deadline)
        self._verify(info)
        config = info["config"]
        missing = [subject for subject in wanted if subject not in config["subjects"]]
        if missing:
            config = {**config, "subjects": [*config["subjects"], *missing]}
            info = await self.api(f"STREAM.UPDATE.{self.name}", config, deadline)
            self._verify(info)
        self.replicas = config["num_replicas"]

    def _config(self, subjects: list[str]) -> dict[str, Any]:
        own = {"name": self.name, "subjects": subjects, "num_replicas": self.replicas}
        return {**own, **PROMISES}

    def _verify(self, info: Any) -> None:
        if "error" in info:
            raise ConfigError(
                f"The stream {self.name} cannot be made or read",
                why=info["error"].get("description", "unknown error"),
                fix="Check NATS_STREAM, NATS_SUBJECT and NATS_REPLICAS against the server.",
            )
        config = info["config"]
        differing = [
            f"{key} is {config.get(key, False)!r}, not {value!r}"
            for key, value in PROMISES.items()
            if config.get(key, 0 if key == "max_age" else False) != value
        ]
        if differing:
            raise ConfigError(
                f"The stream {self.name} cannot hold a log",
                why="; ".join(differing),
                fix="Use another NATS_STREAM, or let orgledger make it.",
            )

    async def _get(self, request: dict[str, Any], deadline: float) -> Message | None:
        answer = await self.api(f"STREAM.MSG.GET.{self.name}", request, deadline)
        if _code(answer) == _NO_MESSAGE:
            return None
        if "error" in answer:
            raise LogError(
                f"The stream {self.name} did not return a message",
                why=answer["error"].get("description", "unknown error"),
                fix="Run orgledger check.",
            )
        found = answer["message"]
        return Message(
            position=found["seq"],
            subject=found["subject"],
            headers=base64.b64decode(found.get("hdrs", "")),
            data=base64.b64decode(found.get("data", "")),
            time=datetime.fromisoformat(found["time"]),
        )

    async def at(self, position: int, deadline: float) -> Message | None:
        """The message at a position."""
        return await self._get({"seq": position}, deadline)

    async def first_after(self, position: int, subject: str, deadline: float) -> Message | None:
        """The first message on a subject or filter after a position."""
        return await self._get({"seq": position + 1, "next_by_subj": subject}, deadline)

    async def last(self, subject: str, deadline: float) -> Message | None:
        """The last message on a subject or filter.

        The server walks all subjects of a wildcard (11 ms for 300,000 of them), so the
        stream's very last message, which most often is the one, is looked at first.
        """
        if subject.endswith(".>"):
            info = await self.api(f"STREAM.INFO.{self.name}", None, deadline)
            position = info.get("state", {}).get("last_seq", 0)
            newest = await self.at(position, deadline) if position else None
            if newest is None or newest.subject.startswith(subject[:-1]):
                return newest
        return await self._get({"last_by_subj": subject}, deadline)

    async def durability(self) -> Durability:
        """What the server tells about how safely the log is kept."""
        deadline = self.connection.deadline()
        info = await self.api(f"STREAM.INFO.{self.name}", None, deadline)
        self._verify(info)
        session = await self.connection.session(deadline)
        return Durability(
            replicas=info["config"]["num_replicas"],
            fsync=True if session.server_name.startswith(EMBEDDED_NAME) else None,
            server=session.server_name,
        )


def _code(answer: Any) -> int:
    return int(answer.get("error", {}).get("err_code", 0))
