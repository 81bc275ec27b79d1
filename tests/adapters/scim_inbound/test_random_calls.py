"""Any sequence of calls ends in the organization that a few lines of plain code expect."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directory import State
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import BULK, GROUP, PATCH, UNGUARDED, USER, Desk

people = st.integers(0, 4)
teams = st.integers(0, 5)
ids = st.lists(st.tuples(st.just("u"), people) | st.tuples(st.just("g"), teams), max_size=4)
user = st.fixed_dictionaries(
    {"userName": st.sampled_from(["ann", "Ann", "bob", "cyd", "dan", "eve"])},
    optional={"title": st.sampled_from(["a", "b"]), "active": st.booleans()},
)
call = st.one_of(
    st.tuples(st.just("user"), people, user),
    st.tuples(st.just("leave"), people),
    st.tuples(st.just("active"), people, st.sampled_from([True, False, "True", "False"])),
    st.tuples(st.just("group"), teams, st.sampled_from(["A", "B"]), ids),
    st.tuples(st.just("members"), teams, st.sampled_from(["add", "Remove", "replace"]), ids),
    st.tuples(st.just("end"), teams),
)


@dataclass
class Model:
    """People and groups by number; what was there keeps its id."""

    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    groups: dict[int, tuple[str, set[int]]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    ids: dict[tuple[str, int], str] = field(default_factory=dict)

    def user(self, number: int, body: dict[str, Any]) -> int:
        login = body["userName"].lower()
        others = [u for n, u in self.users.items() if n != number]
        if any(other["userName"].lower() == login for other in others):
            return 409
        old = self.users.get(number)
        active = body.get("active", old["active"] if old else True)
        self.users[number] = {"title": None, **body, "active": active}
        return 200 if old else 201

    def leave(self, number: int) -> int:
        if self.users.pop(number, None) is None:
            return 404
        for _, inside in self.groups.values():
            inside.discard(number)
        return 204

    def active(self, number: int, value: Any) -> int:
        if number not in self.users:
            return 404
        self.users[number]["active"] = value in (True, "True")
        return 204

    def group(self, number: int, name: str, named: list[tuple[str, int]]) -> int:
        old = self.groups.get(number)
        if not self._place(number, named):
            return 400
        self.groups[number] = (name, self.groups[number][1])
        return 200 if old else 201

    def members(self, number: int, op: str, named: list[tuple[str, int]]) -> int:
        if number not in self.groups:
            return 404
        now = [("u", n) for n in self.groups[number][1]]
        now += [("g", child) for child, parent in self.parents.items() if parent == number]
        if op == "replace":
            wanted = named
        elif op == "add":
            wanted = [*now, *named]
        else:
            wanted = [one for one in now if one not in named]
        return 204 if self._place(number, wanted) else 400

    def _place(self, number: int, named: list[tuple[str, int]]) -> bool:
        """Put exactly these into a group; nothing is done where one of them cannot be in it."""
        for kind, other in named:
            if other not in (self.users if kind == "u" else self.groups):
                return False
        parents = {c: p for c, p in self.parents.items() if p != number}
        parents |= {other: number for kind, other in named if kind == "g"}
        above: int | None = number
        for _ in range(len(parents) + 1):
            above = parents.get(above) if above is not None else None
            if above == number:
                return False
        self.parents = parents
        name = self.groups[number][0] if number in self.groups else ""
        self.groups[number] = (name, {other for kind, other in named if kind == "u"})
        return True

    def end(self, number: int) -> int:
        if self.groups.pop(number, None) is None:
            return 404
        above = self.parents.pop(number, None)
        children = [child for child, parent in self.parents.items() if parent == number]
        for child in children:
            if above is None:
                del self.parents[child]
            else:
                self.parents[child] = above
        return 204


def request(model: Model, step: tuple[Any, ...]) -> tuple[str, str, dict[str, Any] | None]:
    """The call of a step: method, path, body."""
    what, number, *rest = step
    kind, place = ("u", "/Users") if what in ("user", "leave", "active") else ("g", "/Groups")
    known = number in (model.users if kind == "u" else model.groups)
    one = f"{place}/{model.ids.get((kind, number), 'nobody') if known else 'nobody'}"
    if what in ("leave", "end"):
        return "DELETE", one, None
    if what in ("user", "group"):
        body: dict[str, Any] = {"schemas": [USER], "externalId": f"u{number}"}
        if what == "user":
            body |= rest[0]
        else:
            body = {"schemas": [GROUP], "externalId": f"g{number}", "displayName": rest[0],
                    "members": listed(model, rest[1])}  # fmt: skip
        return ("PUT", one, body) if known else ("POST", place, body)
    if what == "active":
        operation = {"op": "Replace", "path": "active", "value": rest[0]}
    else:
        operation = {"op": rest[0], "path": "members", "value": listed(model, rest[1])}
    return "PATCH", one, {"schemas": [PATCH], "Operations": [operation]}


def listed(model: Model, named: list[tuple[str, int]]) -> list[dict[str, str]]:
    return [{"value": model.ids.get(one, f"nobody-{one}")} for one in named]


def agree(desk: Desk, model: Model) -> None:
    """The log's organization, and what the service lists, are the model's."""
    directory = desk.directory()
    there = {m.uid: m for m in directory.present_members()}
    assert {
        model.ids["u", n]: (u["userName"], u["title"], u["active"]) for n, u in model.users.items()
    } == {
        uid: (m.details["userName"], m.title, m.state is State.ACTIVE) for uid, m in there.items()
    }
    departments = {d.uid: d for d in directory.present_departments()}
    assert {
        model.ids["g", n]: (
            name,
            model.ids["g", model.parents[n]] if n in model.parents else None,
            {model.ids["u", person] for person in inside},
        )
        for n, (name, inside) in model.groups.items()
    } == {
        uid: (d.name, d.parent, {m.uid for m in there.values() if uid in m.departments})
        for uid, d in departments.items()
    }
    assert desk.get("/Users")["totalResults"] == len(there)
    assert desk.get("/Groups")["totalResults"] == len(departments)


def play(ledger: Ledger, steps: Iterable[Callable[[Model], Any]], *, in_bulk: bool) -> None:
    """Carry out the steps, each of which is made in view of the model."""
    desk, model = Desk(ledger, Path(tempfile.gettempdir())), Model()
    desk.guard = UNGUARDED
    with desk.open():
        for number, next_step in enumerate(steps, 1):
            step = next_step(model)
            method, path, body = request(model, step)
            expected = getattr(model, step[0])(*step[1:])
            made: str | None
            if in_bulk:
                operation = {"method": method, "path": path, "data": body, "bulkId": "b"}
                wrapped = {"schemas": [BULK], "Operations": [operation]}
                answer = desk.ask("POST", "/Bulk", wrapped).json()["Operations"][0]
                status, made = int(answer["status"]), answer.get("location")
                status = 204 if method == "PATCH" and status == 200 else status
            else:
                got = desk.ask(method, path, body)
                status, made = got.status_code, got.headers.get("location")
            assert status == expected, (step, path)
            if status == 201:
                assert made is not None
                key = ("u" if step[0] == "user" else "g", step[1])
                uid = made.rpartition("/")[2]
                assert model.ids.setdefault(key, uid) == uid  # who comes back is who left
            if number % 50 == 0:
                agree(desk, model)
        agree(desk, model)


def drawn(dice: random.Random, model: Model) -> tuple[Any, ...]:
    """One step of any kind, about people and groups who are there more often than not."""
    there = [("u", n) for n in model.users] + [("g", n) for n in model.groups] * 3
    named = dice.sample(there, min(len(there), 2))
    if dice.random() < 0.1:
        named.append(dice.choice([("u", 4), ("g", 5)]))
    user = {"userName": dice.choice(["ann", "Ann", "bob", "cyd", "dan", "eve"])}
    if dice.random() < 0.5:
        user |= {"title": dice.choice("ab"), "active": dice.random() < 0.7}
    person, team = dice.randrange(5), dice.randrange(6)
    steps: list[tuple[Any, ...]] = [
        ("user", person, user),
        ("user", person, user),
        ("leave", person),
        ("active", person, dice.choice([True, False, "True", "False"])),
        ("group", team, dice.choice("AB"), named),
        ("members", team, dice.choice(["add", "add", "Remove", "replace"]), named),
        ("members", team, "add", named[:1]),
        ("end", team),
    ]
    return dice.choices(steps, weights=(2, 2, 1, 2, 3, 3, 3, 1))[0]


@pytest.mark.parametrize("seed", [4, 9])  # in both, groups end that lie between two others
def test_calls_end_in_what_they_say(ledger: Ledger, seed: int) -> None:
    """Every answer's status and the tree in the log are those of the model."""
    dice = random.Random(seed)
    play(ledger, (lambda model: drawn(dice, model) for _ in range(150)), in_bulk=bool(seed % 2))


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(call, min_size=20, max_size=60), in_bulk=st.booleans())
def test_any_calls_end_in_what_they_say(
    ledger: Ledger, steps: list[tuple[Any, ...]], in_bulk: bool
) -> None:
    """The same for whatever hypothesis thinks of."""
    play(ledger, (lambda _, step=step: step for step in steps), in_bulk=in_bulk)
