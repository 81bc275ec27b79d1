"""What a receiver's status means (Standard Webhooks 1.0.0, Delivery success and failure).

A body may quote personal data and is not repeated; a ``code`` in it is, if it is a plain word.
"""

from __future__ import annotations

import re

from adapters.http import Reply
from domain.errors import (
    CredentialFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

DONE = 409
"""The receiver has done this before."""

GONE = 410
THROTTLED = 429
LATER = frozenset({408, 425})
UNKNOWN = frozenset({401, 403})
NOT_THERE = frozenset({404, 405})

_PLAIN_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def fault_of(what: str, reply: Reply, code: str | int | None, now: float) -> SystemFault | None:
    """The fault that an answer means for ``what``; None for what is done.

    ``code`` is the receiver's own, ``now`` the time since 1970.
    """
    status, wait = reply.status, reply.wait(now) if reply.retry_after else None
    if _is_site(reply) and (200 <= status < 300 or status in NOT_THERE):
        return StrangerFault(
            f"{what} was answered by something else than a receiver",
            why=f"HTTP {status} with a web page",
            fix="Check url and the proxy.",
            code=f"http_{status}",
        )
    if 200 <= status < 300 or status == DONE:
        return None
    if status in UNKNOWN:
        return CredentialFault(
            f"{what} was refused",
            why=f"the receiver does not accept our signature (HTTP {status})",
            fix="Compare the secret on both sides, and the clocks: a signature carries the time.",
            code=f"http_{status}",
        )
    if status == GONE:
        return CredentialFault(
            f"{what} was refused",
            why="the receiver wants no more calls (410 Gone)",
            fix="Take the system out of the configuration, or let the receiver accept again.",
            code="http_410",
        )
    if status == THROTTLED or (status == 503 and wait is not None):
        return TransientFault(
            f"{what} was put off",
            why=f"too many calls (HTTP {status})",
            fix="Lower the setting rate.",
            code=f"http_{status}",
            retry_after=wait,
            throttled=True,
        )
    if status >= 500 or status in LATER:
        return TransientFault(
            f"{what} failed", why=f"HTTP {status}", code=f"http_{status}", retry_after=wait
        )
    if status < 400:
        return CredentialFault(
            f"{what} was sent elsewhere",
            why=f"the receiver redirects (HTTP {status}), which is not followed",
            fix="Set url to the address that it redirects to.",
            code=f"http_{status}",
        )
    return _refused(what, status, code)


def _is_site(reply: Reply) -> bool:
    """Whether this is a web page for people, such as a login form: nobody there takes messages."""
    start = reply.body.lstrip()[:14].lower()
    return "html" in reply.content_type and start.startswith((b"<!doctype html", b"<html"))


def _refused(what: str, status: int, code: str | int | None) -> TerminalFault:
    named = str(code) if code is not None and _PLAIN_CODE.fullmatch(str(code)) else ""
    return TerminalFault(
        f"{what} was refused",
        why=f"the receiver says {named or 'no more'} (HTTP {status})",
        fix="Look at the receiver's own log under this webhook-id.",
        code=named or f"http_{status}",
    )
