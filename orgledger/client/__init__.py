"""A client of the API of ``orgledger serve``: publish to an organization, and subscribe to it.

::

    from orgledger.client import Client

    with Client("http://127.0.0.1:8480", token) as orgledger:
        orgledger.publish("acme", [{"event": "DepartmentCreated", "id": "d1", "name": "R&D"}])
        state = orgledger.state("acme")
        for event in orgledger.events("acme", after=state.position):
            print(event.position, event.event, event.fact)

:class:`AsyncClient` has the same methods, to be awaited.
"""

from orgledger.api import Event, Problem, Published, State
from orgledger.client.http import AsyncClient, Client
from orgledger.client.wire import ProblemError

__all__ = ["AsyncClient", "Client", "Event", "Problem", "ProblemError", "Published", "State"]
