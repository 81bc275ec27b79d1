"""Follow an organization: its state at a position, then every event after it.

ORGLEDGER_URL=http://127.0.0.1:8480 ORGLEDGER_TOKEN=… python docs/examples/subscribe.py acme
"""

import os
import sys

from orgledger.client import Client

with Client(os.environ["ORGLEDGER_URL"], os.environ["ORGLEDGER_TOKEN"]) as orgledger:
    org = sys.argv[1]
    state = orgledger.state(org)
    names = {row["uid"]: row["name"] for row in state.members}
    print(f"{state.name} at position {state.position}: {len(names)} people", flush=True)
    # Remember event.position with what you made of the event: that is where to go on.
    for event in orgledger.events(org, after=state.position):
        if event.event in ("MemberCreated", "MemberRenamed"):
            names[event.fact["uid"]] = event.fact["name"]
        print(f"{event.position} {event.event} {names.get(event.fact['uid'], '')}", flush=True)
