"""Attempts: the parts of one reading, of which each may fail without harm to the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.http.faults import HostThrottled
from adapters.http.gaps import Gaps
from domain.errors import CredentialFault, PermissionFault, SystemFault, TransientFault

HOPELESS = 30
"""So many failures in a row, of calls that were each tried several times: leave the rest."""


class Attempts:
    """What of a reading failed: as ``gaps``, and as ``incomplete`` kinds.

    A listing of a kind in ``incomplete`` proves nobody's absence.
    """

    def __init__(self) -> None:
        self.gaps = Gaps()
        self.incomplete: set[str] = set()
        self._stopped: dict[str, SystemFault] = {}
        self._streak: dict[str, int] = {}

    async def make(
        self,
        api: str,
        what: str,
        which: object,
        work: Callable[[], Awaitable[object]],
        *kinds: str,
    ) -> SystemFault | None:
        """Do ``work``, which calls ``api``; its failure is a gap in ``what`` of ``which``.

        An interface that cannot get on is left: what is still to come fails like what was.
        Returns the fault. Raises CredentialFault, after which nothing else can be done either.
        """
        fault = self._stopped.get(api)
        if fault is None:
            try:
                await work()
            except CredentialFault:
                raise
            except SystemFault as failed:
                fault = failed
                self._note(api, failed)
            else:
                self._streak[api] = 0
                return None
        self.miss(what, which, fault, *kinds)
        return fault

    def miss(self, what: str, which: object, why: SystemFault | str, *kinds: str) -> None:
        """Note that ``what`` of ``which`` was not read, so that ``kinds`` are not complete."""
        self.gaps.add(what, which, why)
        self.incomplete.update(kinds)

    def stopped(self, api: str) -> SystemFault | None:
        """Why ``api`` was left, if it was."""
        return self._stopped.get(api)

    def _note(self, api: str, fault: SystemFault) -> None:
        if isinstance(fault, TransientFault):
            self._streak[api] = self._streak.get(api, 0) + 1
        hopeless = isinstance(fault, HostThrottled) or self._streak.get(api, 0) >= HOPELESS
        if hopeless or isinstance(fault, PermissionFault):
            self._stopped[api] = fault
