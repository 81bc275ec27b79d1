"""docker-compose.yml keeps its promises, and its NATS configuration really forms the cluster."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from eventsourcing.persistence import StoredEvent

from adapters.nats.factory import NatsFactory
from adapters.nats.recorder import NatsApplicationRecorder
from adapters.nats.server import find_binary
from orgledger.config import load
from orgledger.simulators import simulated
from tests.live.live_desk import eventually

ROOT = Path(__file__).parents[2]
NODES = ("nats-1", "nats-2", "nats-3")
WORKERS = ("worker-1", "worker-2")
SIMULATED = ("dingtalk", "feishu", "casdoor")
SCOPE = "feifan.directory"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def configuration(compose: dict[str, Any]) -> str:
    """The nodes' configuration as compose hands it to them."""
    content = compose["configs"]["nats"]["content"]
    assert not re.search(r"(?<!\$)\$(?!\$)", content), "compose would replace a single dollar"
    return str(content).replace("$$", "$")


def test_three_nodes_with_a_volume_and_a_healthcheck_each(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*NODES, *WORKERS, "door", *SIMULATED}
    for node in NODES:
        service = services[node]
        major, minor = re.match(r"nats:(\d+)\.(\d+)-alpine$", service["image"]).groups()  # type: ignore[union-attr]
        assert (int(major), int(minor)) >= (2, 14)
        assert service["volumes"] == [f"{node}:/data"]
        assert node in compose["volumes"]
        assert "/healthz" in str(service["healthcheck"]["test"])
        assert service["environment"]["NATS_NODE"] == node
        assert "ports" not in service


def test_every_event_has_three_copies_on_disk_before_it_is_acknowledged(
    compose: dict[str, Any],
) -> None:
    log = tomllib.loads((ROOT / "deploy/orgledger.toml").read_text())["log"]
    assert log["replicas"] == 3
    assert set(log) == {"url", "user", "password", "replicas"}
    for key in ("url", "user", "password"):
        assert log[key]["env"] in compose["services"]["worker-1"]["environment"]
    assert re.search(r"^  sync_interval: always$", configuration(compose), re.MULTILINE)
    assert 'store_dir: "/data"' in configuration(compose)


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key:
                assert re.fullmatch(rf'"?\$\{{{key}:\?.+\}}"?', value), (name, key)
            if "ROUTE" in key:
                assert ":${NATS_CLUSTER_PASSWORD}@" in value
    passwords = re.findall(r"password: (\S+)", configuration(compose))
    assert sorted(passwords) == ["$NATS_CLUSTER_PASSWORD", "$NATS_PASSWORD"]


def test_two_workers_wait_for_the_cluster_and_run_unprivileged(compose: dict[str, Any]) -> None:
    """Each has projections of its own, and says whether it is ready."""
    for name in WORKERS:
        worker = compose["services"][name]
        assert dict.fromkeys(NODES, "service_healthy") == {
            node: wait["condition"] for node, wait in worker["depends_on"].items()
        }
        assert worker["build"] == "."
        assert worker["command"] == ["serve", "--host", "0.0.0.0"]
        assert "/readyz" in str(worker["healthcheck"]["test"])
        assert f"{name}:/ledger/.orgledger" in worker["volumes"]
        assert name in compose["volumes"]
        [secrets] = worker["env_file"]
        assert secrets == {"path": "deploy/secrets.env", "required": False}
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "install --no-cache-dir -c constraints.txt ." in dockerfile
    assert len(re.findall(r"^FROM \S+-slim", dockerfile, re.MULTILINE)) == 2
    assert dockerfile.index("USER ledger") < dockerfile.index("ENTRYPOINT")


def test_the_door_passes_by_whoever_is_not_ready(compose: dict[str, Any]) -> None:
    """A callback that is sent to a worker which was stopped is one that gets lost."""
    assert compose["services"]["door"]["configs"] == [
        {"source": "door", "target": "/etc/caddy/Caddyfile"}
    ]
    door = re.sub(r"\s+", " ", compose["configs"]["door"]["content"])
    workers = " ".join(f"{name}:8480" for name in WORKERS)
    assert f":8480 {{ reverse_proxy {workers} {{ health_uri /readyz health_interval 2s" in door


def test_no_file_with_secrets_is_kept_or_copied() -> None:
    for name in (".gitignore", ".dockerignore"):
        lines = {line.removeprefix("/") for line in (ROOT / name).read_text().splitlines()}
        assert {".env", "deploy/secrets.env"} <= lines, name


def test_the_demo_can_be_played(
    compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration is right, and its simulators are started as they can be."""
    shared = {"NATS_URL": "nats://nats-1:4222", "NATS_USER": "orgledger", "NATS_PASSWORD": "x"}
    for key, value in shared.items():
        monkeypatch.setenv(key, value)
    config = load(ROOT / "deploy/demo.toml")
    assert {s.id for s in config.systems.values()} == set(SIMULATED)
    for name in SIMULATED:
        service = compose["services"][name]
        assert service["profiles"] == ["demo"]
        command = [part.replace("/demo/", f"{ROOT}/deploy/demo/") for part in service["command"]]
        given = dict(zip(command[2::2], command[3::2], strict=True))
        app = simulated(
            command[1], Path(given["--roster"]), callback_url=given.get("--callback-url")
        )
        ours, theirs = config.systems[name].settings, app.provider.settings
        for key in ("app_key", "app_secret", "app_id", "client_id", "client_secret",
                    "organization", "callback_token", "callback_aes_key"):  # fmt: skip
            if hasattr(ours, key) and getattr(ours, key):
                assert getattr(ours, key) == getattr(theirs, key), (name, key)
        assert ours.base_url == f"http://{name}:{given['--port']}"


@pytest.mark.slow
def test_a_worker_of_the_configured_cluster_is_ready(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    """``orgledger serve`` with the account and the configuration that the file gives it."""
    with cluster(compose, tmp_path) as nodes:
        (port,) = free_ports(1)
        shared = {
            "NATS_URL": ",".join(f"nats://127.0.0.1:{p}" for _, p in nodes.values()),
            "NATS_USER": compose["services"]["worker-1"]["environment"]["NATS_USER"],
            "NATS_PASSWORD": SECRETS["NATS_PASSWORD"],
        }
        (tmp_path / "orgledger.toml").write_text((ROOT / "deploy/orgledger.toml").read_text())
        command = [sys.executable, "-m", "orgledger", "-c", str(tmp_path / "orgledger.toml")]
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)], env={**os.environ, **shared}
        )
        try:
            eventually(lambda: _ready(port), 60)
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


SECRETS = {"NATS_PASSWORD": "12e4", "NATS_CLUSTER_PASSWORD": "77e1"}
"""For the test's own servers only, and such as could be taken for numbers."""


def environment(compose: dict[str, Any], node: str) -> dict[str, str]:
    """A node's environment with the secrets put in, as compose does."""
    return {
        key: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: SECRETS[found[1]], value)
        for key, value in compose["services"][node]["environment"].items()
    }


@contextmanager
def cluster(
    compose: dict[str, Any], tmp_path: Path
) -> Iterator[dict[str, tuple[subprocess.Popen[bytes], int]]]:
    """Three real servers on loopback from the compose file's configuration."""
    ports = free_ports(9)
    routes = dict(zip(NODES, ports[3:6], strict=True))
    nodes: dict[str, tuple[subprocess.Popen[bytes], int]] = {}

    def on_loopback(text: str, index: int) -> str:
        for other, port in routes.items():
            text = text.replace(f"{other}:6222", f"127.0.0.1:{port}")
        text = text.replace("0.0.0.0:4222", f"127.0.0.1:{ports[index]}")
        text = text.replace("0.0.0.0:6222", f"127.0.0.1:{ports[3 + index]}")
        text = text.replace("127.0.0.1:8222", f"127.0.0.1:{ports[6 + index]}")
        return text.replace('"/data"', f'"{tmp_path / NODES[index]}"')

    try:
        for index, node in enumerate(NODES):
            file = tmp_path / f"{node}.conf"
            file.write_text(on_loopback(configuration(compose), index))
            own = environment(compose, node).items()
            process = subprocess.Popen(
                [find_binary(), "-c", file, "-l", tmp_path / f"{node}.log"],
                env={**os.environ, **{key: on_loopback(value, index) for key, value in own}},
            )
            nodes[node] = (process, ports[index])
        yield nodes
    finally:
        for process, _ in nodes.values():
            process.kill()
            process.wait()


def append(log: NatsApplicationRecorder, number: int, position: int) -> int:
    events = [
        StoredEvent(f"{SCOPE}.member.m{index}", number, "MemberRenamed", b"{}")
        for index in range(100)
    ]
    positions = log.insert_events(events, scope=SCOPE, expected_position=position)
    assert positions == list(range(position + 1, position + 101))
    return positions[-1]


def test_the_configured_cluster_keeps_appending_without_one_node(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    with cluster(compose, tmp_path) as nodes:
        factory = NatsFactory(
            {
                "PERSISTENCE_MODULE": "adapters.nats",
                "NATS_URL": ",".join(f"nats://127.0.0.1:{port}" for _, port in nodes.values()),
                "NATS_USER": compose["services"]["worker-1"]["environment"]["NATS_USER"],
                "NATS_PASSWORD": SECRETS["NATS_PASSWORD"],
                "NATS_REPLICAS": "3",
                "NATS_PATIENCE": "40",
                "ORIGINATOR_ID_TYPE": "text",
            }
        )
        try:
            log = factory.application_recorder()
            assert isinstance(log, NatsApplicationRecorder)
            connection = factory.stream.connection
            durability = connection.run(factory.stream.durability())
            assert durability.replicas == 3
            assert durability.safe
            position = 0
            for number in range(10):
                position = append(log, number, position)
                assert log.last_position(SCOPE) == position
                assert len(log.select_events(f"{SCOPE}.member.m7")) == number + 1

            session = connection.run(connection.session(time.monotonic() + 10))
            nodes[session.server_name][0].kill()  # the very node that we talk to
            nodes[session.server_name][0].wait()
            for number in range(10, 15):
                position = append(log, number, position)
            assert [n.id for batch in log.read(0) for n in batch] == list(range(1, position + 1))
        finally:
            factory.close()
