"""Problems: what a caller is told when something was not done (RFC 9457)."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from pathlib import Path

import msgspec

from domain.errors import ConfigError, ConflictError, InputError, LogError, OrgledgerError
from orgledger.api import Problem

log = logging.getLogger("orgledger.api")

CONTENT_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[OrgledgerError], int], ...] = (
    (InputError, 422),
    (ConfigError, 409),
    (ConflictError, 503),
    (LogError, 503),
)


class RefusalError(OrgledgerError):
    """A request that is not done, with the status of HTTP that says so."""

    def __init__(
        self, status: int, what: str, *, fix: str = "", errors: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, fix=fix)
        self.status, self.errors = status, errors


def problem(error: Exception) -> Problem:
    """What a caller is told of an error. A bug is logged, with its place and kind, no value."""
    if isinstance(error, RefusalError):
        return _told(error.status, error, error.errors)
    if isinstance(error, OrgledgerError):
        status = next((s for cls, s in _STATUS if isinstance(error, cls)), 500)
        return _told(status, error, error.problems if isinstance(error, InputError) else ())
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}"
    log.error("A request failed, %s in %s", type(error).__name__, place)
    return Problem(title=HTTPStatus(500).phrase, status=500, detail="a mistake of ours")


def _told(status: int, error: OrgledgerError, errors: tuple[str, ...]) -> Problem:
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.what if not error.why else f"{error.what}: {error.why}",
        fix=error.fix,
        errors=errors,
    )


def document(found: Problem) -> bytes:
    """The body of an answer."""
    return msgspec.json.encode(found)
