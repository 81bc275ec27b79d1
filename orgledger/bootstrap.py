"""The composition root: from a configuration to the parts that work together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from adapters.nats.connection import Address
from adapters.nats.embedded import attach
from domain.delivery.mapping import mapping
from domain.errors import ConfigError
from domain.ports import Source, Target
from orgledger.config import Config, LogConfig, SystemConfig
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.pull import Feed
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from orgledger.sharing import must_tell
from orgledger.systems import TYPES


class Service:
    """A configuration with its log open."""

    def __init__(self, config: Config, ledger: Ledger, address: Address) -> None:
        self.config, self.ledger, self.address = config, ledger, address
        self.views = Views(ledger, config.data)

    def feed(self, configured: SystemConfig) -> Feed:
        """The feed of the organization that this system owns, or owns a part of."""
        org, ownership = self.config.org(configured.org), self.config.ownership(configured.org)
        if org.source != configured.id and not ownership.part(configured.id):
            raise ConfigError(
                f"{configured.id!r} is not the source of the organization {configured.org!r}",
                fix=f'To make it its owner, say source = "{configured.id}" there.',
            )
        both = bool(ownership.shared) and self.config.is_target(configured)
        found = source(self.config, configured)
        must_tell(ownership, configured.id, found)
        return Feed(
            system=configured.id,
            org=configured.org,
            name=org.name or configured.org,
            source=found,
            limits=configured.guard,
            ownership=ownership,
            mirror=self.destination(configured) if both else None,
        )

    def destination(self, configured: SystemConfig) -> Destination:
        """Where an organization goes, with its mapping checked."""
        return destination(self.config, configured)


def destination(config: Config, configured: SystemConfig) -> Destination:
    """A target as configured. Raises ConfigError for a mapping that does not fit it."""
    if not config.is_target(configured):
        raise ConfigError(
            f"{configured.id!r} owns the organization {configured.org!r} and is not written to",
            fix='To write to it as well, say role = "both" there.',
        )
    to, delivery = target(config, configured), configured.delivery
    return Destination(
        system=configured.id,
        org=configured.org,
        target=to,
        mapping=mapping(to.capabilities, delivery.map),
        scope=delivery.scope,
        limits=delivery.guard,
        leavers=delivery.leavers,
        adoption=delivery.adopt,
        ownership=config.ownership(configured.org),
    )


def target(config: Config, configured: SystemConfig) -> Target:
    """The writing side of a system."""
    make = TYPES[configured.type].target
    if make is None:
        raise ConfigError(f"nothing can be written to a system of type {configured.type!r}")
    return make(configured.settings, configured.id, config.folder)


def source(config: Config, configured: SystemConfig) -> Source:
    """The reading side of a system."""
    make = TYPES[configured.type].source
    if make is None and config.pushes(configured):
        raise ConfigError(
            f"{configured.id!r} is not read: it pushes its changes itself",
            fix="Run 'orgledger serve' to take them in.",
        )
    if make is None:
        raise ConfigError(f"nothing can be read from a system of type {configured.type!r}")
    return make(configured.settings, configured.id, config.folder)


@contextmanager
def open_service(config: Config) -> Iterator[Service]:
    """The service over the configured log; an embedded server is started when none runs yet."""
    with ExitStack() as stack:
        if config.log.url == "embedded":
            env = stack.enter_context(attach(config.data)).env()
        else:
            env = external(config.log)
        ledger = Ledger(environment(config.log, env))
        stack.callback(ledger.close)
        yield Service(config, ledger, Address.of(env))


def environment(log: LogConfig, connection: Mapping[str, str]) -> dict[str, str]:
    """The library's settings for the product's log."""
    return {
        "PERSISTENCE_MODULE": "adapters.nats",
        "NATS_STREAM": log.stream,
        "NATS_SUBJECT": "orgledger.log",
        "ORIGINATOR_ID_TYPE": "text",
        "NATS_REPLICAS": str(log.replicas),
        **connection,
    }


def external(log: LogConfig) -> dict[str, str]:
    """How to reach the servers that the configuration names."""
    given = {
        "NATS_URL": log.url,
        "NATS_USER": log.user,
        "NATS_PASSWORD": log.password,
        "NATS_TOKEN": log.token,
        "NATS_CREDENTIALS": log.credentials,
    }
    return {key: value for key, value in given.items() if value is not None}
