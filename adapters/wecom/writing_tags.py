"""Bringing roles to WeCom as tags (wecom.md, section 4.3).

The id is our own choice (``own_ids``). A list of people is taken in part: who is not there is
named in the answer (``invalidlist``), the others get or lose the tag.
"""

from __future__ import annotations

from adapters.wecom import wire
from adapters.wecom.own_ids import own_ids
from adapters.wecom.target_mapping import tag as shown
from adapters.wecom.target_wire import Tagged
from adapters.wecom.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import ExistsFault, TerminalFault

NO_TAG, NONE_ADDED, NONE_REMOVED = "40068", "40070", "40031"
TAKEN = {NO_TAG, "40035", "40058"}
"""Codes with which WeCom may refuse an id that a tag has; which it is, is not documented."""


class Tags:
    """Carries out changes of roles."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._taken: dict[tuple[str, str], bool] = {}
        """Of lists that were taken in part: who got the tag, by tag and userid."""

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=str(await self._create(change)))
        remote = str(change.remote)
        match change.action:
            case Action.ADD:
                await self._add(remote, change.members)
            case Action.REMOVE:
                await self._remove(remote, change.members)
            case Action.DELETE:
                await self._delete(remote)
            case _ if change.fields:
                body = {"tagid": int(remote), "tagname": change.fields["name"]}
                await self._writer.post("tag/update", body, wire.Envelope)
            case _:
                pass
        return Acknowledged(remote=remote)

    async def _create(self, change: Change) -> int:
        """The new tag's id, or that of the one that an earlier try has made."""
        name = change.fields["name"]
        refusal: TerminalFault | None = None
        there: dict[int, wire.Tag] = {}
        for tag_id in own_ids("tag", change.uid):
            try:
                body = {"tagname": name, "tagid": tag_id}
                await self._writer.create("tag/create", body, wire.Envelope)
            except TerminalFault as fault:
                if not isinstance(fault, ExistsFault) and fault.code not in TAKEN:
                    raise
                if refusal is None:
                    refusal = fault
                    found = await self._writer.client.tags("contact")
                    there = {one.tagid: one for one in found}
                tag = there.get(tag_id)
                if tag is None:  # it is the name that is taken
                    break
                if shown(tag, None).fields["name"] != name:
                    continue
            return tag_id
        assert refusal is not None  # there is at least one id
        raise refusal

    async def _add(self, remote: str, userids: tuple[str, ...]) -> None:
        """Give the tag to people.

        The fault of a list that was taken in part is about all of it; the engine then comes with
        each of them alone, and is told what became of them without another call.
        """
        told = self._taken.pop((remote, userids[0]), None) if len(userids) == 1 else None
        if told:
            return
        wrong = set() if told is None else {userids[0].casefold()}
        if told is None:
            try:
                wrong = (await self._change("addtagusers", remote, userids)).invalid
            except TerminalFault as fault:
                if fault.code != NONE_ADDED:
                    raise
                wrong = {userid.casefold() for userid in userids}
        if not wrong:
            return
        if len(userids) > 1:
            self._taken |= {(remote, one): one.casefold() not in wrong for one in userids}
        raise TerminalFault(
            "WeCom tag/addtagusers did not take everybody",
            why=f"{len(wrong)} of {len(userids)} are not there (any more)",
            fix="The next run with --verify makes their accounts anew.",
            code=NONE_ADDED,
        )

    async def _remove(self, remote: str, userids: tuple[str, ...]) -> None:
        """Take the tag from people; who is not there does not have it."""
        try:
            await self._change("deltagusers", remote, userids)
        except TerminalFault as fault:
            if fault.code != NONE_REMOVED:
                raise

    async def _change(self, call: str, remote: str, userids: tuple[str, ...]) -> Tagged:
        body = {"tagid": int(remote), "userlist": list(userids)}
        return await self._writer.post(f"tag/{call}", body, Tagged)

    async def _delete(self, remote: str) -> None:
        try:
            await self._writer.delete("tag/delete", tagid=int(remote))
        except TerminalFault as fault:
            if fault.code != NO_TAG:
                raise
