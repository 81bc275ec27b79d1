"""Pages of DingTalk that do not get on, or hold nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.dingtalk.simulator import users_read
from adapters.simulation.http import Request, json_reply
from domain.observe import WHOLE
from tests.adapters.dingtalk.source_desk import SourceDesk, company


def test_a_cursor_that_repeats_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = SourceDesk(company(1, 250))
    real = users_read._page

    def stuck(world: object, params: object) -> object:
        userids, paging = real(world, params)
        return userids, {"has_more": True, "next_cursor": 100} if userids else paging

    monkeypatch.setattr(users_read, "_page", stuck)
    seen = desk.read()
    assert len(seen.members) >= 200
    assert not seen.coverage.members
    assert any("do not get on" in gap.why for gap in seen.gaps)
    assert desk.calls["user/list"] < 10


@pytest.mark.parametrize(("empty", "found"), [(1, True), (2, True), (3, False), (9999, False)])
def test_pages_of_roles_that_hold_nothing(empty: int, found: bool) -> None:
    """What they count may be hidden from the app: a few are passed over, and not thousands."""
    desk = SourceDesk(company(12, 120, roles=3))
    answer = desk.app.provider.answer

    def later(call: Any, request: Request, fault: Any) -> Any:
        sizes = {"role/list": 200, "role/simplelist": 100}
        if call.api not in sizes:
            return answer(call, request, fault)
        offset = request.fields["offset"] - empty * sizes[call.api]
        if offset < 0:
            return json_reply({"errcode": 0, "result": {"hasMore": True, "list": []}})
        body = msgspec.json.encode({**request.payload, "offset": offset})
        return answer(call, Request(request.scope, body), fault)

    desk.app.provider.answer = later  # type: ignore[method-assign]
    seen = desk.read()
    assert (seen.coverage == WHOLE and len(seen.roles) == 3) is found
    assert any("do not get on" in gap.why for gap in seen.gaps) is not found
    assert desk.calls["role/list"] == min(empty + 1, 3)
