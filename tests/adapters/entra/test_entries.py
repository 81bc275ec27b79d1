"""Entries of one round in any order, repeated and in parts: the last word on each object counts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.entra.entries import Entry, fold
from adapters.entra.people import People
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import delta
from domain.ports import KnownMember
from tests.adapters.entra.entra_desk import APP, EntraDesk, company

USER = "#microsoft.graph.user"


def folded(*rows: Any) -> dict[str, Entry]:
    entries, bad = fold([msgspec.Raw(msgspec.json.encode(row)) for row in rows])
    assert not bad
    return entries


def manager(*rows: Any, known: str | None = "old") -> str | None:
    people = People([KnownMember("u", "U", (), known)], folded(*rows), EntraSettings(**APP))
    return people.manager("u")


def came(other: str) -> dict[str, str]:
    return {"@odata.type": USER, "id": other}


def went(other: str) -> dict[str, Any]:
    return {**came(other), "@removed": {"reason": "deleted"}}


def test_the_last_value_of_a_property_counts_and_the_others_stay() -> None:
    one, two = {"id": "u", "title": "A", "mail": "m"}, {"id": "u", "title": None}
    assert folded(one, two, two)["u"].props == {"title": None, "mail": "m"}


@pytest.mark.parametrize("reason", ["changed", "deleted"])
def test_an_object_may_go_and_come_back_and_go(reason: str) -> None:
    there, gone = {"id": "u", "title": "A"}, {"id": "u", "@removed": {"reason": reason}}
    assert folded(there, gone)["u"].removed
    assert not folded(there, gone, there)["u"].removed
    assert folded(gone, there, gone)["u"].removed
    assert folded({"id": "u", "mail": "m"}, gone, there)["u"].props == {"title": "A"}


def test_members_in_parts_are_put_together() -> None:
    rows = [{"id": "g", "members@delta": [came(f"u{n}")]} for n in range(3)]
    again = {"id": "g", "members@delta": [went("u1"), came("u0")]}
    ties = folded(*rows, again)["g"].ties["members"]
    assert {other: tie.added for other, tie in ties.items()} == {
        "u0": True, "u1": False, "u2": True,
    }  # fmt: skip


def test_the_manager_is_the_one_who_came_last() -> None:
    assert manager({"id": "u", "manager@delta": [came("new"), went("old")]}) == "new"
    assert manager({"id": "u", "manager@delta": [went("old"), came("new")]}) == "new"
    assert manager({"id": "u", "manager@delta": [went("old")]}) is None
    assert manager({"id": "u", "title": "x"}) == "old"
    assert manager(
        {"id": "u", "manager@delta": [came("a")]}, {"id": "u", "manager@delta": [came("b")]}
    ) == "b"  # fmt: skip


@pytest.mark.parametrize("told", [USER, "#Microsoft.Graph.User", "microsoft.graph.user", "user"])
def test_a_kind_is_known_by_its_name(told: str) -> None:
    """Owners may come without one: they are people."""
    tie = {"@odata.type": told, "id": "a"}
    entry = folded({"id": "g", "members@delta": [tie], "owners@delta": [{"id": "b"}]})["g"]
    assert entry.ties["members"]["a"].kind == entry.ties["owners"]["b"].kind == USER


def test_rows_of_an_unknown_shape_are_counted() -> None:
    rows = [b"[]", b'{"title": "x"}', b'{"id": "u", "members@delta": 3}', b'{"id": "v"}']
    entries, bad = fold(map(msgspec.Raw, rows))
    assert (list(entries), bad) == (["v"], 3)


def test_a_round_without_an_end_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = EntraDesk(company(2, 5))
    desk.incremental = True
    desk.sync()
    desk.change("update_member", id="u3", title="Lead")
    page = delta._page

    def cut(q: Any, rest: Any) -> dict[str, Any]:
        return {name: value for name, value in page(q, rest).items() if name != "@odata.deltaLink"}

    monkeypatch.setattr(delta, "_page", cut)
    seen = desk.changes()
    assert not seen.coverage.changes
    assert (seen.cursor, len(seen.members)) == ("", 5)
