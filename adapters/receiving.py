"""What receiving callbacks has in common, whoever calls. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from domain.errors import InputError
from domain.hints import LARGEST, Answer, Callback, Hint, Reason, Received, Sort

TOLERANCE = 300.0
"""Seconds between a signature's time stamp and now, either way.

No provider publishes a window (dingtalk.md 6.3, wecom.md 5.2, feishu.md 10.2); five minutes is
Feishu's page's proposal and the usual one. Each attempt is signed anew, and all repeats that come
within seconds fit in. A replay inside of it has the key of the first and is harmless.
"""

Random = Callable[[int], bytes]
"""So many bytes that nobody can foresee."""

_STATUS: dict[Reason, int] = {"method": 405, "oversize": 413, "shape": 400}
_MOMENT = re.compile(r"\d{1,17}(?:\.\d{1,9})?", re.ASCII)
_JSON = msgspec.json.Decoder()


class Refused(Exception):  # noqa: N818 - it is what happens to a callback, not an error of ours
    """A callback is refused; the text is nothing but the reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def received(self) -> Received:
        """The answer tells nothing that helps to guess: 403 for all that is about proof."""
        return Received(
            answer=Answer(status=_STATUS.get(self.reason, 403), body=b"refused"),
            refused=self.reason,
        )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one callback tells, opened and understood."""

    events: tuple[str, ...]
    hints: tuple[Hint, ...] = ()

    def received(self, answer: Answer, keep: bytes, key: str, sort: Sort = "event") -> Received:
        """It is accepted."""
        return Received(
            answer=answer,
            sort=sort,
            keep=keep,
            key=key,
            events=self.events,
            hints=len(self.hints),
        )


def unreadable(refused: Refused) -> InputError:
    """What came in once and cannot be verified any more."""
    return InputError(
        f"A stored callback cannot be opened any more ({refused.reason})",
        fix="Its token or key has been changed since; a full compare replaces it.",
    )


def admit(callback: Callback, *methods: str) -> None:
    """Raise Refused for what is refused before it is looked into."""
    if callback.method not in methods:
        raise Refused("method")
    if len(callback.body) + sum(map(len, callback.query.values())) > LARGEST:
        raise Refused("oversize")


def table(data: bytes) -> dict[str, Any]:
    """The JSON object in ``data``. Raises Refused."""
    try:
        found = _JSON.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("shape") from None
    if not isinstance(found, dict):
        raise Refused("shape")
    return found


def part(of: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside of an object; empty where there is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def text(value: object) -> str:
    """A text or a whole number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def moment(value: object) -> float | None:
    """A provider's time in seconds since 1970: seconds, milliseconds or microseconds by size."""
    written = str(value) if isinstance(value, float) else text(value)
    if not _MOMENT.fullmatch(written):
        return None
    number = float(written)
    if number >= 1e14:
        return number / 1e6
    return number / 1e3 if number >= 1e11 else number


def fresh(stamp: str, now: float, tolerance: float) -> None:
    """Raise Refused unless ``stamp`` is about ``now``."""
    signed = moment(stamp)
    if signed is None or abs(now - signed) > tolerance:
        raise Refused("stale")


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def key_of(*parts: str | bytes) -> str:
    """32 hexadecimal digits that stand for ``parts``."""
    made = blake2b(digest_size=16)
    for one in parts:
        data = one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one
        made.update(b"%d:" % len(data))
        made.update(data)
    return made.hexdigest()
