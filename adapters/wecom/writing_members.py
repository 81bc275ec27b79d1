"""Bringing people to WeCom (wecom.md, section 4.2)."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.wecom import errors, mobile, wire
from adapters.wecom.refusals import MOBILE_FIXED, NO_CONTACT
from adapters.wecom.target_mapping import USERID, USERIDS
from adapters.wecom.target_wire import NewUser, UserOfMobile
from adapters.wecom.whereabouts import Spot, Whereabouts, columns
from adapters.wecom.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import ExistsFault, TerminalFault, TransientFault

ACTIVATED, WAITING = 1, 4
"""States of an account: activated, and not activated yet (WeCom user/get)."""

MOST_MISSES = 5
"""Numbers that nobody has may not be asked for too often: a fifth of the heads blocks user/getuserid
for a day (WeCom user/getuserid)."""  # noqa: E501

NO_PLACE = {"40066", *errors.NO_SUCH_DEPARTMENT}
"""Codes with which WeCom may refuse a department that somebody is put into."""

UNSURE = (
    "WeCom does not tell whether it took the mobile number: it leaves that of somebody who has"
    " activated WeCom as it is"
)


class Members:
    """Carries out changes of people; ``root`` is where those of no department are put."""

    def __init__(self, writer: Writer, where: Whereabouts, root: int) -> None:
        self._writer, self._where, self._root = writer, where, root
        self._misses = 0

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        match change.action:
            case Action.CREATE:
                return await self._create(change)
            case Action.DELETE:
                return await self._delete(str(change.remote))
            case Action.RENAME:
                return await self._rename(str(change.remote), change.fields["userid"])
            case _:
                return await self._update(change)

    # Coming and going

    async def _create(self, change: Change) -> Acknowledged:
        """A new account. A userid is taken once, so its refusal is the look-up."""
        userid = _userid(change)
        given = {name: value for name, value in change.fields.items() if value is not None}
        if not given.get("mobile") and not given.get("email"):
            raise _not_sent("user/create", NO_CONTACT.why, NO_CONTACT.fix, "60129")
        places = [int(one) for one in change.relations.departments or ()] or [self._root]
        lost = await self._where.missing(places)
        if lost:  # WeCom would make it anew, without its name and at another place
            what = "WeCom user/create was not sent"
            why = f"department {', '.join(map(str, lost))} is not there (any more)"
            fix = "The next run with --verify makes it anew, and then the account."
            raise TransientFault(what, why=why, fix=fix, code="60003", waiting=True)
        body = {
            **given,
            "userid": userid,
            "department": places,
            "main_department": places[0],
            "to_invite": False,
        }
        if change.relations.active is False:
            body["enable"] = 0
        if change.relations.manager:
            body["direct_leader"] = [change.relations.manager]
        try:
            answer = await self._writer.create("user/create", body, NewUser)
        except ExistsFault:
            if not change.again or not await self._made(userid, change, places):
                raise
            return Acknowledged(remote=userid)
        self._where.note(userid, places)
        return Acknowledged(remote=userid, warning=_strayed(answer))

    async def _made(self, userid: str, change: Change, places: list[int]) -> bool:
        """Whether an earlier try has made the account: it is where and what we would make it."""
        there = await self._where.lists(userid, afresh=True)
        if there is None or set(there) != set(places):
            return False
        user = await self._where.shown(userid)
        return user is None or user.name == change.fields.get("name")

    async def _delete(self, userid: str) -> Acknowledged:
        try:
            await self._writer.delete("user/delete", userid=userid)
        except TerminalFault as fault:
            if fault.code not in errors.NO_SUCH_USER:
                raise
        return Acknowledged(remote=userid)

    # Changing

    async def _rename(self, old: str, new: str) -> Acknowledged:
        """Another userid: once, and only of one that WeCom has made itself (WeCom user/update).

        Who is there under the new one only has it by an earlier try, or by hand.
        """
        try:
            body = {"userid": old, "new_userid": new}
            await self._writer.post("user/update", body, wire.Envelope)
        except TerminalFault as fault:
            if fault.code not in errors.NO_SUCH_USER:
                raise
            if await self._where.lists(new, afresh=True) is None:
                if await self._where.lists(old, afresh=False) is None:
                    raise
                why, fix = "WeCom does not accept the new userid", "Map userid to another value."
                raise TerminalFault(fault.what, why=why, fix=fix, code="userid") from None
        self._where.renamed(old, new)
        return Acknowledged(remote=new)

    async def _update(self, change: Change) -> Acknowledged:
        userid, relations = str(change.remote), change.relations
        body: dict[str, Any] = {
            name: "" if value is None else value
            for name, value in change.fields.items()
            if name not in ("userid", "mobile")
        }
        refusal, warning = None, ""
        number = change.fields.get("mobile")
        if number:
            send, refusal, warning = await self._number(userid, number)
            if send:
                body["mobile"] = number
        if relations.manager is not UNSET:
            body["direct_leader"] = [relations.manager] if relations.manager else []
        if relations.active is not UNSET:
            body["enable"] = int(relations.active)
        if relations.departments is not UNSET:
            await self._move(userid, change, body)
        elif body:
            await self._send(userid, change, body)
        if refusal is not None:
            done = "the rest of the change was written" if body else "nothing was sent"
            refusal.why = f"{refusal.why}; {done}"
            raise refusal
        return Acknowledged(remote=userid, warning=warning)

    async def _move(self, userid: str, change: Change, body: dict[str, Any]) -> None:
        """Write all departments: those that are not ours, and ours."""
        async with self._where.lock(userid):
            there = await self._where.of(userid)
            spots = self._places(change, there)
            main = int(change.relations.departments[0]) if change.relations.departments else None
            body |= columns(spots)
            body["main_department"] = main or spots[0].department
            await self._send(userid, change, body)
            self._where.note(userid, body["department"])

    def _places(self, change: Change, there: list[Spot]) -> list[Spot]:
        """The root department only holds people who have no other."""
        wanted = [int(one) for one in change.relations.departments or ()]
        had = change.had.departments
        ours = set() if had is UNSET else {int(one) for one in had} or {self._root}
        if [spot.department for spot in there] == [self._root]:
            ours.add(self._root)
        known = {spot.department: spot for spot in there}
        kept = [s for s in there if s.department not in ours and s.department not in wanted]
        new = [known.get(one) or Spot(one, 0, False) for one in wanted]
        return [*kept, *new] or [known.get(self._root) or Spot(self._root, 0, False)]

    async def _send(self, userid: str, change: Change, body: dict[str, Any]) -> None:
        try:
            await self._writer.post("user/update", {"userid": userid, **body}, wire.Envelope)
        except TerminalFault as fault:
            if fault.code in NO_PLACE:  # once the department is made anew, this can be done
                raise TransientFault(
                    fault.what, why=fault.why, fix=fault.fix, code=fault.code, waiting=True
                ) from None
            if fault.code in errors.NO_SUCH_USER and body.get("direct_leader"):
                await self._blame_manager(userid, fault)
            raise

    async def _blame_manager(self, userid: str, fault: TerminalFault) -> None:
        """The code does not tell which of the two people is gone."""
        if await self._where.lists(userid, afresh=True) is not None:
            why = "the direct manager is not there (any more)"
            raise TerminalFault(fault.what, why=why, code="manager") from None

    async def _number(self, userid: str, number: str) -> tuple[bool, TerminalFault | None, str]:
        """Whether to send a mobile number, or why not, or what can't be told.

        The number of an activated account is left as it is in silence (WeCom user/update), so
        it is not sent at all, and refused unless it is the one that is there.
        """
        user = await self._where.shown(userid)
        state = None if user is None else user.status
        if state != ACTIVATED or user is None:
            return True, None, "" if state == WAITING else UNSURE
        same = mobile.normal(user.mobile) == number if user.mobile else None
        if same is None:
            same = await self._holds(userid, number)
        if same:
            return False, None, ""
        what = "WeCom user/update left the mobile number as it is"
        fixed = MOBILE_FIXED
        return False, TerminalFault(what, why=fixed.why, fix=fixed.fix, code="mobile"), ""

    async def _holds(self, userid: str, number: str) -> bool:
        """Whether the number, which is hidden from us, is this person's."""
        if self._misses >= MOST_MISSES:
            return False
        try:
            found = await self._writer.client.call(
                "contact", "POST", "user/getuserid", UserOfMobile, body={"mobile": number}
            )
        except TerminalFault:  # nobody's, or we may not ask
            self._misses += 1
            return False
        return found.userid.casefold() == userid.casefold()


def _userid(change: Change) -> str:
    """The mapped userid, else our key if it can be one."""
    userid = str(change.fields.get("userid") or change.key)
    if USERID.fullmatch(userid):
        return userid
    raise _not_sent(
        "user/create",
        f"the id cannot be a userid, which has {USERIDS}",
        "Map userid to something that is one, or give the person another id at the source.",
        "userid",
    )


def _not_sent(api: str, why: str, fix: str, code: str) -> TerminalFault:
    return TerminalFault(f"WeCom {api} was not sent", why=why, fix=fix, code=code)


def _strayed(answer: NewUser) -> str:
    """Departments that were not there: WeCom makes them anew, below its "to be assigned"."""
    made = answer.created_department_list or None
    ids = [str(one.id) for one in made.department_info] if made else []
    if not ids:
        return ""
    return (
        f"department {', '.join(ids)} was not there (any more), and WeCom has made it anew below"
        " 其他（待设置部门）; a sync with --verify puts it back"
    )
