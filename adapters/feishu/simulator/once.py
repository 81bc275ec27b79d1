"""Idempotency keys: the same client_token and body do their work once (feishu.md, section 5.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.feishu.simulator.errors import ApiError, WrittenButRefusedError

Outcome = dict[str, Any] | WrittenButRefusedError


class Once:
    """Outcomes by API and client_token; they are kept as long as the simulator runs."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, str], tuple[Any, Outcome]] = {}

    def do(
        self, api: str, token: str, body: Any, write: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """The first outcome again, or that of ``write``; another body is 40021."""
        if not token:
            return write()
        known = self._outcomes.get((api, token))
        if known is None:
            outcome: Outcome
            try:
                outcome = write()
            except WrittenButRefusedError as error:
                outcome = error
            known = self._outcomes[api, token] = (body, outcome)
        if known[0] != body:
            raise ApiError(40021)
        if isinstance(known[1], WrittenButRefusedError):
            raise known[1]
        return known[1]
