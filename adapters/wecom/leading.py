"""Leaders of departments: marks in the lists of people's departments (WeCom user/update)."""

from __future__ import annotations

from msgspec import UNSET

from adapters.wecom import errors, wire
from adapters.wecom.errors import RANGE
from adapters.wecom.whereabouts import Whereabouts, columns
from adapters.wecom.writer import Writer
from domain.delivery.operation import Change
from domain.errors import CredentialFault, SystemFault, TerminalFault


class Leading:
    """Sets and takes the marks, person by person; what else they lead stays as it is."""

    def __init__(self, writer: Writer, where: Whereabouts) -> None:
        self._writer, self._where = writer, where

    async def lead(self, change: Change) -> None:
        """Let ``relations.leaders`` lead, and those no longer who did before. Raises SystemFault.

        Everybody is tried; the first fault is raised in the end.
        """
        dept_id = int(str(change.remote))
        wanted = () if change.relations.leaders is UNSET else change.relations.leaders
        had = () if change.had.leaders is UNSET else change.had.leaders
        steps = [(userid, False) for userid in had if userid not in wanted]
        steps += [(userid, True) for userid in wanted if change.again or userid not in had]
        fault: SystemFault | None = None
        for userid, leads in steps:
            try:
                await self._mark(dept_id, userid, leads)
            except CredentialFault:
                raise
            except SystemFault as failed:
                if leads or failed.code not in errors.NO_SUCH_USER:
                    fault = fault or failed
        if fault is not None:
            raise fault

    async def _mark(self, dept_id: int, userid: str, leads: bool) -> None:
        async with self._where.lock(userid):
            spots = await self._where.of(userid)
            mark = next((spot for spot in spots if spot.department == dept_id), None)
            if mark is None and leads:
                raise _refusal(userid, "they are not a member of the department")
            if mark is None or mark.leads is leads:
                return
            if any(spot.leads is None for spot in spots):
                why = "they are also in departments that app_secret may not see"
                raise _refusal(userid, why, RANGE)
            changed = [s._replace(leads=leads) if s is mark else s for s in spots]
            body = {"userid": userid, **columns(changed)}
            await self._writer.post("user/update", body, wire.Envelope)


def _refusal(userid: str, why: str, fix: str = "") -> TerminalFault:
    what = f"WeCom user/update was not sent for the leader {userid}"
    return TerminalFault(what, why=why, fix=fix, code="leader")
