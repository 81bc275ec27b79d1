"""The errors that DingTalk answers with, and their wording.

Source: DingTalk docs, 全局错误码 and the error tables of each API page; the wrapped
form of gateway errors from a public probe log (dingtalk.md, sections 1 and 4.4).
"""

from __future__ import annotations

from typing import Any

MESSAGES: dict[int, str] = {
    -1: "系统繁忙",
    22: "Invalid method",
    1002: "操作失败",
    12012: "超过数量限制",
    23004: "系统角色不允许操作",
    33011: "角色不存在",
    33012: "无效的USERID",
    34018: "角色名称为空",
    34020: "角色组不存在",
    34021: "角色名称重复",
    40000: "access_token为空",
    40014: "不合法的access_token",
    40022: "企业中的手机号码和登录钉钉的手机号码不一致,暂时不支持修改用户信息,可以删除后重新添加",
    40023: "部门人数超过限制",
    40025: "不合法的部门id列表",
    40031: "不合法的UserID列表",
    40035: "不合法的参数",
    40063: "参数长度超过限制",
    40003: "不合法的UserID",
    40064: "职位长度超过限制",
    40065: "扩展信息长度超过限制",
    46004: "用户不存在",
    60301: "管理范围超过限制",
    40066: "部门id列表格式错误",
    40068: "不合法的偏移量",
    40069: "不合法的分页大小",
    40093: "群主不是部门成员",
    40096: "不合法的appKey或appSecret",
    40100: "分机号已被占用",
    40103: "已发送邀请,需要用户同意后加入企业",
    40104: "无效的手机号码",
    400002: "无效的参数",
    40009: "不合法的部门id",
    40011: "不合法的部门order",
    43001: "需要GET请求",
    43002: "需要POST请求",
    50002: "请求的员工userid不在授权范围内",
    50004: "请求的部门id不在授权范围内",
    60001: "部门名称为空或长度不合法",
    60003: "部门不存在",
    60004: "父部门不存在",
    60005: "不允许删除有成员的部门",
    60006: "不允许删除有子部门的部门",
    60007: "不允许删除根部门",
    60009: "部门名称含有非法字符",
    60010: "部门存在循环关系",
    60011: "没有调用该接口的权限",
    60018: "不允许更新根部门",
    60020: "访问ip不在白名单之中",
    60021: "部门名称已存在",
    60102: "UserID在公司中已存在",
    60103: "手机号码不合法",
    60104: "手机号码在公司中已存在",
    60105: "邮箱不合法",
    60106: "邮箱已存在",
    60109: "可见范围列表不合法",
    60112: "员工姓名不合法",
    60113: "手机号码和邮箱不能同时为空",
    60121: "找不到该用户",
    60123: "工号长度不合法",
    60128: "主管userid不合法",
    660000: "角色名称为空",
    90002: "服务器调用频率超过限制",
    90018: "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
}


class ApiError(Exception):
    """A refusal of an oapi call: a documented ``code``; ``gateway`` ones come wrapped in 88."""

    def __init__(self, code: int, message: str = "", *, gateway: bool = False) -> None:
        self.code, self.gateway = code, gateway
        self.message = message or MESSAGES[code]
        super().__init__(f"{code} {self.message}")


class NewApiError(Exception):
    """A refusal of a call to the new API: HTTP ``status``, ``code`` and further body keys."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        self.status, self.code, self.message, self.extra = status, code, message, extra
        super().__init__(f"{code} {message}")
