"""What a strict or a poor Graph does that must neither empty, remove nor hold up anything."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from adapters.entra.reading import CREATED
from adapters.entra.simulator import delta
from adapters.entra.simulator.errors import GraphError
from domain.errors import SystemFault, TerminalFault
from domain.records import MemberRecord, Roster
from tests.adapters.entra.changing import begun, same_as_reading_everything
from tests.adapters.entra.entra_desk import GROUPS, EntraDesk, company, group, user

Entry = dict[str, Any]


def telling(monkeypatch: pytest.MonkeyPatch, change: Callable[[Entry], Entry]) -> None:
    """Each entry of a delta query as ``change`` makes it."""
    changes = delta._changes
    monkeypatch.setattr(delta, "_changes", lambda q, mark: [*map(change, changes(q, mark))])


@pytest.mark.parametrize("code", ["Request_ResourceNotFound", "BadRequest"])
def test_a_graph_without_batches_is_asked_one_by_one(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That there is no ``$batch`` must not be taken for every group being gone."""
    desk = EntraDesk(company(6, 20, roles=1))
    desk.sync(**GROUPS)

    def refuse(*_: Any) -> Any:
        raise GraphError(404, code, "There is no $batch.")

    monkeypatch.setattr("adapters.entra.simulator.provider.batch", refuse)
    seen = desk.read(**GROUPS)
    assert not seen.gaps
    assert desk.ledger.learn(seen) == []
    assert desk.calls["groups/members"] == 7


def test_a_hidden_role_is_not_an_empty_one() -> None:
    """A role whose membership is not shown keeps its people."""
    desk = EntraDesk(company(3, 9, roles=1))
    desk.sync(**GROUPS)
    for found in desk.app.provider._world.directory.objects["group"].values():
        if found["mailNickname"].startswith("role-"):
            found["visibility"] = "HiddenMembership"
    members = desk.app.provider._world.directory.members
    for role in desk.ledger.roles():
        members[role.id].clear()
    seen = desk.read(**GROUPS)
    assert [r.members for r in seen.roles] == [UNSET]
    assert desk.ledger.learn(seen) == []


def answering(desk: EntraDesk, change: Callable[[str, Any], Any]) -> None:
    """Each answer as ``change`` makes it of the interface's name and the JSON."""
    answer = desk.app.provider.answer

    def changed(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        said = change(call.api, msgspec.json.decode(reply.body))
        reply.body = said if isinstance(said, bytes) else msgspec.json.encode(said)
        reply.status = 400 if isinstance(said, dict) and "error" in said else reply.status
        return reply

    desk.app.provider.answer = changed  # type: ignore[method-assign]


@pytest.mark.parametrize("tree", [{}, GROUPS, {"tree": "manager"}], ids=["text", "groups", "teams"])
def test_what_nobody_documented_changes_nothing(tree: dict[str, Any]) -> None:
    """Further fields, rows that come twice, odata types of null, and a byte order mark."""

    def loose(said: Any) -> Any:
        if isinstance(said, list):
            return [loose(one) for one in (*said, *said[:1])]
        if not isinstance(said, dict):
            return said
        found = {name: loose(value) for name, value in said.items()} | {"unheardOf": [{"a": None}]}
        return found | ({"manager": None} if said.get("manager") is None else {})

    plain, desk = EntraDesk(company(6, 12, roles=1)), EntraDesk(company(6, 12, roles=1))
    expected = plain.read(**tree)
    answering(desk, lambda api, said: BOM_UTF8 + msgspec.json.encode(loose(said)))
    seen = desk.read(**tree)
    assert seen.gaps == () and seen.coverage == expected.coverage
    assert {d.id: d for d in seen.departments} == {d.id: d for d in expected.departments}
    assert {m.id: m for m in seen.members} == {m.id: m for m in expected.members}
    assert seen.roles == expected.roles
    assert {f.level for f in desk.check(**tree)} == {"ok"}


def test_a_strangers_json_is_not_nobody() -> None:
    """Graph always sends the list that was asked for; what has none is somebody else's answer."""
    desk = EntraDesk(company(3, 6))
    answering(desk, lambda api, said: {"status": "ok"} if api == "users" else said)
    with pytest.raises(TerminalFault, match="unknown shape"):
        desk.read()


def test_a_graph_that_does_not_count_is_well() -> None:
    """Tenants for consumers refuse to count (microsoft-graph-docs, issue 9477), and sync all the
    same."""
    refusal = {"error": {"code": "Request_BadRequest", "message": "not supported"}}
    for instead in (refusal, {"value": []}):
        desk = EntraDesk(company(3, 6))
        answering(desk, lambda api, said, i=instead: i if "@odata.count" in said else said)
        found = desk.check()
        assert {f.level for f in found} == {"ok"}
        assert "does not count people" in str(found)


@pytest.mark.parametrize(
    ("base", "scope"),
    [
        ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/.default"),
        ("https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/.default"),
        (
            "https://microsoftgraph.chinacloudapi.cn/v1.0",
            "https://microsoftgraph.chinacloudapi.cn/.default",
        ),
        ("http://127.0.0.1:8080/v1.0", "https://graph.microsoft.com/.default"),
        ("https://proxy.example/graph/v1.0", "https://graph.microsoft.com/.default"),
    ],
)
def test_a_token_is_asked_for_graph_and_not_for_a_proxy(base: str, scope: str) -> None:
    """Only Graph's own hosts are resources that the token service knows."""
    desk, asked = EntraDesk(company(1, 1)), []
    answer = desk.app.provider.answer

    def noted(call: Any, request: Any, fault: Any) -> Any:
        if call.api == "token":
            asked.append(request.payload["scope"])
        return answer(call, request, fault)

    desk.app.provider.answer = noted  # type: ignore[method-assign]
    try:
        desk.read(base_url=base)
    except SystemFault:
        pass  # the simulator is elsewhere; it is the token that counts
    assert asked[0] == scope


class TestBeginning:
    """Where a delta query begins is found out, or everything is read each time."""

    def test_without_a_token_for_now_it_begins_with_everything(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = delta._page

        def refuse(q: Any, rest: Any) -> Any:
            if "$deltaToken" in q.request.query:
                raise GraphError(400, "Request_BadRequest", "deltaToken has no such value.")
            return page(q, rest)

        monkeypatch.setattr(delta, "_page", refuse)
        desk = begun(GROUPS, delta_page=7)
        desk.change("update_member", id="u7", departments=["d3"], title="Lead")
        assert desk.changes(**GROUPS).coverage.changes
        desk.sync(**GROUPS)
        same_as_reading_everything(desk, GROUPS)

    @pytest.mark.parametrize("status", [400, 403, 404, 501])
    def test_where_it_is_refused_everything_is_read(self, status: int) -> None:
        desk = EntraDesk(company(6, 20), refused_paths={"users/delta": status})
        desk.incremental = True
        for _ in range(2):
            seen = desk.changes(**GROUPS)
            assert (len(seen.members), seen.gaps, seen.cursor) == (20, (), "")


class TestPeople:
    """A round that tells less of a person than it seems to is not believed."""

    def test_nulls_of_a_limited_profile_empty_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = begun({})
        desk.change("update_member", id="u7", title="Lead")
        telling(monkeypatch, lambda e: {n: v if n == "id" or "name" in n.lower() else None
                                        for n, v in e.items()})  # fmt: skip
        assert desk.sync() == ["MemberProfileChanged"], "everything was read, nothing emptied"

    @pytest.mark.parametrize("made", [None, "absent"], ids=["null", "absent"])
    def test_who_was_restored_may_have_no_time_of_creation(
        self, made: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        roster = company(12, 60)
        desk = begun(GROUPS, roster)
        desk.change("delete_member", id="u2")
        desk.sync(**GROUPS)
        desk.app.provider.put_roster(roster)
        told = {} if made else {CREATED: None}
        telling(monkeypatch, lambda e: {n: v for n, v in e.items() if n != CREATED} | told)
        assert not desk.changes(**GROUPS).coverage.changes

    def test_a_level_that_is_not_told_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def people(company: str) -> Roster:
            details = {"companyName": company, "department": "Sales"}
            return Roster(members=tuple(
                MemberRecord(id=who, name=who, departments=(), details=details) for who in "abc"
            ))  # fmt: skip

        levels = {"attributes": ("companyName", "department")}
        desk = begun(levels, people("East"))
        desk.app.provider.put_roster(people("West"))
        telling(monkeypatch, lambda e: {n: v for n, v in e.items() if n in ("id", "companyName")})
        assert not desk.changes(**levels).coverage.changes
        desk.sync(**levels)
        assert {(name, above) for name, above, _ in desk.ledger.tree()} == {
            ("West", None),
            ("Sales", "West"),
        }

    def test_a_limited_reading_leaves_no_cursor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        desk = EntraDesk(company(3, 9))
        for found in desk.app.provider._world.directory.objects["user"].values():
            found["accountEnabled"] = None
        seen = desk.read(**GROUPS)
        assert "active" in seen.coverage.hidden["member"]
        assert seen.cursor == ""


def test_a_name_is_taken_from_the_round_where_the_filter_lags_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A filter's answer (ConsistencyLevel: eventual) may be older than what was just told."""
    desk = begun(GROUPS)
    desk.change("update_department", id="d4", name="New")
    changes = delta._changes

    def lagging(q: Any, mark: Any) -> Any:
        told = changes(q, mark)
        q.world.directory.objects["group"][group("d4")]["displayName"] = "Old"
        return told

    monkeypatch.setattr(delta, "_changes", lagging)
    seen = desk.changes(**GROUPS)
    assert {d.id: d.name for d in seen.departments} == {group("d4"): "New"}


def test_one_who_cannot_be_told_holds_up_nobody() -> None:
    """A row that cannot be read is a gap of its own; what became of others is seen."""
    desk = begun({})
    desk.change("update_member", id="u7", details={"employeeOrgData": "text"})
    desk.change("update_member", id="u8", title="Lead")
    seen = desk.changes()
    assert "unknown shape" in seen.gaps[0].why
    assert not seen.coverage.members
    assert user("u7") not in {m.id for m in seen.members}
    assert desk.ledger.learn(seen) == ["MemberProfileChanged"]
