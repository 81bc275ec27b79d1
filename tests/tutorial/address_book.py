"""The service of docs/adding-a-system.md: an address book that is read and written as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from adapters.simulation.app import cut
from adapters.simulation.http import HTML, Reply, Request, json_reply, read_request, send_reply

TOKEN = "address-book-token"
Row = dict[str, Any]

Spoil = Callable[[Request], str | None]
"""What becomes of a request: ``reset``, ``lost_reply``, ``half``, ``twice``, ``page``, ``empty``,
or a status; None for nothing unusual."""


class AddressBook:
    """An ASGI application with ``page`` rows a page. Ids count up; a ``ref`` is taken once.

    ``shown`` are the fields of people that the token may see, beside those that always are.
    """

    def __init__(self, page: int = 20) -> None:
        self.page, self.shown = page, {"email", "active"}
        self.departments: dict[str, Row] = {}
        self.people: dict[str, Row] = {}
        self.writes = self.spoiled = 0
        self.spoil: Spoil = lambda request: None
        self._last = 0

    def put(self, table: dict[str, Row], **values: Any) -> Row:
        """A new row under a new id."""
        self._last += 1
        row = {"id": str(self._last), "ref": None, **values}
        table[row["id"]] = row
        return row

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        spoil = self.spoil(request)
        self.spoiled += spoil is not None
        reply = json_reply({}, status=int(spoil)) if spoil and spoil.isdecimal() else None
        if spoil == "429":
            reply = json_reply({}, status=429, headers={"retry-after": "0"})
        if spoil == "page":
            reply = Reply(b"<html>moved</html>", content_type=HTML)
        if spoil == "reset":
            reply = await cut(request, httpx.ReadError("cut"))
        if reply is None:
            reply = self._answer(request, spoil)
        if spoil == "half":
            reply = Reply(reply.body[: len(reply.body) // 2])
        if spoil == "lost_reply":
            reply = await cut(request, httpx.ReadTimeout("lost"))
        if reply.status:
            await send_reply(send, reply)

    def _answer(self, request: Request, spoil: str | None) -> Reply:
        self.writes += request.method != "GET"
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return json_reply({}, status=401)
        _, path, *rest = request.path.split("/")
        table = {"departments": self.departments, "people": self.people}.get(path)
        if table is None or (rest and rest[0] not in table):
            return json_reply({}, status=404)
        row = table[rest[0]] if rest else {}
        if request.method == "GET":
            return json_reply(self._shown(row)) if row else self._list(table, request, spoil)
        if request.method == "DELETE":
            used = [d for d in self.departments.values() if d.get("parent") == row["id"]]
            used += [p for p in self.people.values() if row["id"] in p["departments"]]
            if path == "departments" and used:
                return json_reply({}, status=409)
            del table[row["id"]]
            return json_reply({})
        return self._write(table, row, request.payload)

    def _write(self, table: dict[str, Row], row: Row, given: Row) -> Reply:
        inside = {given.get("parent"), *given.get("departments", ())} - {None}
        if inside - self.departments.keys():
            return json_reply({}, status=422)
        ref = given.get("ref")
        if ref and any(other["ref"] == ref for other in table.values()):
            return json_reply({}, status=409)
        if row:
            row |= given
        else:
            usual: Row = {"parent": None}
            if table is self.people:
                usual = {"departments": [], "email": None, "active": True}
            row = self.put(table, **{**usual, **given})
        return json_reply(self._shown(row))

    def _list(self, table: dict[str, Row], request: Request, spoil: str | None) -> Reply:
        rows = [self._shown(row) for row in table.values()]
        ref = request.query.get("ref")
        if ref is not None:
            rows = [row for row in rows if row["ref"] == ref]
        start = int(request.query.get("cursor") or 0)
        end = start + self.page
        items = [] if spoil == "empty" else rows[start:end]
        if spoil == "twice":
            items = [*rows[max(start - 1, 0) : end], *items]
        following = str(end) if end < len(rows) and spoil != "empty" else None
        return json_reply({"items": items, "next": following})

    def _shown(self, row: Row) -> Row:
        hidden = {"email", "active"} - self.shown
        return {name: value for name, value in row.items() if name not in hidden}
