"""News: does one record, read before all the others, tell anything that is not known yet?

A source that must save calls asks this of every person it meets, so a whole decision for each of
them would cost more than the reading itself.
"""

from __future__ import annotations

from domain.decide.decision import Decision
from domain.decide.members import decide_managers, decide_members
from domain.decide.sift import Sifted
from domain.directory import Directory
from domain.observe import Coverage
from domain.records import MemberRecord


class News:
    """Compares single records of ``system`` with ``directory``, which must not change meanwhile."""

    def __init__(self, directory: Directory, system: str) -> None:
        self._sifted = Sifted(departments={}, members={}, roles={}, refused=[])
        self._decision = Decision(directory, system, Coverage(), self._sifted)

    def tells(self, record: MemberRecord) -> bool:
        """Whether ``record`` is of somebody new, or differs from what is known of them."""
        d = self._decision
        if d.links("member").uids.get(record.id) is None:
            return True
        self._sifted.members = {record.id: record}
        decide_members(d)
        decide_managers(d)
        found = bool(d.facts)
        d.facts.clear()
        d.memberships.clear()
        return found
