"""A process that does a job whenever it can have it, and writes down when it did.

``python -m tests.adapters.nats.holding NAME JOB FILE``; the address is in the environment. A line
is a name, the number of its tenure and a time of the machine's monotonic clock at which the lease
was ours: the time is taken first, and then the lease is asked.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.leases import LeaseLostError, Leases


async def main(name: str, job: str, file: str) -> None:
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    client = await connect(Address.of(dict(os.environ)))
    number = 0
    replicas = int(os.environ.get("NATS_REPLICAS", "1"))
    async with Leases(client, holder=name, replicas=replicas) as leases:
        while True:
            with suppress(LeaseLostError):
                async with leases.hold(job) as lease:
                    number += 1
                    while not lease.wanted.is_set():
                        now = time.monotonic()
                        lease.check()
                        os.write(out, b"%s %d %.6f\n" % (name.encode(), number, now))
                        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
