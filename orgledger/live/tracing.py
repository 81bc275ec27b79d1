"""Tracing: from a callback to the calls at the targets that it leads to.

The trace of a callback follows from its position in the inbox (:func:`place`). Facts carry that
position with them, so every process that goes on with one knows its trace, and nothing else has to
be handed over. What is traced is told to :mod:`orgledger.live.telemetry`, which is only imported
where the OpenTelemetry packages are installed and their environment variables ask for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from typing import NamedTuple

from domain.envelope import Entry
from domain.ports import Target

log = logging.getLogger("orgledger.live")

Value = str | int | bool | list[str]

UIDS = 20
"""Most uids that a span names."""


class Place(NamedTuple):
    """The trace of a callback, and the span of its receipt, which all others hang on."""

    trace: int
    span: int


def place(inbox: str, position: int) -> Place:
    """The trace of what is at ``position`` of the stream ``inbox``: 128 bits and 64."""
    digest = blake2b(f"{inbox}:{position}".encode(), digest_size=24).digest()
    return Place(int.from_bytes(digest[:16]), int.from_bytes(digest[16:]))


def described(entries: Sequence[Entry]) -> dict[str, Value]:
    """What a piece of work is about: names of events, and whom they concern by our own ids."""
    return {
        "events": sorted({entry.fact.TOPIC for entry in entries}),
        "entities": [f"{entry.fact.KIND} {entry.fact.uid}" for entry in entries[:UIDS]],
        "count": len(entries),
    }


class Tracing:
    """Tells nothing to nobody."""

    on = False
    inbox = ""
    """Names the inbox among others that tell the same collector, such as by when it was made."""

    def received(
        self, system: str, position: int, events: Iterable[str], begun: int, *, duplicate: bool
    ) -> None:
        """A callback was stored; ``begun`` in nanoseconds since 1970."""

    def span(
        self,
        name: str,
        *,
        inbox: Iterable[int | None] = (),
        begun: int | None = None,
        **attributes: Value,
    ) -> AbstractContextManager[None]:
        """A piece of work, within the one that is under way.

        Or the first one in a process: of the newest of the callbacks at the ``inbox`` positions,
        linked to the others. It began ``begun`` nanoseconds after 1970, or now.
        """
        return _NOTHING

    def passed(self, name: str, begun: int) -> None:
        """A piece of work that began at ``begun`` ends here, within the one under way."""

    def note(self, **attributes: Value) -> None:
        """Something about the piece of work under way: ids, names of events and counts only."""

    def calls(self, target: Target) -> Target:
        """``target``, each of whose calls is a piece of work."""
        return target

    def close(self) -> None:
        """Tell what is still untold, within a few seconds."""


_NOTHING = nullcontext()
SILENT = Tracing()


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's variables ask for traces: an exporter, or where it sends them."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporter:
        return exporter != "none"
    return bool(
        environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    )


def begin(environment: Mapping[str, str]) -> Tracing:
    """What the environment asks for. Without the packages a warning says what to install."""
    if not wanted(environment):
        return SILENT
    try:
        from orgledger.live.telemetry import configured
    except ImportError as error:
        log.warning(
            "traces are asked for, but %s is not installed; pip install 'orgledger[tracing]'",
            error.name,
        )
        return SILENT
    return configured(environment)
