"""The command line serves it: ``orgledger simulate feishu --roster FILE``."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec

from adapters.simulation.server import running
from orgledger.simulators import simulated
from tests.adapters.feishu.simulator_desk import SMALL, TOKEN

CREDENTIALS = {"app_id": "cli_simulatedapp", "app_secret": "simulated-secret"}


def test_the_command_serves_a_roster_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "roster.json").write_bytes(msgspec.json.encode(SMALL))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    command = [sys.executable, "-m", "orgledger", "simulate", "feishu", "--json"]
    command += ["--roster", str(tmp_path / "roster.json"), "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            said = served.stdout.readline()
            while not said.rstrip().endswith("}"):
                said += served.stdout.readline()
            told = json.loads(said)
            assert told == {"provider": "feishu", "url": f"http://127.0.0.1:{port}"}
            with httpx.Client(trust_env=False) as client:
                token = client.post(told["url"] + TOKEN, json=CREDENTIALS).json()
                roster = client.get(f"{told['url']}/_sim/roster").json()
            assert token["code"] == 0
            assert [one["id"] for one in roster["members"]] == ["ann", "bob", "cai"]
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(20)


def test_dials_of_the_command_line_reach_it(tmp_path: Path) -> None:
    (tmp_path / "roster.json").write_bytes(msgspec.json.encode(SMALL))
    fault = "tenant_access_token:busy:times=1"
    app = simulated("feishu", tmp_path / "roster.json", name="非凡", qps=100, faults=[fault])
    with running(app) as served, httpx.Client(trust_env=False) as client:
        codes = [client.post(served.url + TOKEN, json=CREDENTIALS).json()["code"] for _ in range(2)]
        settings = client.get(f"{served.url}/_sim/settings").json()
    assert codes == [40003, 0]
    assert (settings["org_name"], settings["qps_per_api"]) == ("非凡", 100)
