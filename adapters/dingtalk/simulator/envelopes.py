"""How answers and errors are dressed, on the old and on the new API.

Source: DingTalk docs, samples of each API; wire captures for the wrapped gateway errors
(dingtalk.md, section 1).
"""

from __future__ import annotations

import itertools
from typing import Any

from adapters.dingtalk.simulator.errors import ApiError, NewApiError
from adapters.simulation.http import HTML, Reply, json_reply

BAN_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>405</title></head>'
    "<body>很抱歉,由于您访问的频率过高,请求已被拦截</body></html>"
).encode()

_serial = itertools.count(1)


def request_id() -> str:
    """A fresh id, shaped like DingTalk's (lower-case letters and digits)."""
    return f"16sim{next(_serial):08x}"


def success(content: dict[str, Any], *, sloppy: bool) -> Reply:
    """An oapi answer: ``content`` beside errcode 0."""
    if sloppy:
        return json_reply(stringly({"errcode": 0, **content}))
    return json_reply({"errcode": 0, "errmsg": "ok", **content, "request_id": request_id()})


def failure(error: ApiError, *, bare: bool, sloppy: bool) -> Reply:
    """An oapi refusal; gateway ones wrapped as 88 + sub_code unless ``bare``."""
    body: dict[str, Any]
    if error.gateway and not bare:
        body = {
            "errcode": 88,
            "sub_code": str(error.code),
            "sub_msg": error.message,
            "errmsg": f"ding talk error[subcode={error.code},submsg={error.message}]",
        }
    else:
        body = {"errcode": error.code, "errmsg": error.message}
    body["request_id"] = request_id()
    return json_reply(stringly(body) if sloppy else body, code=str(error.code))


def new_api_failure(error: NewApiError) -> Reply:
    """A refusal of the new API."""
    body = {
        "code": error.code,
        "message": error.message,
        "requestid": request_id().upper(),
        **error.extra,
    }
    return json_reply(body, status=error.status, code=error.code)


def ban_page() -> Reply:
    """What an address that asked too much gets: a page, not JSON (dingtalk.md, section 7)."""
    return Reply(BAN_PAGE, code="html_ban", content_type=HTML)


def stringly(value: object) -> object:
    """The same value with numbers and booleans as strings, as in the documentation's samples."""
    if isinstance(value, dict):
        return {key: stringly(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [stringly(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value
