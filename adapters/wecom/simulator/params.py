"""Reading the parameters of a call; JSON types are checked, digits in a query are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.wecom.simulator.errors import wrong_type
from adapters.wecom.simulator.model import NUMBERS


class Params:
    """Parameters by name; null counts as absent."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """A string; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise wrong_type(name)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """An integer as a number or, in a query, as digits."""
        value = self._fields.get(name)
        if value is None or value == "":
            return default
        return _integer(name, value)

    def order(self, name: str, default: int) -> int:
        """A place in [0, 2^32)."""
        value = self.integer(name, default)
        if value is None or not 0 <= value < NUMBERS:
            raise wrong_type(name)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean, also written as 0 and 1."""
        value = self._fields.get(name)
        if value is None:
            return default
        if value in (0, 1):
            return bool(value)
        raise wrong_type(name)

    def texts(self, name: str) -> list[str]:
        """A list of strings; empty when absent."""
        value = self._list(name)
        if all(isinstance(item, str) for item in value):
            return value
        raise wrong_type(name)

    def integers(self, name: str) -> list[int]:
        """A list of integers; empty when absent."""
        return [_integer(name, item) for item in self._list(name)]

    def object(self, name: str) -> Mapping[str, Any]:
        """A JSON object; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        raise wrong_type(name)

    def _list(self, name: str) -> list[Any]:
        value = self._fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise wrong_type(name)


def _integer(name: str, value: object) -> int:
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong_type(name)
