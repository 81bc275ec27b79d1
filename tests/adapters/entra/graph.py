"""A client of the simulated Graph, by plain httpx."""

from __future__ import annotations

from typing import Any

import httpx

from adapters.simulation.server import Running
from tests.adapters.entra.entra_desk import APP


class Graph:
    """A client with a token."""

    def __init__(self, served: Running) -> None:
        self.served, self.world = served, served.app.provider._world
        self.client = httpx.Client(base_url=served.url, trust_env=False)
        self.sign_in()

    def sign_in(self, **form: str) -> httpx.Response:
        given = {
            "client_id": APP["client_id"],
            "client_secret": APP["client_secret"],
            "scope": "https://graph.microsoft.com/.default",
            "grant_type": "client_credentials",
            **form,
        }
        reply = self.client.post(f"/{APP['tenant_id']}/oauth2/v2.0/token", data=given)
        if reply.is_success:
            self.client.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
        return reply

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        url = path if path.startswith("http") else f"/v1.0/{path}"
        return self.client.get(url, headers=headers)

    def refused(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        reply = self.get(path, headers)
        assert reply.headers["request-id"]
        return reply.status_code, reply.json()["error"]["code"]

    def round(self, path: str, headers: dict[str, str] | None = None) -> tuple[list[Any], str]:
        """All entries of a delta round, and the link to the next one."""
        entries: list[Any] = []
        while True:
            page = self.get(path, headers).json()
            entries += page["value"]
            if "@odata.deltaLink" in page:
                return entries, page["@odata.deltaLink"]
            path = page["@odata.nextLink"]

    def set(self, **settings: Any) -> None:
        assert self.client.post("/_sim/settings", json=settings).is_success

    def change(self, op: str, **fields: Any) -> None:
        reply = self.client.post("/_sim/change", json={"op": op, **fields})
        assert reply.is_success, reply.text

    def advance(self, seconds: float) -> None:
        self.client.post("/_sim/clock", json={"advance": seconds})
