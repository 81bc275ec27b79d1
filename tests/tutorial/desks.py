"""The address book on loopback, for the contract suites of docs/adding-a-system.md."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain, repeat
from typing import Any, Self

from address_book import Settings  # type: ignore[import-not-found]  # it is made from the page
from address_book.source import AddressBookSource  # type: ignore[import-not-found]

from adapters.http import Patience
from adapters.simulation.http import Request
from adapters.simulation.server import Running, running
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.delivery.desk import Trouble as WriteTrouble
from tests.sources.desk import Trouble
from tests.tutorial.address_book import TOKEN, AddressBook

HURRIED = Patience(tries=3, total=10.0, throttled=10.0, first_wait=0.01, read=2.0)

TROUBLES: dict[Trouble, tuple[str, str, int]] = {
    "throttled": ("people", "429", 3),
    "busy": ("departments", "503", 2),
    "server_errors": ("people", "500", 2),
    "connections_reset": ("departments", "reset", 2),
    "json_cut_short": ("people", "half", 2),
    "duplicate_rows": ("people", "twice", 1000),
    "list_fails": ("people", "500", 1000),
    "page_fails": ("people?", "500", 1000),
    "members_not_permitted": ("people?", "403", 1000),
    "everybody_gone": ("people", "empty", 1000),
    "nothing_there": ("", "empty", 1000),
    "root_fails": ("", "500", 1000),
    "unreachable": ("", "reset", 1000),
    "address_not_allowed": ("", "401", 1000),
    "answers_nonsense": ("", "page", 1000),
}
"""Which list it strikes (``?``: from its second page on), what happens, and how often."""

WRITES: dict[WriteTrouble, str] = {
    "lost_reply": "lost_reply",
    "throttle": "429",
    "http_500": "500",
    "reset": "reset",
}


class Desk:
    """An address book that runs while the context lasts."""

    def __init__(self) -> None:
        self.book = AddressBook()
        self._stack = ExitStack()
        self._server: Running | None = None

    def __enter__(self) -> Self:
        self._server = self._stack.enter_context(running(self.book))  # type: ignore[arg-type]
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {"base_url": self._server.url, "token": TOKEN}


class ReadDesk(Desk):
    """Fulfils ``tests.sources.desk.SourceDesk``."""

    page, key, secret = 20, "", TOKEN

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, str] = {}

    def source(self, *, wrong: bool = False) -> AddressBookSource:
        given = {**self.settings(), "token": "another-token"} if wrong else self.settings()
        return AddressBookSource("there", Settings(**given), HURRIED)

    def put(self, roster: Roster) -> None:
        book = self.book
        departments, people = dict(book.departments), dict(book.people)
        book.departments.clear()
        book.people.clear()

        def known(kind: str, key: str, before: dict[str, Any], table: dict[str, Any]) -> str:
            """Who stays keeps the id, who comes again gets the old one."""
            name = f"{kind} {key}"
            if name not in self._ids:
                self._ids[name] = book.put(before)["id"]
            table[self._ids[name]] = {"id": self._ids[name], "ref": None}
            return self._ids[name]

        places = {
            d.id: known("department", d.id, departments, book.departments)
            for d in roster.departments
        }
        for d in roster.departments:
            parent = places[d.parent_id] if d.parent_id else None
            book.departments[places[d.id]] |= {"name": d.name, "parent": parent}
        for m in roster.members:
            book.people[known("person", m.id, people, book.people)] |= {
                "name": m.name,
                "departments": [places[key] for key in m.departments],
                "email": m.email or None,
                "active": m.active is not False,
            }

    def truth(self) -> Roster:
        return Roster(
            departments=tuple(
                DepartmentRecord(id=d["id"], name=d["name"], parent_id=d["parent"])
                for d in self.book.departments.values()
            ),
            members=tuple(
                MemberRecord(
                    id=p["id"],
                    name=p["name"],
                    departments=tuple(p["departments"]),
                    email=p["email"],
                    active=p["active"],
                )
                for p in self.book.people.values()
            ),
        )

    def hide(self, field: str) -> bool:
        self.book.shown.discard(field)
        return field == "email"

    def narrow(self, department: str) -> bool:
        return False

    def trouble(self, kind: Trouble) -> bool:
        if kind not in TROUBLES:
            return False
        which, what, times = TROUBLES[kind]
        left = chain(repeat(what, times), repeat(None))

        def spoil(request: Request) -> str | None:
            path = request.path.strip("/")
            later = bool(request.query.get("cursor"))
            struck = not which or (path == which.strip("?") and (later or "?" not in which))
            return next(left) if struck else None

        self.book.spoil, self.book.spoiled = spoil, 0
        return True

    def struck(self) -> bool:
        return self.book.spoiled > 0

    def calm(self) -> None:
        self.book.spoil = lambda request: None
        self.book.shown |= {"email"}


class WriteDesk(Desk):
    """Fulfils ``tests.delivery.desk.TargetDesk``."""

    type = "address-book"

    def writes(self) -> int:
        return self.book.writes

    def roster(self) -> Roster:
        """Rows by our ids; those without are not ours."""
        book = self.book
        places = {d["id"]: d["ref"] or f"foreign:{d['id']}" for d in book.departments.values()}
        return Roster(
            departments=tuple(
                DepartmentRecord(
                    id=places[d["id"]],
                    name=d["name"],
                    parent_id=places[d["parent"]] if d["parent"] else None,
                )
                for d in book.departments.values()
            ),
            members=tuple(
                MemberRecord(
                    id=p["ref"] or f"foreign:{p['id']}",
                    name=p["name"],
                    departments=tuple(places[d] for d in p["departments"]),
                    email=p["email"],
                    active=p["active"],
                )
                for p in book.people.values()
            ),
        )

    def _ours(self, key: str) -> dict[str, Any]:
        return next(p for p in self.book.people.values() if p["ref"] == key)

    def remove_member(self, key: str) -> None:
        del self.book.people[self._ours(key)["id"]]

    def rename_member(self, key: str, name: str) -> None:
        self._ours(key)["name"] = name

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        row = self.book.put(self.book.people, name=name, email=email, departments=[], active=True)
        return str(row["id"])

    def trouble(self, kind: WriteTrouble, times: int) -> bool:
        left = chain(repeat(WRITES[kind], times), repeat(None))
        self.book.spoil = lambda request: None if request.method == "GET" else next(left)
        return True
