"""The ids of people in a look: one spelling of each, and what they were before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from adapters.wecom import wire
from domain.ports import Known


class Names:
    """``users`` are those who were read so far, by ``key``: the userid without its case.

    ``absent`` are those who are not there, by key.
    """

    def __init__(self, known: Known, users: Mapping[str, wire.User]) -> None:
        self._known, self._users = known, users
        self.absent: dict[str, str] = {}
        self._former: dict[str, str] = {}

    def rename(self, userid: str, former: str) -> None:
        """Somebody's id was changed."""
        if userid.casefold() != former.casefold():
            self._former[userid.casefold()] = former

    def spelled(self, userid: str) -> str:
        """The one spelling of a userid: as it was read, else as the ledger has it."""
        user = self._users.get(userid.casefold())
        if user is not None:
            return user.userid
        if self._known.member(userid) is not None:
            return userid
        return self._ledger.get(userid.casefold(), userid)

    @cached_property
    def _ledger(self) -> dict[str, str]:
        return {member.id.casefold(): member.id for member in self._known.members()}

    def renamed(self) -> dict[str, str]:
        """Who was read under a new id: that id, and the first that they had."""
        return {
            user.userid: self.spelled(_last(self._former, key))
            for key, user in self._users.items()
            if key in self._former
        }

    def gone(self) -> Iterable[str]:
        """Who is not there; of a former id only if nobody is there under the new one."""
        later = {former.casefold(): key for key, former in self._former.items()}
        return [
            self.spelled(u) for key, u in self.absent.items() if _last(later, key) in self.absent
        ]


def _last(steps: Mapping[str, str], key: str) -> str:
    """Where the steps from ``key`` lead; a circle is left where it closes."""
    passed, found = {key}, key
    while (step := steps.get(found.casefold())) is not None and step.casefold() not in passed:
        found = step
        passed.add(step.casefold())
    return found
