"""Answers of WeCom that are right and not what one expects: nulls, repeats, unknown fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.source_desk import SourceDesk


def answering(desk: SourceDesk, change: Callable[[str, dict[str, Any]], Any]) -> None:
    """Each answer as ``change`` makes it of the interface's name and the JSON."""
    answer = desk.app.provider.answer

    def changed(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        said = msgspec.json.decode(reply.body)
        change(call.api, said)
        reply.body = msgspec.json.encode(said)
        return reply

    desk.app.provider.answer = changed  # type: ignore[method-assign]


def test_nulls_duplicates_and_what_nobody_documented_change_nothing() -> None:
    """An empty list may be null, a row may come twice and have more than is documented."""

    def loosely(api: str, said: dict[str, Any]) -> None:
        for name, value in said.items():
            if value == []:
                said[name] = None
            elif isinstance(value, list) and isinstance(value[0], dict):
                said[name] = [{**row, "unheard_of": {"a": [None]}} for row in (*value, value[0])]
        for row in said.get("userlist") or ():
            row |= {name: None for name, value in row.items() if value in ("", [])}
        for row in (*(said.get("department") or ()), *(said.get("taglist") or ())):
            row |= {name: None for name, value in row.items() if value in ("", 0, [])}
            row.pop("department_leader", None)
        said["unheard_of"] = None

    plain, loose = SourceDesk(SMALL), SourceDesk(SMALL)
    for desk in (plain, loose):
        desk.directory.people.users["cai"].fields["alias"] = ""
    expected = plain.read()
    answering(loose, loosely)
    seen = loose.read()
    assert seen.gaps == () and seen.coverage == expected.coverage
    assert sorted(m.id for m in seen.members) == ["Ann", "bob", "cai", "dai"]
    placed = [[(d.id, d.parent_id, d.leaders, d.order) for d in o.departments]
              for o in (seen, expected)]  # fmt: skip
    assert placed[0] == placed[1]
    assert [(r.id, r.members) for r in seen.roles] == [(r.id, r.members) for r in expected.roles]


def test_nobody_at_all_as_null_is_nobody_and_no_fault() -> None:
    """Every list of people null: the reading is whole and empty, which the engine's guard holds."""
    desk = SourceDesk(SMALL)

    def emptied(api: str, said: dict[str, Any]) -> None:
        if api in ("user/list_id", "user/list", "tag/list"):
            said |= {name: None for name, value in said.items() if isinstance(value, list)}

    answering(desk, emptied)
    seen = desk.read()
    assert (seen.members, seen.roles, seen.gaps) == ((), (), ())
    assert seen.coverage.members and seen.coverage.departments
