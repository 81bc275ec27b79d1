"""The log on NATS JetStream, for any eventsourcing application.

``PERSISTENCE_MODULE=adapters.nats`` chooses it; :mod:`factory` lists its settings.

The library looks for exactly one factory class in the module that the setting
names, so nothing else of that kind may be imported here.
"""

from adapters.nats.factory import NatsFactory

__all__ = ["NatsFactory"]
