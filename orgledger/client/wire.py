"""Requests and answers of the API, and when to try again. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from orgledger.api import Event, Problem

T = TypeVar("T")

TRIES = 6
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status of answers after which the same is asked again."""

TIMEOUT_S = 30.0
SILENCE_S = 60.0
"""A stream of events that is silent for so long is dead: every 15 seconds something comes."""

STREAM = "text/event-stream"

_EVENT = msgspec.json.Decoder(Event)


class ProblemError(Exception):
    """The service did not do what was asked; ``problem`` says why, with everything wrong."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        lines = [f"{problem.status} {problem.title}: {problem.detail}", problem.fix]
        lines += [f"  - {error}" for error in problem.errors]
        super().__init__("\n".join(line for line in lines if line))


def pause(tries: int) -> float:
    """Seconds to wait after so many tries, 1 or more."""
    return 0.25 * 2.0 ** min(tries, 5)


def path(org: str, what: str) -> str:
    """Where something of an organization is."""
    return f"/orgs/{quote(org, safe='')}/{what}"


def publication(changes: Sequence[Any], key: str | None) -> tuple[bytes, dict[str, str]]:
    """Body and headers. Without a key one is made up, so that it is safe to try again."""
    headers = {
        "content-type": "application/json",
        "idempotency-key": key or secrets.token_urlsafe(24),
    }
    return msgspec.json.encode(list(changes)), headers


def answer(status: int, body: bytes, cls: type[T]) -> T:
    """What was answered. Raises ProblemError."""
    if status >= 300:
        raise refusal(status, body)
    try:
        return msgspec.json.decode(body, type=cls)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refusal(status, body) from None


def is_stream(status: int, content_type: str) -> bool:
    """Whether events follow; a proxy may answer with a page of its own."""
    return status == 200 and content_type.partition(";")[0].strip().lower() == STREAM


def refusal(status: int, body: bytes) -> ProblemError:
    """The problem that an answer is; also one of a proxy, which has its own words."""
    try:
        return ProblemError(msgspec.json.decode(body, type=Problem))
    except (msgspec.DecodeError, UnicodeDecodeError):
        what = "the answer is not one of orgledger; look at the address and at proxies"
        return ProblemError(Problem(title="Failed", status=status, detail=what))


class Frames:
    """Events out of a stream of server-sent events (HTML, section 9.2.6).

    A line ends where the specification says: httpx ends one at U+2028 and others too, which may
    stand in a text.
    """

    def __init__(self) -> None:
        self._line, self._data = bytearray(), list[bytes]()

    def events(self, chunk: bytes) -> Iterator[Event]:
        """The events that this part of the stream completes."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            line = bytes(self._line + part).removesuffix(b"\r")
            self._line.clear()
            if not line and self._data:
                text, self._data = b"\n".join(self._data), []
                yield _EVENT.decode(text)
            elif line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
        self._line += rest
