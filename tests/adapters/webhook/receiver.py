"""A small receiver: it verifies signatures with the specification's own library, keeps the
organization that the calls describe, and misbehaves on demand."""

from __future__ import annotations

from collections import deque
from typing import Any

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.simulation.app import cut
from adapters.simulation.http import Reply, Request, json_reply, read_request, send_reply
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KINDS = ("role_group", "department", "member", "role")


class RefusedError(Exception):
    """An answer of 4xx with a code."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


class Receiver:
    """An ASGI application. With ``own_ids`` it answers creations with an id of its own."""

    def __init__(self, *, own_ids: bool = False, secret: str = SECRET) -> None:
        self.own_ids, self.secret = own_ids, secret
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.requests: list[Request] = []
        self.messages: list[dict[str, Any]] = []
        self.troubles: deque[str | Reply] = deque()
        """What becomes of the next calls: a name, or an answer that is given without doing it."""
        self.verifies = True
        self._answers: dict[str, Reply] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        self.requests.append(request)
        trouble = self.troubles.popleft() if self.troubles else ""
        if isinstance(trouble, Reply):
            reply = trouble
        elif trouble == "reset":
            reply = await cut(request, httpx.ReadError("cut"))
        else:
            reply = self._answer(request)
        if trouble == "lost_reply":
            reply = await cut(request, httpx.ReadTimeout("lost"))
        if reply.status:
            await send_reply(send, reply)

    def _answer(self, request: Request) -> Reply:
        try:
            if self.verifies:
                Webhook(self.secret).verify(request.body, dict(request.headers))
        except WebhookVerificationError as error:
            return json_reply({"error": str(error)}, status=401)
        message = request.payload
        known = self._answers.get(message["id"])
        if known is not None:
            return known
        self.messages.append(message)
        try:
            reply = json_reply(self._do(message))
        except RefusedError as refused:
            return json_reply(
                {"code": refused.code, "who": "li@example.com"}, status=refused.status
            )
        self._answers[message["id"]] = reply
        return reply

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["type"] == "ping":
            return {}
        kind, action, entity = message["kind"], message["action"], message["entity"]
        self._look_at_references(message)
        if action == "create":
            remote = f"rx-{len(self._answers)}" if self.own_ids else entity["key"]
            if remote in self.things[kind]:
                raise RefusedError(422, "taken")
            self.things[kind][remote] = {
                "key": entity["key"],
                "fields": message["fields"],
                "relations": message["relations"],
                "members": [],
            }
            return {"id": remote} if self.own_ids else {}
        thing = self.things[kind].get(entity["remote"])
        if action == "delete":
            self.things[kind].pop(entity["remote"], None)
            return {}
        if thing is None:
            raise RefusedError(404, "unknown_entity")
        thing["fields"] |= message["fields"]
        thing["relations"] |= message["relations"]
        if action == "add":
            thing["members"] += [m for m in message["members"] if m not in thing["members"]]
        if action == "remove":
            thing["members"] = [m for m in thing["members"] if m not in message["members"]]
        return {}

    def _look_at_references(self, message: dict[str, Any]) -> None:
        """Refuse what names a thing that is not there (yet)."""
        relations = message["relations"]
        named = [("department", relations.get("parent")), ("member", relations.get("manager"))]
        named += [("role_group", relations.get("group"))]
        named += [("department", d) for d in relations.get("departments", ())]
        named += [("member", m) for m in (*relations.get("leaders", ()), *message["members"])]
        for kind, remote in named:
            if remote is not None and remote not in self.things[kind]:
                raise RefusedError(422, f"unknown_{kind}")

    def roster(self) -> Roster:
        """The organization under the keys of the source."""
        departments, members = self.things["department"], self.things["member"]

        def keys(kind: str, remotes: Any) -> tuple[str, ...]:
            return tuple(self.things[kind][r]["key"] for r in remotes if r in self.things[kind])

        def key(kind: str, remote: str | None) -> str | None:
            return None if remote is None else next(iter(keys(kind, [remote])), None)

        return Roster(
            departments=tuple(
                DepartmentRecord(
                    id=d["key"],
                    name=d["fields"]["name"],
                    parent_id=key("department", d["relations"].get("parent")),
                    leaders=keys("member", d["relations"].get("leaders", ())),
                    order=d["fields"].get("order"),
                )
                for d in departments.values()
            ),
            members=tuple(
                MemberRecord(
                    id=m["key"],
                    name=m["fields"]["name"],
                    departments=keys("department", m["relations"].get("departments", ())),
                    active=m["relations"].get("active", True),
                    manager=key("member", m["relations"].get("manager")),
                    **{
                        name: m["fields"].get(name)
                        for name in ("email", "mobile", "job_number", "title", "avatar")
                    },
                )
                for m in members.values()
            ),
            roles=tuple(
                RoleRecord(
                    id=r["key"],
                    name=r["fields"]["name"],
                    group=self._group(r["relations"].get("group")),
                    members=keys("member", r["members"]),
                )
                for r in self.things["role"].values()
            ),
        )

    def _group(self, remote: str | None) -> str | None:
        group = self.things["role_group"].get(remote or "")
        return group["fields"]["name"] if group else None
