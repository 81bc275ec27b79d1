"""People who left (DingTalk docs, 查询离职记录 and 智能人事).

The HRM lists know everybody who left and did not come back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from typing import Any

from adapters.dingtalk.simulator.errors import ApiError, NewApiError
from adapters.dingtalk.simulator.model import LeaveRecord
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.world import World

PAGE_LIMIT = 50
YEAR_MS = 365 * 86_400_000


def emp_leave_records(world: World, params: Params) -> dict[str, Any]:
    """``GET /v1.0/contact/empLeaveRecords``: at most a year at a time, oldest first."""
    start = _moment(params.text_or_none("startTime"), "startTime")
    now = world.clock.now_ms()
    end = _moment(params.text("endTime"), "endTime") if "endTime" in params else now
    if end < start or end - start > YEAR_MS:
        raise NewApiError(400, "invalidParameter.timeRange", "时间跨度不能超过365天")
    offset, size = _token(params, default_size=None)
    records = world.directory.leavers
    first = bisect_left(records, start, key=lambda record: record.time)
    last = bisect_right(records, end, key=lambda record: record.time)
    begin = first + offset
    page = records[begin : min(begin + size, last)]
    following = str(offset + size) if begin + size < last else "0"
    return {"nextToken": following, "records": [_shown(world, record) for record in page]}


def _shown(world: World, record: LeaveRecord) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.time / 1000, UTC)
    shown = {
        "userId": record.userid,
        "name": record.name,
        "leaveTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "leaveReason": record.reason,
    }
    hidden = world.settings.hidden_fields
    if record.mobile and "mobile" not in hidden:
        shown["mobile"] = record.mobile
    if record.state_code and "state_code" not in hidden:
        shown["stateCode"] = record.state_code
    return shown


def _moment(text: str | None, name: str) -> int:
    try:
        if text is None or not text.endswith("Z"):
            raise ValueError(name)
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        raise NewApiError(400, f"invalidParameter.{name}", f"{name}不合法") from None


def _token(params: Params, *, default_size: int | None) -> tuple[int, int]:
    try:
        token = params.integer_or("nextToken", 0)
        size = (
            params.integer("maxResults")
            if default_size is None
            else params.integer_or("maxResults", default_size)
        )
    except ApiError as error:
        raise NewApiError(400, "invalidParameter", error.message) from None
    if token < 0 or not 1 <= size <= PAGE_LIMIT:
        raise NewApiError(400, "invalidParameter", "nextToken或maxResults不合法")
    return token, size


def _gone(world: World) -> list[str]:
    present = world.directory.people.users
    return list(dict.fromkeys(r.userid for r in world.directory.leavers if r.userid not in present))


def dismissions(world: World, params: Params) -> dict[str, Any]:
    """``GET /v1.0/hrm/employees/dismissions``."""
    offset, size = _token(params, default_size=30)
    gone = _gone(world)
    more = offset + size < len(gone)
    page = gone[offset : offset + size]
    return {"nextToken": offset + size if more else 0, "hasMore": more, "userIdList": page}


def querydimission(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/smartwork/hrm/employee/querydimission``."""
    return _legacy_page(_gone(world), params)


def queryonjob(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/smartwork/hrm/employee/queryonjob``: active people are regular (3), others -1."""
    wanted = set(params.words("status_list"))
    if not wanted or not wanted <= {"2", "3", "5", "-1"}:
        raise ApiError(400002)
    users = world.directory.people.users.values()
    found = [user.userid for user in users if ("3" if user.active else "-1") in wanted]
    return _legacy_page(found, params)


def _legacy_page(userids: list[str], params: Params) -> dict[str, Any]:
    offset, size = params.integer("offset", code=40068), params.integer("size", code=40069)
    if offset < 0:
        raise ApiError(40068)
    if not 1 <= size <= PAGE_LIMIT:
        raise ApiError(40069)
    result: dict[str, Any] = {"data_list": userids[offset : offset + size]}
    if offset + size < len(userids):
        result["next_cursor"] = offset + size
    return {"result": result}
