"""Publish change events to an organization that is kept in orgledger.

ORGLEDGER_URL=http://127.0.0.1:8480 ORGLEDGER_TOKEN=… python docs/examples/publish.py acme
"""

import os
import sys

from orgledger.client import Client, ProblemError

CHANGES = [
    {"event": "DepartmentCreated", "id": "d1", "name": "R&D"},
    {"event": "MemberCreated", "id": "u1", "name": "李雷", "departments": ["d1"]},
    {"event": "DepartmentLeadersChanged", "id": "d1", "leaders": ["u1"]},
]

with Client(os.environ["ORGLEDGER_URL"], os.environ["ORGLEDGER_TOKEN"]) as orgledger:
    try:
        # The key is your own: run it twice, and it is recorded once.
        done = orgledger.publish(sys.argv[1], CHANGES, key="hr-2026-11-22-001")
    except ProblemError as error:
        sys.exit(str(error))  # every mistake, one per line
    if done.repeated:
        print(f"recorded before, as {done.run}")
    else:
        print(f"{done.events} events recorded, the last at position {done.position}")
