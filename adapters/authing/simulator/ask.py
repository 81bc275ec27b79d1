"""One call's parameters, read as strictly as Authing reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from adapters.authing.simulator.errors import RefusedError, bad
from adapters.simulation.http import Request

T = TypeVar("T")

MOST_ROWS, DEFAULT_ROWS = 50, 10
"""Rows of a page: the most, and without ``limit`` (api-explorer, limit)."""

LONGEST = 64
"""Characters of a code (authing-node-sdk, test/roles, test/organizations)."""


class Ask:
    """Parameters of a query, or fields of a body; null is the same as absent."""

    def __init__(self, fields: dict[str, Any], request: Request | None = None) -> None:
        self.fields, self._request = fields, request

    def given(self, name: str) -> bool:
        """Whether the field is there, be it null."""
        return name in self.fields

    def only(self, known: Collection[str]) -> None:
        """Refuse fields that the call does not have."""
        for name in self.fields:
            if name not in known:
                raise bad(name)

    def text(self, name: str) -> str:
        """A text that must be there."""
        found = self.maybe(name)
        if not found:
            raise bad(name)
        return found

    def maybe(self, name: str) -> str | None:
        """A text, or nothing."""
        found = self.fields.get(name)
        if found is not None and not isinstance(found, str):
            raise bad(name)
        return found

    def flag(self, name: str) -> bool:
        """A truth value; queries spell it ``true`` or ``True``."""
        found = self.fields.get(name)
        if found is None:
            return False
        if isinstance(found, bool):
            return found
        if str(found).lower() not in ("true", "false"):
            raise bad(name)
        return str(found).lower() == "true"

    def texts(self, name: str) -> list[str]:
        """A list of texts with at least one; in a query the parameter is repeated."""
        if self._request is not None and self._request.method == "GET":
            found: Any = [value for key, value in self._request.pairs if key == name]
        else:
            found = self.fields.get(name)
        if not isinstance(found, list) or not found or not all(isinstance(x, str) for x in found):
            raise bad(name)
        return found

    def rows(self, name: str) -> list[Ask]:
        """A list of objects with at least one."""
        found = self.fields.get(name)
        if not isinstance(found, list) or not found or not all(isinstance(x, dict) for x in found):
            raise bad(name)
        return [Ask(row) for row in found]

    def inner(self, name: str) -> Ask:
        """An object, empty when absent."""
        found = self.fields.get(name)
        if found is not None and not isinstance(found, dict):
            raise bad(name)
        return Ask(found or {})

    def code(self, name: str) -> str:
        """A code: at most 64 characters."""
        found = self.text(name)
        if len(found) > LONGEST:
            raise bad(name)
        return found

    def page(self, rows: Sequence[T]) -> tuple[list[T], int]:
        """The page that is asked for, and how many rows there are."""
        number, size = self._number("page", 1), self._number("limit", DEFAULT_ROWS)
        if size > MOST_ROWS:
            raise RefusedError(400, "limit must less than 50")
        return list(rows[(number - 1) * size : number * size]), len(rows)

    def _number(self, name: str, default: int) -> int:
        found = self.fields.get(name)
        if found is None:
            return default
        if isinstance(found, bool) or not str(found).isdecimal() or int(found) < 1:
            raise bad(name)
        return int(found)
