"""The refusals of the simulated Feishu."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

INVALID = 99992402
"""A parameter is missing or has another type (generic error codes)."""


class ApiError(Exception):
    """A refusal with a documented ``code``; its HTTP status follows from the API it is raised in.

    ``message`` and ``status`` stand in for those of the code table; ``details`` are further keys
    of the body's ``error`` object, such as ``field_violations``.
    """

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        status: int | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code, self.message, self.status = code, message, status
        self.details, self.headers = details or {}, headers or {}
        super().__init__(f"{code} {message}".strip())


class WrittenButRefusedError(ApiError):
    """The user was written although the answer is an error (44054 to 44059)."""


def invalid(field: str, value: object, why: str) -> ApiError:
    """A parameter that the gateway does not let through; only its type is repeated."""
    shown = "" if value is None else type(value).__name__
    violation = {"field": field, "value": shown, "description": why}
    return ApiError(INVALID, details={"field_violations": [violation]})


def not_existing(code: int, kind: str, ids: Sequence[str]) -> ApiError:
    """Ids that are nobody's, or are of another kind than the call said."""
    listed = ", ".join(ids)
    message = f"not a valid {{{kind}}} or not exists. Invalid ids: [{listed}]"
    return ApiError(code, message)


def too_many(limit: float, seconds: float) -> ApiError:
    """Beyond a rate of ``limit`` calls; in ``seconds`` there is room again."""
    wait = max(1, math.ceil(seconds))
    headers = {"x-ogw-ratelimit-limit": f"{limit:g}", "x-ogw-ratelimit-reset": str(wait)}
    return ApiError(99991400, headers=headers)
