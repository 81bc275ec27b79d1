"""Reading the parameters of a call; JSON types are checked, digits in a query are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.feishu.simulator.errors import ApiError, invalid

INTEGER_LIMIT = 2**63


class Params:
    """Parameters by name; null counts as absent. What is malformed is refused with 99992402."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def __bool__(self) -> bool:
        return any(value is not None for value in self._fields.values())

    @property
    def fields(self) -> Mapping[str, Any]:
        """The parameters as they came."""
        return self._fields

    def text(self, name: str) -> str:
        """A string; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise invalid(name, value, "a string is expected")

    def required(self, name: str) -> str:
        """A string that is there and not empty."""
        value = self.text(name)
        if not value:
            raise invalid(name, None, f"{name} is required")
        return value

    def integer(self, name: str, *, code: int | None = None) -> int:
        """A required integer, as a number or, in a query, as digits."""
        value = self._fields.get(name)
        if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < INTEGER_LIMIT:
            return value
        raise invalid(name, value, "an integer is expected") if code is None else ApiError(code)

    def flag(self, name: str) -> bool:
        """A boolean, False when absent; the official client writes ``True`` in queries."""
        value = self._fields.get(name)
        if value is None:
            return False
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise invalid(name, value, "a boolean is expected")

    def texts(self, name: str) -> list[str]:
        """A list of strings; empty when absent."""
        value = self._list(name)
        if all(isinstance(item, str) for item in value):
            return value
        raise invalid(name, value, "a list of strings is expected")

    def integers(self, name: str) -> list[int]:
        """A list of integers; empty when absent."""
        value = self._list(name)
        if all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            return value
        raise invalid(name, value, "a list of integers is expected")

    def objects(self, name: str) -> list[Params]:
        """A list of JSON objects; empty when absent."""
        value = self._list(name)
        if all(isinstance(item, dict) for item in value):
            return [Params(item) for item in value]
        raise invalid(name, value, "a list of objects is expected")

    def object(self, name: str) -> Params:
        """A JSON object; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return Params({})
        if isinstance(value, dict):
            return Params(value)
        raise invalid(name, value, "an object is expected")

    def _list(self, name: str) -> list[Any]:
        value = self._fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise invalid(name, value, "a list is expected")
