"""Subscribers lose nothing while the log's server is killed under them, again and again."""

from __future__ import annotations

import os
import signal
import threading
import time
from itertools import islice
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from adapters.nats.server import running
from orgledger.api import Event
from tests.live.api_desk import FOUNDED, ApiDesk, renamed
from tests.live.live_desk import eventually
from tests.live.test_notifying import Address, log, subscriber
from tests.live.test_subscribing import told

KILLS, EACH = 3, 4


@pytest.mark.slow
def test_every_event_comes_although_the_server_is_killed(tmp_path: Path) -> None:
    """Over HTTP in order and once, as webhooks in order; what is published again is kept once."""
    address, found = Address(), list[Event]()
    with address.open() as url:
        api = ApiDesk(tmp_path, subscriber("every", url))
        whole = len(FOUNDED) + 1 + KILLS * EACH

        def follow() -> None:
            with api.client() as client:
                found.extend(islice(client.events("acme", after=0), whole))

        with api.serving() as (opened, _), api.client() as client:
            client.publish("acme", FOUNDED, key="founded")
            thread = threading.Thread(target=follow, daemon=True)
            thread.start()
            data = opened.config.data
            for kill in range(KILLS):
                os.kill(int((data / "nats.pid").read_text()), signal.SIGKILL)
                while running(data):
                    time.sleep(0.01)
                attach(data).close()
                for number in range(EACH):
                    key = f"{kill}-{number}"
                    client.publish("acme", [renamed(f"N{key}")], key=key)
            thread.join(60)
            assert told(found) == log(opened)
            assert len(found) == whole
            eventually(lambda: address.events == log(opened), 60)
