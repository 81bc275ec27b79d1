"""What came back over the wire, before anybody has judged it."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from domain.errors import TerminalFault, TransientFault

T = TypeVar("T")

_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_NULL = re.compile(r"got `null` - at `\$[^`]*\.(\w+)`$")
"""How msgspec names a null that a shape does not have, by the path to it."""

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """The lenient decoder of a shape, made once: providers write numbers as texts and back."""
    if shape not in _DECODERS:
        _DECODERS[shape] = msgspec.json.Decoder(shape, strict=False)
    return _DECODERS[shape]


def decoded(decoder: msgspec.json.Decoder[T], content: bytes | msgspec.Raw) -> T:
    """``content`` in the decoder's shape; null where the shape has no null is as if left out.

    Elsewhere null keeps its meaning (known to be empty). Raises msgspec.MsgspecError.
    """
    said: Any = None
    while True:
        try:
            return decoder.decode(content)
        except msgspec.ValidationError as error:
            found = _NULL.search(str(error))
            if found is None:
                raise
            said = _without_null(said or msgspec.json.decode(content), found[1])
            content = msgspec.json.encode(said)


def _without_null(said: Any, name: str) -> Any:
    if isinstance(said, dict):
        return {
            key: _without_null(value, name)
            for key, value in said.items()
            if value is not None or key != name
        }
    if isinstance(said, list):
        return [_without_null(value, name) for value in said]
    return said


class Reply(msgspec.Struct, frozen=True):
    """One HTTP answer: status, content type (lower case) and the whole body.

    ``retry_after`` is that header (or the system's own, see ``HttpClient``) as it came: seconds,
    or a date (RFC 9110, section 10.2.3).
    """

    status: int
    content_type: str
    body: bytes
    retry_after: str = ""

    def wait(self, now: float) -> float | None:
        """Seconds that ``retry_after`` asks to wait, ``now`` being the time since the epoch."""
        if _SECONDS.fullmatch(self.retry_after):
            return float(self.retry_after)
        try:
            return max(parsedate_to_datetime(self.retry_after).timestamp() - now, 0.0)
        except ValueError:
            return None

    @property
    def is_html(self) -> bool:
        """Whether this is a web page, whatever its content type claims."""
        return self.body.lstrip()[:1] == b"<"

    def decode(self, decoder: msgspec.json.Decoder[T], what: str) -> T:
        """The body as JSON; a cut or malformed one is worth another try.

        ``what`` names the call in the error. The body itself is never quoted.
        """
        try:
            return decoded(decoder, self.body)
        except msgspec.ValidationError as error:
            raise TerminalFault(
                f"{what} answered in an unknown shape", why=str(error), code="shape"
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise TransientFault(
                f"{what} answered with broken JSON",
                why=f"{len(self.body)} bytes came, HTTP {self.status}",
                code="json",
            ) from None
