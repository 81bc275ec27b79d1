"""Reading the parameters of a call, with DingTalk's tolerance (numbers may come as digits)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.dingtalk.simulator.errors import ApiError

_NUMBER = re.compile(r"-?\d{1,18}")


class Params:
    """Parameters by name; null counts as absent.

    ``code`` is the error that a missing or malformed value is refused with.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def integer_or(self, name: str, default: int, *, code: int = 400002) -> int:
        """An integer, or ``default`` when absent."""
        return self.integer(name, code=code) if name in self else default

    def integer(self, name: str, *, code: int = 400002) -> int:
        """A required integer, as a number or as digits."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return int(value)
        raise ApiError(code, _complaint(name, value))

    def text(self, name: str, *, code: int = 400002) -> str:
        """A required string that is not empty; a number is taken for its digits."""
        value = self.text_or_none(name, code=code)
        if not value:
            raise ApiError(code, _complaint(name, None))
        return value

    def text_or_none(self, name: str, *, code: int = 400002) -> str | None:
        """A string, None when absent; may be empty."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None or isinstance(value, str):
            return value
        raise ApiError(code, _complaint(name, value))

    def flag(self, name: str) -> bool:
        """A required boolean, as JSON or as ``true``/``false``."""
        value = self._fields.get(name)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in ("true", "false"):
            return value == "true"
        raise ApiError(400002, _complaint(name, value))

    def flag_or(self, name: str, default: bool) -> bool:
        """A boolean, or ``default`` when absent."""
        return self.flag(name) if name in self else default

    def words(self, name: str, *, code: int = 400002) -> list[str]:
        """A comma-separated list, ``"a,b"``; absent or empty gives an empty list."""
        value = self.text_or_none(name, code=code) or ""
        return list(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))

    def integers(self, name: str, *, code: int = 400002) -> list[int]:
        """A comma-separated list of integers, ``"1,2"``."""
        words = self.words(name, code=code)
        if any(not _NUMBER.fullmatch(word) for word in words):
            raise ApiError(code, _complaint(name, words))
        return [int(word) for word in words]

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A list of JSON objects; in a form it is JSON text."""
        value = self._decoded(name)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        raise ApiError(400002, _complaint(name, value))

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object; in a form it is JSON text."""
        value = self._decoded(name)
        if isinstance(value, dict):
            return value
        raise ApiError(400002, _complaint(name, value))

    def _decoded(self, name: str) -> Any:
        value = self._fields.get(name)
        if not isinstance(value, str):
            return value
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise ApiError(400002, _complaint(name, value)) from None


def _complaint(name: str, value: object) -> str:
    return f"缺少参数 {name}" if value is None else f"参数 {name} 不合法"
