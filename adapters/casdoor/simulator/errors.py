"""What Casdoor refuses calls with, and the Chinese of what it translates.

Source: Casdoor source at e6b2338f, object/check.go, object/group.go and i18n/locales/zh. A
database's own message (1054, 1062, 1406) is passed through as MySQL words it.
"""

from __future__ import annotations

UNAUTHORIZED = "Unauthorized operation"
LOGIN_FIRST = "Please login first"
SIGN_IN_FIRST = "Please sign in first"
MISSING = "Missing parameter"
NO_ORGANIZATION = "The organization: {} does not exist"
NO_APPLICATION = "The organization: {} should have one application at least"
NO_USER = "The user: {} doesn't exist"
EMPTY_USER_KEY = "the user's owner and name should not be empty"
EMPTY_USERNAME = "Empty username."
LONG_USERNAME = "Username is too long (maximum is 255 characters)."
BAD_USERNAME = (
    "The username may only contain alphanumeric characters, underlines or hyphens, cannot have"
    " consecutive hyphens or underlines, and cannot begin or end with a hyphen or underline."
)
BAD_EMAIL_USERNAME = (
    "Username supports email format. Also The username may only contain alphanumeric characters,"
    " underlines or hyphens, cannot have consecutive hyphens or underlines, and cannot begin or"
    " end with a hyphen or underline. Also pay attention to the email format."
)
USERNAME_TAKEN = "Username already exists"
EMAIL_TAKEN = "Email already exists"
PHONE_TAKEN = "Phone already exists"
BAD_PHONE = "Phone number is invalid"
EMPTY_DISPLAY_NAME = "Display name cannot be empty"
IMMUTABLE = "The {} is immutable."
UNKNOWN_RULE = "Unknown modify rule {}."
REGEX_MISMATCH = 'The value "{}" for account field "{}" doesn\'t match the account item regex'

CHINESE = {
    UNAUTHORIZED: "未授权的操作",
    LOGIN_FIRST: "请先登录",
    MISSING: "缺少参数",
    NO_ORGANIZATION: "组织: {} 不存在",
    NO_APPLICATION: "组织: {} 应该拥有至少一个应用",
    NO_USER: "用户: {}不存在",
    EMPTY_USER_KEY: "用户的组织和名称不能为空",
    EMPTY_USERNAME: "用户名不可为空",
    LONG_USERNAME: "用户名过长(最大允许长度为255个字符)",
    BAD_USERNAME: "用户名只能包含字母数字字符、下划线或连字符,不能有连续的连字符或下划线,"
    "也不能以连字符或下划线开头或结尾",
    USERNAME_TAKEN: "用户名已存在",
    EMAIL_TAKEN: "该邮箱已存在",
    PHONE_TAKEN: "该手机号已存在",
    BAD_PHONE: "无效手机号",
    EMPTY_DISPLAY_NAME: "显示名称不可为空",
    IMMUTABLE: "{} 是不可变的",
}


class RefusedError(Exception):
    """An answer with ``status: error``; ``text`` has a place ``{}`` for each argument."""

    def __init__(self, text: str, *arguments: str) -> None:
        self.text, self.arguments = text, arguments
        super().__init__(self.message("en"))

    def message(self, language: str) -> str:
        """The message as Casdoor words it for ``language`` (two letters)."""
        text = CHINESE.get(self.text, self.text) if language == "zh" else self.text
        return text.format(*self.arguments) if self.arguments else text


class PanicError(Exception):
    """Casdoor's code would crash here; the web framework answers HTTP 500 with a page."""


def too_long(column: str) -> RefusedError:
    """MySQL, strict: the value does not fit its column."""
    return RefusedError("Error 1406 (22001): Data too long for column '{}' at row 1", column)


def duplicate(entry: str, index: str) -> RefusedError:
    """MySQL: a unique index has the value already."""
    return RefusedError("Error 1062 (23000): Duplicate entry '{}' for key '{}'", entry, index)


def unknown_column(column: str) -> RefusedError:
    """MySQL: a list was to be filtered by a column that the table does not have."""
    return RefusedError("Error 1054 (42S22): Unknown column '{}' in 'where clause'", column)
