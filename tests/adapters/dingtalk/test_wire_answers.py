"""DingTalk's answers: lenient decoding, and every error sorted by its code."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.dingtalk import mapping, wire
from adapters.dingtalk.client import _judge
from adapters.dingtalk.settings import DingTalkSettings
from adapters.http import AddressRefused, HostThrottled, Reply, TokenRefused
from domain.errors import (
    ConfigError,
    CredentialFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

ME = msgspec.json.encode


def judged(body: object, status: int = 200) -> SystemFault:
    content = body if isinstance(body, bytes) else ME(body)
    with pytest.raises(SystemFault) as caught:
        _judge(Reply(status, "", content), "user/get", wire.Answer[wire.User])
    return caught.value


def wrapped(code: int | str, text: str = "") -> dict[str, Any]:
    return {"errcode": 88, "sub_code": str(code), "sub_msg": text, "errmsg": text}


CODES: list[tuple[str, type[SystemFault]]] = [
    ("40014", TokenRefused),
    ("42001", TokenRefused),
    ("33001", TokenRefused),
    ("40096", CredentialFault),
    ("60020", AddressRefused),
    ("60011", PermissionFault),
    ("43007", PermissionFault),
    ("90018", TransientFault),
    ("90002", TransientFault),
    ("90005", TransientFault),
    ("-1", TransientFault),
    ("50004", TerminalFault),
    ("60121", TerminalFault),
    ("33012", TerminalFault),
    ("90020", CredentialFault),
    ("123456", TerminalFault),
]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_old_codes_bare_and_wrapped(code: str, kind: type[SystemFault]) -> None:
    for body in ({"errcode": int(code), "errmsg": "x"}, {"errcode": code}, wrapped(code)):
        fault = judged(body)
        assert type(fault) is kind
        assert fault.code == code


def test_a_bad_parameter_is_no_bad_token() -> None:
    """40000 is about the token only when the gateway says it: one bad value stops no run."""
    assert type(judged({"errcode": 40000, "errmsg": "x"})) is TerminalFault
    assert type(judged(wrapped(40000))) is TokenRefused


NEW = [
    (400, "InvalidAuthentication", TokenRefused),
    (400, "invalidClientIdOrSecret", CredentialFault),
    (403, "Forbidden.AccessDenied.IpNotInWhiteList", AddressRefused),
    (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied", PermissionFault),
    (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", TransientFault),
    (403, "Forbidden.AccessDenied.QpsLimitForApi", TransientFault),
    (403, "Forbidden.AccessDenied.ApiCountLimitForOrg", CredentialFault),
    (503, "systemBusy", TransientFault),
    (500, "unknownError", TransientFault),
    (400, "somethingNew", TerminalFault),
    (502, "somethingNew", TransientFault),
]


@pytest.mark.parametrize(("status", "code", "kind"), NEW)
def test_new_codes(status: int, code: str, kind: type[SystemFault]) -> None:
    fault = judged({"code": code, "message": "x", "requestid": "R1"}, status)
    assert type(fault) is kind
    assert fault.code == code


PAGES = [
    (200, b"<html>blocked</html>", HostThrottled),
    (405, b"\n <!doctype html>", HostThrottled),
    (200, b'{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}', HostThrottled),
    (502, b"<html>Bad Gateway</html>", TransientFault),
    (503, b"", TransientFault),
    (429, b"slow down", TransientFault),
    (429, b'{"detail":"slow down"}', TransientFault),
    (500, b'{"detail":"oops"}', TransientFault),
    (200, b'{"errcode":0,"resu', TransientFault),
    (404, b"<html>no such page</html>", StrangerFault),
    (302, b"", StrangerFault),
    (200, b'{"hello":"world"}', StrangerFault),
    (200, b'["a list"]', TerminalFault),
    (200, '{"errcode":404,"errmsg":"请求的URI地址不存在"}'.encode(), TerminalFault),
    (401, b"{}", TokenRefused),
]


@pytest.mark.parametrize(("status", "body", "kind"), PAGES)
def test_answers_that_are_none(status: int, body: bytes, kind: type[SystemFault]) -> None:
    assert type(judged(body, status)) is kind


@pytest.mark.parametrize(
    ("code", "wait"), [("90018", 1.0), ("90002", None), ("90007", 60.0), ("45009", 60.0)]
)
def test_waits_after_throttling(code: str, wait: float | None) -> None:
    fault = judged(wrapped(code))
    assert isinstance(fault, TransientFault)
    assert fault.throttled
    assert fault.retry_after == wait


def test_a_permission_is_named_with_its_link() -> None:
    link = "https://open-dev.dingtalk.com/appscope/apply?content=ding1%23qyapi_get_member"
    text = f"没有调用该接口的权限,requiredScopes=[qyapi_get_member],点击链接申请并开通即可:{link}"
    fault = judged(wrapped(60011, text))
    assert isinstance(fault, PermissionFault)
    assert fault.permission == "qyapi_get_member"
    assert link in fault.fix
    new = {
        "code": "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "message": "x",
        "accessdenieddetail": {"requiredScopes": ["Contact.Common.Read"]},
    }
    fault = judged(new, 403)
    assert isinstance(fault, PermissionFault)
    assert fault.permission == "Contact.Common.Read"


def test_an_address_is_named() -> None:
    fault = judged(wrapped(60020, "访问ip不在白名单之中,request ip=203.0.113.7 appKey(ding1)"))
    assert "203.0.113.7" in str(fault)


def test_an_unknown_code_leads_to_the_request_and_quotes_nothing() -> None:
    fault = judged({"errcode": 60199, "errmsg": "张三 13800000000", "request_id": "16l4ew"})
    assert "60199" in str(fault)
    assert "16l4ew" in str(fault)
    assert "张三" not in str(fault)
    assert "138" not in str(fault)


def test_strings_for_numbers_and_booleans() -> None:
    body = {
        "errcode": "0",
        "result": {"userid": "u", "active": "true", "hired_date": "5", "dept_id_list": ["1", "2"]},
    }
    user = _judge(Reply(200, "", ME(body)), "user/get", wire.Answer[wire.User]).result
    assert user is not None
    assert (user.active, user.hired_date, user.dept_id_list) == (True, 5, [1, 2])


@pytest.mark.parametrize(
    ("raw", "rows"), [(b'[{"a":1},{}]', 2), (b'{"a":1}', 1), (b"[]", 0), (b"null", 0)]
)
def test_one_object_where_an_array_is_declared(raw: bytes, rows: int) -> None:
    assert len(wire.rows(msgspec.Raw(raw))) == rows


def test_a_role_group_with_one_role_as_an_object() -> None:
    raw = b'{"groupId":1,"name":"G","roles":{"id":2,"name":"R"}}'
    group = msgspec.json.decode(raw, type=wire.RoleGroup)
    assert [role.id for role in mapping.roles_of(group)] == [2]


@pytest.mark.parametrize(
    ("departments", "found"), [([1], ()), ([1, 7], ("7",)), ([7, 7, -1], ("7",)), ([], ())]
)
def test_department_one_is_never_a_membership(departments: list[int], found: Any) -> None:
    user = wire.User(userid="u", dept_id_list=departments)
    assert mapping.member(user, mapping.Fields(())).departments == found


def test_without_a_list_of_departments_the_one_that_showed_the_person_counts() -> None:
    member = mapping.member(wire.User(userid="u"), mapping.Fields(()), found_in=9)
    assert member.departments == ("9",)


def test_extension_attributes_come_as_text() -> None:
    for text, value in (('{"a":"b"}', {"a": "b"}), ("not json", "not json"), ("{}", None)):
        user = wire.User(userid="u", extension=text)
        assert mapping.member(user, mapping.Fields(["extension"])).details["extension"] == value


def test_settings_do_not_show_the_secret() -> None:
    settings = DingTalkSettings(app_key="ding1", app_secret="hush", callback_aes_key="hush")
    assert "hush" not in f"{settings} {settings!r}"


def test_settings_that_cannot_be_used_are_told_all_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        DingTalkSettings(app_key="", app_secret="s", rate=0, detail_calls=0)
    assert str(caught.value).count(";") == 2
