"""How answers and refusals are dressed: HTTP 200 always (wecom.md, section 1)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from adapters.simulation.http import HTML, Reply, json_reply
from adapters.wecom.simulator.errors import ApiError

HELP = "https://open.work.weixin.qq.com/devtool/query?e="
NO_PAGE = b"<html><body><h1>404 Not Found</h1></body></html>"

_hints = itertools.count(1)


def success(content: dict[str, Any], message: str = "ok") -> Reply:
    """An answer; ``message`` differs from call to call (created, updated, deleted)."""
    return json_reply({"errcode": 0, "errmsg": message, **content})


def failure(error: ApiError, containers: Sequence[str] = ()) -> Reply:
    """A refusal; ``containers`` are the call's lists, which come along empty."""
    hint = f"{1_700_000_000_000_000_000_000 + next(_hints)}"
    text = f"{error.message}, hint: [{hint}], from ip: 127.0.0.1, more info at {HELP}{error.code}"
    body = {"errcode": error.code, "errmsg": text, **{name: [] for name in containers}}
    headers = {"Error-Code": str(error.code), "Error-Msg": error.message.strip()}
    return json_reply(body, code=str(error.code), headers=headers)


def nothing_here() -> Reply:
    """No such path, or another method than it has (unverified)."""
    return Reply(NO_PAGE, status=404, code="404", content_type=HTML)
