"""What came back over the wire, before anybody has judged it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from domain.errors import TerminalFault, TransientFault

T = TypeVar("T")

_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """The lenient decoder of a shape, made once: providers write numbers as texts and back."""
    if shape not in _DECODERS:
        _DECODERS[shape] = msgspec.json.Decoder(shape, strict=False)
    return _DECODERS[shape]


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
        if self.retry_after.isdecimal():
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
            return decoder.decode(self.body)
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
