"""eventsourcing's persistence module for NATS JetStream, and its settings.

========================== =====================================================
``NATS_URL``               servers, comma separated; required
``NATS_STREAM``            the stream, ``ORGLEDGER``
``NATS_SUBJECT``           the root of the events' subjects, ``orgledger.log``
``NATS_USER``, ``NATS_PASSWORD``, ``NATS_TOKEN``, ``NATS_CREDENTIALS`` (a file)
``NATS_REPLICAS``          copies of a stream that is made, 1 or 3
``NATS_MAX_BATCH``         most events in one append, 1000: the server's own limit
``NATS_PATIENCE``          seconds until an operation gives up, 15
``ORIGINATOR_ID_TYPE``     ``uuid`` (the default, as in the library) or ``text``
========================== =====================================================

As always in the library, a name may be prefixed with the application's
(``BANKACCOUNTS_NATS_SUBJECT``): two applications on one stream need different roots.
"""

from __future__ import annotations

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic

from adapters.nats.batch import MAX_BATCH
from adapters.nats.connection import Address, connect
from adapters.nats.recorder import (
    NatsAggregateRecorder,
    NatsApplicationRecorder,
    NatsProcessRecorder,
    NatsTrackingRecorder,
)
from adapters.nats.stream import Stream
from adapters.nats.subjects import Subjects
from domain.errors import ConfigError


class NatsFactory(InfrastructureFactory[NatsTrackingRecorder]):
    """Makes the recorders of one application. Nothing is dialled before the first of them."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._connection = connect(Address.of(self.env))
        self._closed = False
        self._ensured = False
        self.stream = Stream(
            self._connection,
            self.env.get("NATS_STREAM") or "ORGLEDGER",
            Subjects(self.env.get("NATS_SUBJECT") or "orgledger.log", self._text_ids()),
            self._replicas(),
            self._max_batch(),
        )

    def _text_ids(self) -> bool:
        return self._choice("ORIGINATOR_ID_TYPE", "uuid", ("uuid", "text")) == "text"

    def _max_batch(self) -> int:
        text = self.env.get("NATS_MAX_BATCH") or str(MAX_BATCH)
        if not text.isdecimal() or not int(text):
            raise ConfigError(
                f"NATS_MAX_BATCH is {text!r}",
                fix="Give the server's jetstream.limits.batch.max_msgs, 1000 by default.",
            )
        return int(text)

    def _replicas(self) -> int:
        return int(self._choice("NATS_REPLICAS", "1", ("1", "3")))

    def _choice(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        value = (self.env.get(key) or default).lower()
        if value not in allowed:
            raise ConfigError(f"{key} is {value!r}", fix=f"Set it to {' or '.join(allowed)}.")
        return value

    def _ready(self) -> Stream:
        if not self._ensured:
            self._connection.run(self.stream.ensure())
            self._ensured = True
        return self.stream

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """A recorder of events; with another purpose, of snapshots beside them."""
        stream = self._ready()
        if purpose != "events":
            stream = stream.beside(stream.subjects.snapshots)
        return NatsAggregateRecorder(stream)

    def application_recorder(self) -> ApplicationRecorder:
        """The recorder of an application; ``APPLICATION_RECORDER_TOPIC`` names another class."""
        topic = self.env.get(self.APPLICATION_RECORDER_TOPIC)
        made: type[NatsApplicationRecorder]
        made = resolve_topic(topic) if topic else NatsApplicationRecorder
        return made(self._ready())

    def tracking_recorder(
        self, tracking_recorder_class: type[NatsTrackingRecorder] | None = None
    ) -> NatsTrackingRecorder:
        """The recorder of a projection; ``TRACKING_RECORDER_TOPIC`` names another class."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        if tracking_recorder_class is None:
            tracking_recorder_class = resolve_topic(topic) if topic else NatsTrackingRecorder
        return tracking_recorder_class(self._ready())

    def process_recorder(self) -> ProcessRecorder:
        """The recorder of a processing application; ``PROCESS_RECORDER_TOPIC`` names another."""
        topic = self.env.get(self.PROCESS_RECORDER_TOPIC)
        made: type[NatsProcessRecorder] = resolve_topic(topic) if topic else NatsProcessRecorder
        return made(self._ready())

    def close(self) -> None:
        """Give the connection back. The recorders of this factory end with it."""
        if not self._closed:
            self._closed = True
            self._connection.release()
