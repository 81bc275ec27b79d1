"""What an HTTP status means where a system has no error codes of its own (RFC 9110, section 15)."""

from __future__ import annotations

import time

from adapters.http.reply import Reply
from domain.errors import (
    AbsentFault,
    CredentialFault,
    ExistsFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

_MEANING: dict[int, tuple[type[SystemFault], str, str]] = {
    401: (CredentialFault, "it does not accept our credentials", "Compare them on both sides."),
    403: (TerminalFault, "it does not permit this", "Have it permitted there."),
    404: (AbsentFault, "there is no such thing (any more)", ""),
    409: (ExistsFault, "it collides with something that is there", ""),
    410: (AbsentFault, "there is no such thing (any more)", ""),
}
_LATER = frozenset({408, 425})
_THROTTLED = frozenset({429, 503})


def accepted(what: str, reply: Reply) -> Reply:
    """``reply`` as it is, if it says that ``what`` was done; otherwise raises what it means.

    401 is a CredentialFault, which stops the run; 404 and 410 an AbsentFault, 409 an ExistsFault,
    429, 503, other 5xx, 408 and 425 a TransientFault, a web page a StrangerFault; every other
    status but 2xx a TerminalFault. The body, which may quote a person, is not repeated.
    """
    status, code = reply.status, f"http_{reply.status}"
    if reply.is_html and status < 500:
        raise StrangerFault(
            f"{what} was answered by a web page", fix="Check the address and the proxy.", code=code
        )
    if 200 <= status < 300:
        return reply
    if status >= 500 or status in _LATER or status in _THROTTLED:
        raise TransientFault(
            f"{what} failed",
            why=f"HTTP {status}",
            code=code,
            retry_after=reply.wait(time.time()),
            throttled=status in _THROTTLED,
        )
    fault, why, fix = _MEANING.get(status, (TerminalFault, "", ""))
    raise fault(f"{what} was refused", why=why or f"HTTP {status}", fix=fix, code=code)
