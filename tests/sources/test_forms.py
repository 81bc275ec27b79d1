"""An answer means the same in every form that a provider is known to give it (facts, section 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domain.observe import Observation
from tests.adapters.dingtalk.source_desk import SourceDesk as DingTalk
from tests.adapters.feishu.source_desk import SourceDesk as Feishu
from tests.adapters.wecom.source_desk import SourceDesk as WeCom
from tests.sources.in_process import InProcess, Rewrite, company

COMPANY = company(9, 130, roles=2)


def everywhere(change: Rewrite) -> Rewrite:
    """``change`` for every object in an answer, the inner ones first."""

    def within(value: Any) -> Any:
        if isinstance(value, list):
            return [within(one) for one in value]
        if isinstance(value, dict):
            return change({key: within(one) for key, one in value.items()})
        return value

    return within


def without(*names: str, value: tuple[Any, ...] = ("", [], {}, False, None)) -> Rewrite:
    """Fields that say nothing are left out."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in answer.items() if k not in names or v not in value}

    return everywhere(change)


def more(answer: Any) -> Any:
    """Fields that nobody has heard of."""
    return everywhere(lambda one: {**one, "brand_new": {"a": [1]}, "newer": 7})(answer)


def texts(answer: Any) -> Any:
    """Numbers and booleans as texts (dingtalk.md, section 1)."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        return {k: _text(v) for k, v in one.items()}

    return everywhere(change)(answer)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def lone(answer: Any) -> Any:
    """One object where an array of one is declared (dingtalk.md, section 1)."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        return {k: v[0] if _is_lone(v) else v for k, v in one.items()}

    return everywhere(change)(answer)


def _is_lone(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)


def silent(*names: str) -> Rewrite:
    """An answer without these at its top."""
    return lambda answer: {k: v for k, v in answer.items() if k not in names}


def nothing_as_null(answer: Any) -> Any:
    """An empty text, list or object as null, and an empty cursor."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        return {k: None if v in ("", [], {}) else v for k, v in one.items()}

    return everywhere(change)(answer)


def only_primary(answer: Any) -> Any:
    """A department's leader as ``leader_user_id`` only (feishu.md, 5.2)."""
    return everywhere(lambda one: {k: v for k, v in one.items() if k != "leaders"})(answer)


def no_as_null(answer: Any) -> Any:
    """False as null, as of something that was never set."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        return {k: None if v is False else v for k, v in one.items()}

    return everywhere(change)(answer)


FORMS: list[tuple[Callable[..., InProcess], dict[str, Any], Rewrite, str]] = [
    (DingTalk, {}, silent("errmsg", "request_id"), "no message"),
    (DingTalk, {}, more, "new fields"),
    (DingTalk, {}, texts, "numbers as texts"),
    (DingTalk, {}, lone, "one object for a list"),
    (DingTalk, {}, without("has_more", "hasMore", "list", "roles"), "nothing left out"),
    (DingTalk, {}, nothing_as_null, "nothing as null"),
    (DingTalk, {}, no_as_null, "no as null"),
    (WeCom, {}, silent("errcode", "errmsg"), "no errcode"),
    (WeCom, {}, more, "new fields"),
    (WeCom, {}, without("next_cursor"), "no cursor at the end"),
    (Feishu, {"role_ids": {"角色0": "r0"}}, silent("msg"), "no message"),
    (Feishu, {"role_ids": {"角色0": "r0"}}, more, "new fields"),
    (Feishu, {"user_groups": True}, without("items", "has_more", "page_token", "data", "grouplist"),
     "nothing left out"),
    (Feishu, {"user_groups": True}, no_as_null, "no as null"),
    (Feishu, {}, only_primary, "only the primary leader"),
    (Feishu, {}, lambda a: a if a.get("data") is None else {**a, "msg": "ok"}, "another message"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("desk", "settings", "form", "name"),
    FORMS,
    ids=lambda given: given.replace(" ", "_") if isinstance(given, str) else "",
)
def test_the_form_changes_nothing(
    desk: Callable[..., InProcess], settings: dict[str, Any], form: Rewrite, name: str
) -> None:
    """The same people, departments and roles, completely, and no gap."""
    plain, other = desk(COMPANY), desk(COMPANY)
    other.rewrite = form
    assert _sorted(other.read(**settings)) == _sorted(plain.read(**settings)), name


def _sorted(seen: Observation) -> Observation:
    return replace(
        seen,
        departments=tuple(sorted(seen.departments, key=lambda one: one.id)),
        members=tuple(sorted(seen.members, key=lambda one: one.id)),
        roles=tuple(sorted(seen.roles, key=lambda one: one.id)),
    )
