"""Fitting: values in the form of a target, or the reason why it can't take them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from domain.delivery.operation import Fitted

BEIJING = timezone(timedelta(hours=8))


class UnfitError(ValueError):
    """A value that the target cannot take; the text says why, without the value."""


def text(value: Any, longest: int | None = None) -> str | None:
    """A text without blanks around it; None for an empty one. Raises UnfitError.

    ``longest`` is in characters: what is longer is refused, never cut.
    """
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise UnfitError("takes one value, and the mapping gives several")
    found = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if longest is not None and len(found) > longest:
        raise UnfitError(f"has {len(found)} characters, at most {longest} are taken")
    return found or None


def seconds(value: Any) -> int | None:
    """A date or a time as seconds since 1970; a date is its midnight in Beijing.

    None for an empty one. Raises UnfitError.
    """
    if value in (None, "", 0, "0"):
        return None
    if isinstance(value, int):
        return value
    said = str(value)
    if said.isdecimal() and len(said) > 8:
        return int(said)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise UnfitError("must be a date (2024-03-01) or seconds since 1970") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return int(moment.timestamp())


class Fitting:
    """How one target takes values.

    ``longest`` has the longest texts in characters, by kind and field; ``special`` the fields that
    are no plain text, each with what makes its form (None: empty; it raises UnfitError);
    ``never_emptied`` the fields that stay as they are when there is no value.
    """

    def __init__(
        self,
        longest: Mapping[str, Mapping[str, int]],
        special: Mapping[tuple[str, str], Callable[[Any], Any]],
        never_emptied: Collection[str] = (),
    ) -> None:
        self._longest, self._special = longest, special
        self._never_emptied = never_emptied

    def __call__(self, kind: str, fields: Mapping[str, Any]) -> Fitted:
        """The fields in the target's form; see ``domain.ports.Target.fit``."""
        fitted: dict[str, Any] = {}
        problems: list[str] = []
        limits = self._longest.get(kind, {})
        for name, value in fields.items():
            try:
                special = self._special.get((kind, name))
                found = special(value) if special else text(value, limits.get(name))
            except UnfitError as problem:
                problems.append(f"{name} {problem}")
                continue
            if found is not None or name not in self._never_emptied:
                fitted[name] = found
        return Fitted(fields=fitted, problems=tuple(problems))
