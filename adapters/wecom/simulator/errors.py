"""The refusals of the simulated WeCom."""

from __future__ import annotations

from adapters.wecom.simulator.codes import TEXTS

MALFORMED = "Warning: wrong json format. "
"""What WeCom puts before its wording when a parameter has another type (global error codes)."""


class ApiError(Exception):
    """A refusal with a documented ``code``; ``about`` follows its wording, ``:userid``."""

    def __init__(self, code: int, about: str = "", *, malformed: bool = False) -> None:
        self.code = code
        self.message = f"{MALFORMED if malformed else ''}{TEXTS[code]}{about}"
        super().__init__(f"{code} {self.message}")


def wrong_type(name: str) -> ApiError:
    """A parameter of another type than the documentation says."""
    return ApiError(40058, f" ({name})", malformed=True)
