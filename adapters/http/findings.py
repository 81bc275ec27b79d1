"""Findings that every check has in common: all is well, a fault, a clock that is off."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from adapters.http.faults import AddressRefused
from domain.errors import OrgledgerError, PermissionFault, TransientFault
from domain.ports import Finding

MOST_SKEW = 60.0
"""Seconds by which clocks may differ before we say so; signatures and tokens carry times."""


def ok(subject: str, text: str, fix: str = "") -> Finding:
    """All is well with ``subject``."""
    return Finding(level="ok", subject=subject, text=text, fix=fix)


def warning(subject: str, text: str, fix: str = "") -> Finding:
    """Less is possible than there could be."""
    return Finding(level="warning", subject=subject, text=text, fix=fix)


def error(subject: str, text: str, fix: str = "") -> Finding:
    """Nothing is possible until this is mended."""
    return Finding(level="error", subject=subject, text=text, fix=fix)


def trouble(subject: str, fault: OrgledgerError) -> Finding:
    """A fault as a finding, by the name of what has to be mended."""
    if isinstance(fault, PermissionFault):
        subject = f"permission {fault.permission}"
    if isinstance(fault, AddressRefused):
        subject = "server address"
    text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
    if isinstance(fault, TransientFault) and fault.throttled:
        subject = "quota"
        if fault.retry_after:
            text += f" There is room again in {fault.retry_after:.0f} s."
    return error(subject, text, fault.fix)


def clock(date: str, whose: str, carries: str) -> list[Finding]:
    """Whether our clock agrees with the ``Date`` header of an answer; none without a date.

    ``whose`` clock it is (``DingTalk``), and what ``carries`` the time (``signatures``).
    """
    try:
        skew = time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return []
    if abs(skew) <= MOST_SKEW:
        return [ok("clock", f"This machine's clock agrees with {whose}'s.")]
    way = "ahead of" if skew > 0 else "behind"
    text = f"This machine's clock is {abs(skew):.0f} s {way} {whose}'s."
    return [warning("clock", text, f"Set the clock, best by NTP: {carries} carry the time.")]
