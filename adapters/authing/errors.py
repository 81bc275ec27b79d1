"""Authing's errors, sorted: what is worth another try, what is refused for good, and why.

Every answer has a ``statusCode``, which decides, and some an ``apiCode``, which tells more. Both
lists are published (docs.genauth.ai, reference/error-code): 409 is a conflict with something that
is there, 499 any other mistake of the caller. The sentences may quote personal data and are not
repeated; of some the name of a parameter is.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from adapters.authing.wire import Envelope
from adapters.http import Reply, TokenRefused
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

OK, THROTTLED = 200, 429


class NotFound(TerminalFault):
    """Something that the call names is not there; which of them, the sentence alone says."""


class Cause(NamedTuple):
    """Why, and what to do next."""

    why: str
    fix: str = ""


_KEY = "Check access_key_id and access_key_secret: the console shows them in the pool's settings."
_NEXT = "The next run reads Authing and looks whether it is ours."

REFUSED: dict[int, Cause] = {
    400: Cause("Authing does not take what was sent", "Mend it at its source, or the mapping."),
    402: Cause("the pool's plan does not have this call", "Choose a plan that has it."),
    413: Cause("too much was sent at once"),
    422: Cause("Authing's rules forbid it, as things are there now"),
    499: Cause("Authing gives no closer reason"),
    501: Cause(
        "this server cannot do it",
        "If it has no departments, set departments = false.",
    ),
    603: Cause(
        "code of the pool's own failed at it",
        "Look at the pool's pipeline functions and its custom database.",
    ),
}
"""Refused for good, by statusCode."""

BUSY = {
    500: "Authing failed inside",
    502: "one of Authing's services failed",
    503: "Authing is under maintenance",
    601: "a service that Authing asks could not be reached",
    602: "a service that Authing asks failed",
}
"""Worth another try, by statusCode."""

NO_POOL, NOT_SIGNED_IN = 2224, 2020
CREDENTIALS = frozenset({1300, 1301, 1302, 1303, 1304, 1305, 1306, NO_POOL, 2333})
BILLING = 4021
BUSY_NOW, DENIED = 1000, 1001
NO_USER = frozenset({2004, 2036})
TAKEN = frozenset({2026, 2034, 2035})
"""apiCodes of users that are not there, or in another pool, and of those that are: these, and the
two above, are of the older list (docs.authing.cn, v2)."""

_PARAMETER = re.compile(r"^参数 ([A-Za-z][A-Za-z0-9_.,\[\] ]{0,80}?) 格")


def of_answer(
    what: str,
    api: str,
    answer: Envelope,
    *,
    wait: float | None = None,
    signing_in: bool = False,
) -> SystemFault:
    """The fault of an answer whose statusCode is not 200. ``api`` is the call's name.

    ``wait`` are the seconds that its Retry-After asks for, if it has one.
    """
    status, api_code = answer.statusCode or 0, answer.apiCode
    code = str(status if api_code is None else api_code)
    refused = f"{what} was refused"
    if status == THROTTLED:
        return _throttled(what, wait)
    if status in BUSY or api_code == BUSY_NOW or (status >= 500 and status not in REFUSED):
        why = BUSY.get(status, f"Authing is busy ({_numbers(answer)})")
        return TransientFault(f"{what} failed", why=why, code=code, retry_after=wait)
    if signing_in or api_code in CREDENTIALS:
        why = "there is no such user pool (any more)" if api_code == NO_POOL else "the key is wrong"
        return CredentialFault(refused, why=f"{why} ({_numbers(answer)})", fix=_KEY, code=code)
    if status == 401 or api_code == NOT_SIGNED_IN:
        return TokenRefused(refused, why="the access token is not accepted", fix=_KEY, code=code)
    if status == 403 or api_code == DENIED:
        why = f"the key may not do this ({_numbers(answer)})"
        fix = f"Let the key's administrator use {api} in Authing's console."
        return PermissionFault(refused, permission=api, why=why, fix=fix, code=code)
    if status == 409 or api_code in TAKEN:
        why = "something that must be unique is taken"
        return ExistsFault(refused, why=why, fix=_NEXT, code=code)
    if status == 404 or api_code in NO_USER:
        return NotFound(refused, why="something that it names is not there", code=code)
    return _refused(refused, answer, code)


def _refused(what: str, answer: Envelope, code: str) -> TerminalFault:
    status, numbers = answer.statusCode or 0, _numbers(answer)
    named = _PARAMETER.match(answer.message or "")
    if answer.apiCode == BILLING:
        why, fix = "the pool's plan is used up", "Look at the pool's billing page."
    elif named is not None:
        why, fix = f"Authing does not take the value of {named[1]}", REFUSED[400].fix
    elif status in REFUSED:
        why, fix = REFUSED[status]
    else:
        why, fix = "a status that is not in our table", ""
    if answer.requestId and not fix:
        fix = f"Authing's support can look up request {answer.requestId[:64]}."
    return TerminalFault(what, why=f"{why} ({numbers})", fix=fix, code=code)


def _numbers(answer: Envelope) -> str:
    """The vendor's own numbers, to be looked up."""
    api_code = "" if answer.apiCode is None else f", apiCode {answer.apiCode}"
    return f"statusCode {answer.statusCode}{api_code}"


def of_page(what: str, reply: Reply) -> SystemFault:
    """The fault of an answer that is none of Authing's API."""
    status, wait = reply.status, reply.wait(time.time())
    code = f"http_{status}"
    if status == THROTTLED:
        return _throttled(what, wait)
    if status == 408 or status >= 500:
        return TransientFault(f"{what} failed", why=f"HTTP {status}", code=code, retry_after=wait)
    return StrangerFault(
        f"{what} was answered by something else than Authing's API",
        why=f"HTTP {status} and no API answer",
        fix="Check base_url, and the proxy or firewall on the way there.",
        code=code,
    )


def _throttled(what: str, wait: float | None) -> TransientFault:
    return TransientFault(
        f"{what} was refused",
        why="too many calls",
        fix="Lower the setting rate.",
        code=str(THROTTLED),
        retry_after=wait,
        throttled=True,
    )
