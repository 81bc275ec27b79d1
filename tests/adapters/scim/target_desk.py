"""A real SCIM server to write to, and what it holds, read without our adapter."""

from __future__ import annotations

import contextlib
from typing import Any

import httpx

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.scim.front import Canned, Front
from tests.adapters.scim.scim_server import running
from tests.delivery.desk import Trouble

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

TROUBLE: dict[Trouble, Canned] = {
    "lost_reply": Canned(0, forward=True),
    "throttle": Canned(429, {"status": "429"}, {"retry-after": "0"}),
    "http_500": Canned(500, {"status": "500"}),
    "reset": Canned(0),
}


class Hands:
    """Reads and writes a SCIM server by hand."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=20)
        self._url = url

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = self._client.request(method, self._url + path, json=body)
        response.raise_for_status()
        return response.json() if response.content else None

    def all(self, endpoint: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask("GET", f"{endpoint}?startIndex={len(found) + 1}&count=1000")
            found += page["Resources"] if page["totalResults"] else []
            if len(found) >= page["totalResults"]:
                return found

    def user(self, key: str) -> dict[str, Any]:
        (found,) = [u for u in self.all("/Users") if u.get("externalId") == key]
        return found

    def group(self, key: str) -> dict[str, Any]:
        (found,) = [g for g in self.all("/Groups") if g.get("externalId") == key]
        return found

    def put_user(self, **content: Any) -> str:
        return str(self.ask("POST", "/Users", {"schemas": [USER], **content})["id"])

    def put_group(self, **content: Any) -> str:
        return str(self.ask("POST", "/Groups", {"schemas": [GROUP], **content})["id"])

    def patch(self, path: str, *operations: dict[str, Any]) -> None:
        self.ask("PATCH", path, {"schemas": [PATCH], "Operations": operations})

    def roster(self) -> Roster:
        """Everything there is, under our ids, or ``foreign:`` and the server's."""
        users, groups = self.all("/Users"), self.all("/Groups")
        key = {r["id"]: r.get("externalId") or f"foreign:{r['id']}" for r in (*users, *groups)}
        inside = {g["id"]: [m["value"] for m in g.get("members", ())] for g in groups}
        roles = [g for g in groups if key[g["id"]].startswith("role:")]
        departments = [g for g in groups if g not in roles]
        parent = {
            child: key[g["id"]] for g in departments for child in inside[g["id"]] if child in inside
        }
        return Roster(
            departments=tuple(
                DepartmentRecord(
                    id=key[g["id"]], name=g["displayName"], parent_id=parent.get(g["id"])
                )
                for g in departments
            ),
            members=tuple(
                _person(
                    u, key, tuple(key[g["id"]] for g in departments if u["id"] in inside[g["id"]])
                )
                for u in users
            ),
            roles=tuple(
                RoleRecord(
                    id=key[g["id"]].removeprefix("role:"),
                    name=g["displayName"],
                    members=tuple(key[m] for m in inside[g["id"]] if m in key),
                )
                for g in roles
            ),
        )


def _person(
    user: dict[str, Any], key: dict[str, str], departments: tuple[str, ...]
) -> MemberRecord:
    extension = user.get(ENTERPRISE, {})
    manager = extension.get("manager", {}).get("value")
    return MemberRecord(
        id=key[user["id"]],
        name=user.get("displayName") or user["userName"],
        departments=departments,
        email=_typed(user, "emails", "work"),
        mobile=_typed(user, "phoneNumbers", "mobile"),
        job_number=extension.get("employeeNumber"),
        title=user.get("title"),
        active=user.get("active", True),
        manager=key.get(manager) if manager else None,
    )


def _typed(user: dict[str, Any], name: str, kind: str) -> str | None:
    return next((row["value"] for row in user.get(name, ()) if row.get("type") == kind), None)


class ScimTargetDesk:
    """Fulfils ``tests.delivery.desk.TargetDesk``."""

    type = "scim"

    def __enter__(self) -> ScimTargetDesk:
        self._open = contextlib.ExitStack()
        server = self._open.enter_context(running())
        self.front = self._open.enter_context(Front(server.url))
        self.hands = Hands(server.url, server.token)
        self._open.callback(self.hands.close)
        self._token = server.token
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def settings(self) -> dict[str, Any]:
        return {"base_url": self.front.url, "token": self._token}

    def roster(self) -> Roster:
        return self.hands.roster()

    def writes(self) -> int:
        return self.front.operations()

    def remove_member(self, key: str) -> None:
        self.hands.ask("DELETE", f"/Users/{self.hands.user(key)['id']}")

    def rename_member(self, key: str, name: str) -> None:
        path = f"/Users/{self.hands.user(key)['id']}"
        self.hands.patch(path, {"op": "replace", "path": "displayName", "value": name})

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        return self.hands.put_user(
            userName=email,
            displayName=name,
            emails=[{"value": email, "type": "work", "primary": True}],
            phoneNumbers=[{"value": mobile, "type": "mobile"}],
        )

    def trouble(self, kind: Trouble, times: int) -> bool:
        self.front.canned.extend([TROUBLE[kind]] * times)
        return True
