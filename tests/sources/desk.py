"""What the contract suite asks of every source's test desk: a provider to read, and to disturb.

``tests/adapters/<system>/source_contract_desk.py`` has one class per source that fulfils it; a
simulated provider only fills in the tables of :class:`tests.sources.simulated.SimulatedDesk`.
"""

from __future__ import annotations

from typing import Literal, Protocol

from domain.ports import Source
from domain.records import Roster

Passing = Literal[
    "throttled",
    "throttled_by_the_platform",
    "busy",
    "server_errors",
    "connections_reset",
    "json_cut_short",
    "token_expires",
    "late_answers",
    "duplicate_rows",
]
"""What passes by: it strikes a few calls, and the reading must still be whole.

``duplicate_rows``: rows come twice, on one page or on two.
"""

Lasting = Literal[
    "list_fails",
    "page_fails",
    "page_is_cut_short",
    "detail_fails",
    "branch_fails",
    "roles_fail",
    "holders_fail",
    "branch_not_permitted",
    "members_not_permitted",
    "roles_not_permitted",
    "list_is_empty",
]
"""What fails one part for good, so that the reading has a gap.

``list_fails``: the people of department ``be``; ``page_fails``: a second page of people (the
company then has one); ``branch_fails``: what is below department ``rd``; ``list_is_empty``: a list
of people comes out empty, and the provider's own count says that it is not.
"""

Fatal = Literal[
    "everybody_gone",
    "nothing_there",
    "root_fails",
    "unreachable",
    "address_not_allowed",
    "answers_nonsense",
]
"""What leaves nothing to believe: the run is held, or stops with one sentence."""

Trouble = Passing | Lasting | Fatal


class SourceDesk(Protocol):
    """A running provider, real or simulated, with nobody in it; a context manager.

    ``page`` is how many people one page of a list has (0: there are no pages). ``key`` names the
    further id in ``MemberRecord.keys`` by which a person is known again under a new id ("": none).
    ``secret`` is the credential that the source has, which no error may repeat ("": none).
    """

    page: int
    key: str
    secret: str

    def __enter__(self) -> SourceDesk: ...

    def __exit__(self, *error: object) -> None: ...

    def source(self, *, wrong: bool = False) -> Source | None:
        """A new source, as the configuration would make it, with patience that fits a test.

        It must read managers and everything else there is. ``wrong`` gives it credentials that
        the provider refuses; None where there are none.
        """

    def put(self, roster: Roster) -> None:
        """The provider holds exactly this from now on, under ids of its own where it must.

        Who stays keeps the provider's ids, who comes again gets the old ones if they had the same
        roster id. Raises InputError for what the provider refuses to hold.
        """

    def truth(self) -> Roster:
        """What the provider holds, under *its* ids, read without our own adapter.

        Exactly what a complete reading has to show: an UNSET field is one that the provider does
        not have, and is not compared; a field without a value is None.
        """

    def hide(self, field: str) -> bool:
        """No longer show this field of people (a name of ``MemberRecord``); False: impossible."""

    def narrow(self, department: str) -> bool:
        """Show only this department (an id as it was put) and what is below; False: impossible."""

    def trouble(self, kind: Trouble) -> bool:
        """From now on this goes wrong; False where that cannot be arranged."""

    def struck(self) -> bool:
        """Whether the trouble has come about since it was arranged."""

    def calm(self) -> None:
        """Everything that ``hide``, ``narrow`` and ``trouble`` did is over."""
