"""What the checks of all systems have in common."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from adapters.http import AddressRefused
from adapters.http.findings import clock, trouble
from domain.errors import CredentialFault, PermissionFault, SystemFault, TransientFault


@pytest.mark.parametrize(("off", "way"), [(-600, "ahead of"), (600, "behind")])
def test_a_clock_that_is_off(off: float, way: str) -> None:
    """It is told by how much, in which direction, and what it harms."""
    (found,) = clock(formatdate(time.time() + off, usegmt=True), "DingTalk", "signatures")
    assert (found.level, found.subject) == ("warning", "clock")
    assert way in found.text and "DingTalk's" in found.text
    assert "signatures carry the time" in found.fix


def test_a_clock_that_is_right() -> None:
    """A few seconds are nothing."""
    (found,) = clock(formatdate(time.time() - 5, usegmt=True), "WeCom", "signatures")
    assert (found.level, found.subject) == ("ok", "clock")


@pytest.mark.parametrize("date", ["", "not a date"])
def test_a_clock_that_is_not_told(date: str) -> None:
    """Then nothing is said of it."""
    assert clock(date, "Feishu", "signatures") == []


@pytest.mark.parametrize(
    ("fault", "subject"),
    [
        (CredentialFault("x", why="y", fix="z"), "credentials"),
        (AddressRefused("x", why="y", fix="z"), "server address"),
        (PermissionFault("x", permission="p", why="y", fix="z"), "permission p"),
        (TransientFault("x", why="y", fix="z", throttled=True), "quota"),
        (TransientFault("x", why="y", fix="z"), "credentials"),
    ],
)
def test_a_fault_is_named_by_what_has_to_be_mended(fault: SystemFault, subject: str) -> None:
    """Its sentence and the next step stay together."""
    found = trouble("credentials", fault)
    assert (found.level, found.subject, found.text, found.fix) == ("error", subject, "x: y.", "z")


def test_a_quota_that_says_when_it_has_room_again() -> None:
    """The time is the system's own."""
    found = trouble("x", TransientFault("x", why="y", throttled=True, retry_after=52.0))
    assert found.text == "x: y. There is room again in 52 s."
