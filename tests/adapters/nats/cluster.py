"""Three nats-servers on loopback that are one cluster, each of which can be killed."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.server import find_binary

_CONFIG = """\
server_name: "{name}"
listen: "127.0.0.1:{port}"
max_payload: 8MB
jetstream {{ store_dir: "{store}", sync_interval: always }}
cluster {{
  name: orgledger
  listen: "127.0.0.1:{route}"
  routes: [{routes}]
}}
"""


class Cluster:
    """Its nodes by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        ports = free_ports(6)
        self._ports = dict(zip(("n1", "n2", "n3"), ports[:3], strict=True))
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports[3:])
        for (name, port), route in zip(self._ports.items(), ports[3:], strict=True):
            text = _CONFIG.format(
                name=name, port=port, route=route, routes=routes, store=folder / name
            )
            (folder / f"{name}.conf").write_text(text)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def env(self) -> dict[str, str]:
        """The settings of a log on it."""
        servers = ",".join(f"nats://127.0.0.1:{port}" for port in self._ports.values())
        return {"NATS_URL": servers, "NATS_REPLICAS": "3", "NATS_PATIENCE": "30"}

    def start(self, name: str) -> None:
        self._processes[name] = subprocess.Popen(
            [find_binary(), "-c", str(self.folder / f"{name}.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """As if its machine had lost power, but for the disk."""
        process = self._processes.pop(name)
        process.kill()
        process.wait(10)

    def leader(self, stream: str, seconds: float = 30.0) -> str:
        """The node that leads a stream; waits until there is one that lives."""

        async def ask(js: JetStreamContext) -> str:
            info = await js.stream_info(stream)
            return str(info.cluster.leader) if info.cluster is not None else ""

        return asyncio.run(self._until(ask, self._processes.__contains__, seconds))

    def ready(self, seconds: float = 30.0) -> None:
        """Wait until the cluster can make streams."""

        async def ask(js: JetStreamContext) -> str:
            await js.account_info()
            return "ready"

        asyncio.run(self._until(ask, bool, seconds))

    async def _until(
        self,
        ask: Callable[[JetStreamContext], Awaitable[str]],
        good: Callable[[str], bool],
        seconds: float,
    ) -> str:
        client, deadline = await connect(Address.of(self.env())), time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                try:
                    found = await ask(client.jetstream(timeout=2))
                except NatsError:
                    found = ""
                if good(found):
                    return found
                await asyncio.sleep(0.1)
            raise AssertionError("the cluster has no leader")
        finally:
            await client.close()

    def close(self) -> None:
        for name in list(self._processes):
            self.kill(name)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster that is ready."""
    three = Cluster(folder)
    try:
        for name in ("n1", "n2", "n3"):
            three.start(name)
        three.ready()
        yield three
    finally:
        three.close()


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens at."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
