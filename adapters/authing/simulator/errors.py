"""How Authing refuses (docs.genauth.ai, reference/error-code; sentences: authing-node-sdk, test/).

A refusal comes with HTTP 200; ``statusCode`` in the body says what it is.
"""

from __future__ import annotations


class RefusedError(Exception):
    """One refusal: the body's statusCode, message and, where there is one, apiCode."""

    def __init__(self, status: int, message: str, api_code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.api_code = status, message, api_code


def bad(parameter: str) -> RefusedError:
    """A parameter is missing or has the wrong form."""
    return RefusedError(400, f"参数 {parameter} 格式错误")


def no_user() -> RefusedError:
    """There is no such user."""
    return RefusedError(404, "用户不存在", 2004)


def no_department() -> RefusedError:
    """There is no such department."""
    return RefusedError(404, "部门不存在")


def no_role() -> RefusedError:
    """There is no such role in the namespace."""
    return RefusedError(404, "角色不存在")


def taken(field: str) -> RefusedError:
    """Somebody or something else has this value."""
    return RefusedError(409, f"{field} 已被占用")


def unsupported() -> RefusedError:
    """The server cannot do this."""
    return RefusedError(501, "不支持的操作")
