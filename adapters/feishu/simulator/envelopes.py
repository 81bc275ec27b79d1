"""How answers and refusals are dressed (Feishu API call guide; feishu.md, section 1)."""

from __future__ import annotations

import itertools
from typing import Any

from adapters.feishu.simulator.codes import Family, status_and_text
from adapters.feishu.simulator.errors import ApiError
from adapters.simulation.http import Reply, json_reply

TROUBLESHOOTER = "https://open.feishu.cn/search?from=openapi&log_id="

_serial = itertools.count(1)


def log_id() -> str:
    """A fresh id, shaped like Feishu's (time and hexadecimal digits)."""
    return f"20260101000000{next(_serial):020X}"


def success(data: dict[str, Any]) -> Reply:
    """An answer with ``data`` in it."""
    return _reply({"code": 0, "msg": "success", "data": data})


def token(content: dict[str, Any]) -> Reply:
    """An answer of the token calls, whose keys are at the top."""
    return _reply({"code": 0, "msg": "ok", **content})


def failure(error: ApiError, family: Family) -> Reply:
    """A refusal in the words of the API that it came from."""
    status, text = status_and_text(error.code, family)
    message, found = error.message or text, log_id()
    body = {
        "code": error.code,
        "msg": message,
        "error": {
            "message": message,
            "log_id": found,
            "troubleshooter": TROUBLESHOOTER + found,
            **error.details,
        },
    }
    headers = {"X-Tt-Logid": found, "X-Request-Id": found, **error.headers}
    return json_reply(body, status=error.status or status, code=str(error.code), headers=headers)


def _reply(body: dict[str, Any]) -> Reply:
    found = log_id()
    return json_reply(body, headers={"X-Tt-Logid": found, "X-Request-Id": found})
