"""Whose direct manager is asked for in this reading: user/get costs one call per person."""

from __future__ import annotations

import math
import zlib
from typing import Protocol

from adapters.dingtalk.settings import DingTalkSettings
from domain.records import MemberRecord

MOST_SHARES = 48
"""Most readings until everybody had a turn: a day, at one reading each half hour."""


class Heard(Protocol):
    """What is asked of the ledger here; see :class:`domain.ports.Known`."""

    @property
    def turn(self) -> int: ...

    def changed(self, record: MemberRecord) -> bool: ...


class Turns:
    """The rule of the setting ``managers``.

    In a large organization people are dealt into shares of about ``detail_calls`` by a hash of
    their id; each reading asks for one share, and for everybody who is new or changed. Nobody
    waits longer than ``MOST_SHARES`` readings.
    """

    def __init__(self, settings: DingTalkSettings, known: Heard) -> None:
        self._mode, self._most, self._known = settings.managers, settings.detail_calls, known
        self._shares = 0

    @property
    def decided(self) -> bool:
        """Whether it can be said of a person already; otherwise the number of people is needed."""
        return self._mode != "auto" or self._shares > 0

    @property
    def everyone(self) -> bool | None:
        """True or False for everybody or nobody; None: it depends on the person."""
        if self._mode == "auto":
            return True if self._shares == 1 else None
        return self._mode == "all"

    def expect(self, people: int) -> None:
        """Deal for so many people in the organization."""
        self._shares = max(1, min(math.ceil(people / self._most), MOST_SHARES))

    def settle(self, people: int) -> None:
        """So many people were found in the end: deal, unless that was done for about as many."""
        if not self._shares or people <= self._most:
            self.expect(people)

    def ask(self, record: MemberRecord) -> bool:
        """Whether this person's manager is asked for, where it depends on the person."""
        if self._known.changed(record):
            return True
        share = zlib.crc32(record.id.encode()) % self._shares
        return share == self._known.turn % self._shares
