"""Auditing: the job that keeps the audit's file up with the log.

The file is open for as long as a batch takes, so that questions can be asked in between.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from faststream.nats.annotations import NatsMessage

from orgledger.engine.auditing import caught_up
from orgledger.live.consuming import consuming, sequence
from orgledger.live.gathering import Gathering
from orgledger.live.jobs import Check
from projections.audit import AuditLocked

if TYPE_CHECKING:
    from orgledger.bootstrap import Service

log = logging.getLogger("orgledger.live")

IDLE_S, MOST_S = 1.0, 10.0
"""Events are written together after so much quiet, or so long after the first of them."""

TICK_S = 1.0
AGAIN_S = 5.0
"""Before a file that somebody else holds is tried again."""


class Auditing:
    """The audit file of this process's data folder."""

    name = "audit"

    def __init__(self, opened: Service) -> None:
        self.opened = opened
        self._gathering: Gathering[NatsMessage] = Gathering(idle=IDLE_S, most=MOST_S)

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave."""
        opened = self.opened
        self._write()
        async with consuming(  # the file knows how far it is: no consumer has to remember it
            opened.address,
            lambda message: self._gathering.put(sequence(message), message),
            stream=opened.config.log.stream,
            subject="orgledger.log.>",
            new=True,
            headers_only=True,
        ):
            while not leave.is_set():
                batch = await self._gathering.next(TICK_S)
                if batch and not self._write():
                    for number, message in batch.items():
                        self._gathering.put(number, message)
                    await asyncio.sleep(AGAIN_S)
                    continue
                for message in batch.values():
                    await message.ack()

    def _write(self) -> bool:
        """Bring the file to the log's head; False while somebody else holds it."""
        try:
            with caught_up(self.opened.ledger, self.opened.config.data, _quiet, patience=1.0):
                return True
        except AuditLocked as locked:
            log.info("%s: %s", self.name, locked)
            return False


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""
